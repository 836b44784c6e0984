// What a new data set is called: from flags, or asked for one by one, shown and confirmed.
import { formatImageId, parseImageId } from "../device/image-id.ts";
import type { DatasetEntry } from "../device/label.ts";
import type { Person } from "./person.ts";

/** What is known already; undefined: to be asked. */
export type DatasetDraft = {
  readonly name?: string;
  readonly comment?: string;
  /** `YYYYMMDDTHH-MM-SS-ffffff`. */
  readonly date?: string;
  /** The query that found the labels, parsed; null: none. */
  readonly query: unknown;
};

/** The most text the index keeps of a field. */
const maxText = 8191;

/** What is wrong with a data set's name; null: nothing. */
export function nameProblem(name: string): string | null {
  if (name.trim() !== "" && name.length <= 256) return null;
  return `name: expected 1–256 characters, got ${JSON.stringify(name)}`;
}

/** What is wrong with a date; null: nothing. */
export function dateProblem(date: string): string | null {
  if (parseImageId(date) !== null) return null;
  return `date: expected YYYYMMDDTHH-MM-SS-ffffff, got ${JSON.stringify(date)}`;
}

/** The entry for what is known, the rest at its default. @throws Error with every problem. */
export function datasetEntry(draft: DatasetDraft, nowUs: number): DatasetEntry {
  const date = draft.date ?? formatImageId(nowUs);
  // The index keeps the query as text.
  const query = draft.query === null ? null : JSON.stringify(draft.query);
  const problems = [
    nameProblem(draft.name ?? ""),
    dateProblem(date),
    (draft.comment ?? "").length > maxText ? `comment: expected at most ${maxText} characters` : null,
  ].filter((problem) => problem !== null);
  if (problems.length > 0) throw new Error(`The data set cannot be made:\n  ${problems.join("\n  ")}`);
  return { query, created_on_date: date, name: draft.name!, comment: draft.comment ?? "" } as DatasetEntry;
}

/** Asks for what is not known and shows the result; null: it was refused, or nobody answers. */
export async function askForDataset(
  draft: DatasetDraft,
  person: Person,
  nowUs: () => number,
): Promise<DatasetEntry | null> {
  const name = draft.name ?? (await askUntil(person, "Name: ", nameProblem));
  if (name === null) return null;
  const comment = draft.comment ?? (await person.ask("Comment: "));
  if (comment === null) return null;
  const now = formatImageId(nowUs());
  const date =
    draft.date ??
    (await askUntil(person, `Date (${now}): `, (text) => (text === "" ? null : dateProblem(text))));
  if (date === null) return null;
  const entry = datasetEntry({ ...draft, name, comment, date: date === "" ? now : date }, nowUs());
  person.tell(JSON.stringify(entry, null, 4));
  return (await person.confirm("Create this data set?")) ? entry : null;
}

async function askUntil(
  person: Person,
  question: string,
  problemOf: (text: string) => string | null,
): Promise<string | null> {
  for (;;) {
    const text = await person.ask(question);
    if (text === null) return null;
    const problem = problemOf(text);
    if (problem === null) return text;
    person.tell(problem);
  }
}
