// Which field on disk a query's field name means: a field, the whole value of a text field (`event.keyword`), or an object of fields.
import type { FieldTable } from "./field-table.ts";
import { type FieldKind, mappedKind, maxKeywordLength } from "./fields.ts";

/** A field that a condition asks about. */
export type Target = {
  /** As the query names it, for messages. */
  readonly name: string;
  readonly kind: FieldKind;
  /** The field's number on disk; of a mapped field that no document had yet, a number that nothing is under. */
  readonly number: number;
  readonly wholeNumber: number;
  /** Longest keyword that is indexed, UTF-16 units. */
  readonly limit: number;
};

const neverUsed = -1;

/** Finds the field a query means; null: no document has it and the mapping does not know it, so nothing can match. */
export function findTarget(fields: FieldTable, name: string): Target | null {
  const field = fields.find(name);
  const kind = field?.kind ?? mappedKind(name);
  if (kind === "hidden") return null;
  if (kind !== null) {
    return {
      name,
      kind,
      number: field?.number ?? neverUsed,
      wholeNumber: field?.wholeNumber ?? neverUsed,
      limit: kind === "keyword" ? maxKeywordLength : Number.POSITIVE_INFINITY,
    };
  }
  if (!name.endsWith(".keyword")) return null;
  const parent = findTarget(fields, name.slice(0, -".keyword".length));
  if (parent === null || parent.kind !== "text+keyword") return null;
  return { ...parent, name, kind: "keyword", number: parent.wholeNumber, limit: maxKeywordLength };
}

/** Whether a kind holds text, of which wildcards and prefixes can be asked. */
export function isTextual(kind: FieldKind): boolean {
  return kind === "keyword" || kind === "text" || kind === "text+keyword";
}

/** Whether a kind is split into words. */
export function hasWords(kind: FieldKind): boolean {
  return kind === "text" || kind === "text+keyword";
}
