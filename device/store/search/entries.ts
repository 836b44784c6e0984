// What a document puts into the index: its terms field by field, and its dates.
import { analyse } from "./analyzer.ts";
import type { Field, FieldTable } from "./field-table.ts";
import { maxKeywordLength } from "./fields.ts";
import type { PostingTerm } from "./postings.ts";
import { asText, indexedTerm, type Scalar, visitValues } from "./values.ts";

/** What one document puts into the index. */
export type Entries = {
  /** Terms by field number; `true` says that the field is there. */
  readonly terms: ReadonlyMap<number, ReadonlySet<PostingTerm>>;
  /** Earliest date by field number, ms; a list's other dates are terms. */
  readonly dates: ReadonlyMap<number, number>;
};

/** Finds the field of a path, adding it or not. */
export type FieldFinder = FieldTable["findOrAdd"];

/** The entries of a document; a value that does not fit its field has none. */
export function entriesOf(document: object, findField: FieldFinder): Entries {
  const terms = new Map<number, Set<PostingTerm>>();
  const dates = new Map<number, number>();
  const add = (number: number, term: PostingTerm): void => {
    const known = terms.get(number);
    if (known === undefined) terms.set(number, new Set([term]));
    else known.add(term);
  };
  visitValues(document, (path, value) => {
    const field = findField(path, value);
    if (field !== null) addValue(field, value, add, dates);
  });
  return { terms, dates };
}

function addValue(
  field: Field,
  value: Scalar,
  add: (number: number, term: PostingTerm) => void,
  dates: Map<number, number>,
): void {
  if (field.kind === "stored") return;
  if (field.kind === "text" || field.kind === "text+keyword") {
    const text = asText(value);
    add(field.number, true);
    for (const word of analyse(text)) add(field.number, word);
    add(field.wholeNumber, text);
    if (field.kind === "text+keyword" && text.length <= maxKeywordLength) add(field.wholeNumber, true);
    return;
  }
  const term = indexedTerm(field.kind, value);
  if (term === null || (field.kind === "keyword" && String(term).length > maxKeywordLength)) return;
  add(field.number, true);
  if (field.kind === "date") addDate(field.number, Number(term), add, dates);
  else add(field.number, term);
}

/** Labels are sorted by their earliest date, so that one is in the column. */
function addDate(
  number: number,
  ms: number,
  add: (number: number, term: PostingTerm) => void,
  dates: Map<number, number>,
): void {
  const earliest = dates.get(number);
  if (earliest !== undefined) add(number, Math.max(earliest, ms));
  dates.set(number, Math.min(earliest ?? ms, ms));
}
