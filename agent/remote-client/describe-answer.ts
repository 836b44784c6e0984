// An answer for a person: `name: value` lines, indented where something stands inside something, tables for lists of alike things.
import { formatBytes } from "../stats.ts";

const indent = "  ";
/** Wider cells are cut: a table that wraps is none. */
const widestCell = 48;

/** The data of an answer in lines; nothing for nothing. */
export function describeData(data: unknown): string {
  if (data === undefined || data === null) return "done";
  if (typeof data !== "object") return showScalar("", data);
  return linesOf(data).join("\n") || "nothing";
}

function linesOf(value: object): readonly string[] {
  if (Array.isArray(value)) return listLines(value);
  const entries = Object.entries(value);
  const plain = entries.filter(([, each]) => isPlain(each));
  const width = Math.max(0, ...plain.map(([name]) => name.length));
  return [
    ...plain.map(([name, each]) => `${name.padEnd(width)}  ${showPlain(name, each)}`),
    ...entries
      .filter(([, each]) => !isPlain(each))
      .flatMap(([name, each]) => [`${name}:`, ...linesOf(each as object).map((line) => indent + line)]),
  ];
}

/** Fits on the line of its name: a scalar, an empty thing, a list of scalars. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every((each) => typeof each !== "object" || each === null);
  return Object.keys(value).length === 0;
}

function showPlain(name: string, value: unknown): string {
  if (Array.isArray(value))
    return value.length === 0 ? "none" : value.map((each) => showScalar("", each)).join(", ");
  if (typeof value === "object" && value !== null) return "none";
  return showScalar(name, value);
}

function showScalar(name: string, value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") {
    if (/bytes$/i.test(name)) return formatBytes(value);
    return Number.isInteger(value) ? String(value) : String(Math.round(value * 100) / 100);
  }
  return oneLine(String(value));
}

function listLines(list: readonly unknown[]): readonly string[] {
  const rows = list.filter(
    (each): each is Readonly<Record<string, unknown>> => typeof each === "object" && each !== null,
  );
  if (rows.length < list.length)
    return list.map((each) => (isPlain(each) ? showPlain("", each) : JSON.stringify(each)));
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isFlat = rows.every((row) => Object.values(row).every(isPlain));
  if (isFlat && columns.length <= 8)
    return table(
      columns,
      rows.map((row) => columns.map((name) => (name in row ? showPlain(name, row[name]) : ""))),
    );
  return rows.flatMap((row) => {
    const [first = "", ...others] = linesOf(row);
    return [`- ${first}`, ...others.map((line) => indent + line)];
  });
}

/** Columns under their names, as wide as their widest cell. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const cut = (text: string): string =>
    text.length > widestCell ? `${text.slice(0, widestCell - 1)}…` : text;
  const all = [columns, ...rows].map((row) => row.map(cut));
  const widths = columns.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index]!))
      .join("  ")
      .trimEnd(),
  );
}

/** What comes from far away must not move the cursor or colour the terminal. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}
