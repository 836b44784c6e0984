// --overwrite: whose work would be replaced is counted before anything is sent, and a person says yes to that number.
import type { AnnotationApi } from "../../sync/clients/annotation-api.ts";
import { inParallel } from "../in-parallel.ts";
import type { Person } from "../person.ts";
import { isHumanWork } from "./human-work.ts";
import { type FoundSequence, nameOf } from "./import-source.ts";
import type { ImportJournal } from "./journal.ts";
import type { Again } from "./patience.ts";
import type { Survey } from "./survey.ts";

export type OverwriteDeps = {
  readonly api: Pick<AnnotationApi, "findAnnotation">;
  readonly again: Again;
  readonly journal: Pick<ImportJournal, "read">;
  readonly survey: Survey;
  readonly person: Pick<Person, "confirm" | "tell">;
  readonly maxWorkers: number;
  readonly signal: AbortSignal;
};

/**
 * Which of them hold a person's work that may be replaced: all, or none when the answer is no. What a person begins while the import runs is
 * not among them.
 */
export async function askToOverwrite(
  found: readonly FoundSequence[],
  { api, again, journal, survey, person, maxWorkers, signal }: OverwriteDeps,
): Promise<ReadonlySet<FoundSequence>> {
  const taken = new Set<FoundSequence>();
  await inParallel(found, maxWorkers, signal, async (one) => {
    const row = survey.row(one.key);
    if (row === null || !survey.hasAnnotation(row)) return;
    const annotation = await again(`look at the annotation of ${nameOf(one)}`, () =>
      api.findAnnotation(row.id, signal),
    );
    const wrote = journal.read(one.key)?.annotations ?? [];
    if (annotation !== null && isHumanWork(annotation, wrote)) taken.add(one);
  });
  if (taken.size === 0) return taken;
  const question = `--overwrite replaces what people did on ${taken.size} sequence(s). Continue?`;
  if (await person.confirm(question)) return taken;
  person.tell(`${taken.size} sequence(s) with a person's work are left alone`);
  return new Set();
}
