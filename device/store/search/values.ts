// The values of a label document by field, and what each kind of field makes of a value, in documents and in queries alike.
import { parseDate } from "./dates.ts";
import { type FieldKind, integerRanges } from "./fields.ts";

/** What JSON holds at the end of a path. */
export type Scalar = string | number | boolean;

/** What the index sorts and finds: text (by UTF-8 bytes) or a number (booleans are 0 and 1, dates are milliseconds). */
export type Term = string | number;

// Deeper objects are kept and not indexed; the servers refuse them. It also bounds the recursion.
const maxDepth = 20;
const decimal = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** Calls `visit` for every value of a document with its dotted path; lists are flattened and null counts as not there. */
export function visitValues(document: object, visit: (path: string, value: Scalar) => void): void {
  visitObject(document, "", 1, visit);
}

function visitObject(
  object: object,
  prefix: string,
  depth: number,
  visit: (path: string, value: Scalar) => void,
): void {
  if (depth > maxDepth) return;
  for (const [key, value] of Object.entries(object)) visitValue(value, `${prefix}${key}`, depth, visit);
}

function visitValue(
  value: unknown,
  path: string,
  depth: number,
  visit: (path: string, value: Scalar) => void,
): void {
  if (value === null || value === undefined) return;
  if (Array.isArray(value)) {
    if (depth <= maxDepth) for (const element of value) visitValue(element, path, depth + 1, visit);
  } else if (typeof value === "object") visitObject(value, `${path}.`, depth + 1, visit);
  else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    visit(path, value);
}

/** A value as a number for a numeric field; text is read as a number, as the servers coerce it. null: it is none. */
export function asNumber(kind: FieldKind, value: Scalar): number | null {
  if (typeof value === "boolean" || (typeof value === "string" && !decimal.test(value))) return null;
  const number = Number(value);
  if (!Number.isFinite(number)) return null;
  // `+ 0` makes 0 of -0. A float field holds 32 bits; a query's number is rounded the same way, so that 0.1 finds 0.1.
  return (kind === "float" ? Math.fround(number) : number) + 0;
}

/** A value as 0 or 1 for a boolean field; null: it is neither true nor false. */
export function asBoolean(value: Scalar): 0 | 1 | null {
  if (value === true || value === "true") return 1;
  return value === false || value === "false" ? 0 : null;
}

/** A value as the one term that a field without words indexes; null where it does not fit: such a value is kept and not indexed. */
export function indexedTerm(kind: FieldKind, value: Scalar): Term | null {
  if (kind === "date") return typeof value === "boolean" ? null : (parseDate(value)?.firstMs ?? null);
  if (kind === "boolean") return asBoolean(value);
  if (kind === "keyword") return asText(value);
  const number = asNumber(kind, value);
  const range = integerRanges[kind];
  if (number === null || range === undefined) return number;
  const whole = Math.trunc(number) + 0;
  return whole < range[0] || whole > range[1] ? null : whole;
}

/** A value as text; half a surrogate pair, which UTF-8 cannot hold, becomes a replacement character. */
export function asText(value: Scalar): string {
  const text = String(value);
  return /[\uD800-\uDFFF]/.test(text) ? Buffer.from(text, "utf8").toString("utf8") : text;
}

/** Compares text by its UTF-8 bytes, which is the order of code points, as the servers sort keywords. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const surrogate = /[\uD800-\uDFFF]/;
  if (surrogate.test(a) || surrogate.test(b))
    return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
  return a < b ? -1 : 1;
}

/** Compares two terms of one field. */
export function compareTerms(a: Term, b: Term): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  return Number(a) - Number(b);
}
