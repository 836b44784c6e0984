// The numbers of fields: keys on disk hold a small number in place of a field's path. Unmapped fields get their kind from their first value.

import { openJson, sealJson } from "../codec.ts";
import type { Database } from "../environment.ts";
import { type FieldKind, inferKind, mappedKind } from "./fields.ts";
import type { Scalar } from "./values.ts";

/** A field as it is on disk. Terms are under `number`; the whole values of a text field are under `wholeNumber`. */
export type Field = {
  readonly path: string;
  readonly kind: FieldKind;
  readonly number: number;
  /** For text fields only: where whole values are, for `.keyword` and for phrases. */
  readonly wholeNumber: number;
};

/** The number of no field, under which the labels that are there are listed. */
export const liveNumber = 0;

// Paths can be longer than a key; such a field cannot be searched.
const maxPathBytes = 1000;

/** The fields by path. Read anew in every transaction, for another process may have added some. */
export type FieldTable = {
  /** null: no document ever had it. */
  readonly find: (path: string) => Field | null;
  /** Finds a field or gives it a number, inside a write transaction. null: it cannot be indexed. */
  readonly findOrAdd: (path: string, value: Scalar) => Field | null;
  /** All fields whose path begins with `prefix`. */
  readonly under: (prefix: string) => Field[];
};

/** Whether a path lies in a hidden object, such as the query that made a data set. */
function isUnderHidden(path: string): boolean {
  for (let dot = path.indexOf("."); dot !== -1; dot = path.indexOf(".", dot + 1))
    if (mappedKind(path.slice(0, dot)) === "hidden") return true;
  return false;
}

/** Reads the fields of an index. */
export function readFieldTable(table: Database<Buffer, string>): FieldTable {
  const fields = new Map<string, Field>();
  for (const { key, value } of table.getRange({})) {
    const { kind, number } = openJson<{ kind: FieldKind; number: number }>(value);
    fields.set(key, { path: key, kind: mappedKind(key) ?? kind, number, wholeNumber: number + 1 });
  }
  const findOrAdd = (path: string, value: Scalar): Field | null => {
    const known = fields.get(path);
    if (known !== undefined) return known;
    if (path === "" || Buffer.byteLength(path) > maxPathBytes) return null;
    const kind = mappedKind(path) ?? inferKind(value);
    if (kind === "hidden" || isUnderHidden(path)) return null;
    // Two numbers a field; 0 and 1 are no field's.
    const field = { path, kind, number: (fields.size + 1) * 2, wholeNumber: (fields.size + 1) * 2 + 1 };
    fields.set(path, field);
    void table.put(path, sealJson({ kind, number: field.number }));
    return field;
  };
  return {
    find: (path) => fields.get(path) ?? null,
    findOrAdd,
    under: (prefix) => [...fields.values()].filter((field) => field.path.startsWith(prefix)),
  };
}
