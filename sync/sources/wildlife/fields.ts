// Values as the lists of wildlife data sets write them: sides, dates, boxes, unknown animals.
import type { Side } from "../../../device/sighting.ts";
import type { SourceBox, SourcePicture, SourceSubject } from "../source.ts";
import type { TreeFile } from "../tree.ts";

/** Strings that stand for "nothing here", as pandas and people write them. */
const nothings = new Set(["", "na", "n/a", "nan", "nat", "none", "null", "<na>"]);

/** The text of a cell; null when there is nothing in it. */
export function textOf(cell: string | null | undefined): string | null {
  const text = (cell ?? "").trim();
  return nothings.has(text.toLowerCase()) ? null : text;
}

/** left, right or both, however it is said ("back-left", "L", "right_flank"); else unknown. */
export function sideOf(text: string | null | undefined): Side {
  const words = (text ?? "").toLowerCase();
  const left = /left|^l$/.test(words);
  const right = /right|^r$/.test(words);
  if (/^both/.test(words) || (left && right)) return "both";
  return left ? "left" : right ? "right" : "unknown";
}

/** A date as lists write it; without a zone it counts as UTC. null when it is none, or outside 1970–9999. */
export function dateOf(text: string | null | undefined): number | null {
  const words = textOf(text);
  if (words === null) return null;
  // EXIF's own form has colons in the date.
  const match =
    /^(\d{4})[-:/.](\d{1,2})[-:/.](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i.exec(
      words,
    );
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const ms = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!, millisecondsOf(match[7]));
  const date = new Date(ms);
  if (date.getUTCMonth() !== month! - 1 || hour! > 23 || minute! > 59 || second! > 60) return null;
  const at = ms - offsetMsOf(match[8]);
  return at >= 0 && at < Date.UTC(10_000, 0) ? at : null;
}

function millisecondsOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
}

function offsetMsOf(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? "");
  if (match === null) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}

/** [left, top, width, height] in pixels; null when it is no box with an inside. */
export function boxOf(numbers: unknown, drawnOn: SourceBox["drawnOn"] = null): SourceBox | null {
  if (!Array.isArray(numbers) || numbers.length !== 4 || !numbers.every(Number.isFinite)) return null;
  const [left, top, width, height] = numbers as [number, number, number, number];
  return width > 0 && height > 0 ? { left, top, width, height, drawnOn } : null;
}

/** The same from two corners. */
export function boxOfCorners(numbers: unknown, drawnOn: SourceBox["drawnOn"] = null): SourceBox | null {
  if (!Array.isArray(numbers) || numbers.length !== 4) return null;
  const [left, top, right, bottom] = numbers as number[];
  return boxOf([left, top, right! - left!, bottom! - top!], drawnOn);
}

/** JSON in a cell of a CSV file (a box, key points, a list of species); undefined when it is none. */
export function jsonOf(cell: string | null): unknown {
  if (cell === null || !/^[[{"]/.test(cell) || cell.length > 100_000) return undefined;
  try {
    return JSON.parse(cell.replaceAll("'", '"'));
  } catch {
    return undefined;
  }
}

/** A whole animal on a whole picture, without further words: what most layouts say. */
export function subjectOf(
  given: Pick<SourceSubject, "individual" | "metadata"> & Partial<SourceSubject>,
): SourceSubject {
  return { species: null, side: "unknown", box: null, className: null, ...given };
}

/** A picture of the tree. */
export function pictureOf(
  file: TreeFile,
  subjects: readonly SourceSubject[],
  takenAtMs: number | null = null,
): SourcePicture {
  return { found: "picture", ...file, takenAtMs, subjects };
}
