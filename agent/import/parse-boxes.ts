// The boxes of a detection as the platform writes them: the text of a list of (left, top, right, bottom, confidence).
import type { Prediction } from "../../sync/clients/annotation-api.ts";
import { problemOfBox } from "../../sync/clients/annotation-rules.ts";

export type ParsedBoxes = {
  /** Those that can be used, in the order of the text. */
  readonly boxes: readonly Prediction[];
  /** Why others cannot: rule and value. */
  readonly problems: readonly string[];
};

/** More text than a hundred boxes have is no list of boxes; characters. */
const mostText = 16_384;
/** One tuple, or a list in its place. */
const group = /[([]([^()[\]]*)[)\]]/g;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** @param text as it came; null and nothing are no boxes. */
export function parseBoxes(text: unknown): ParsedBoxes {
  if (text === null || text === undefined || text === "") return { boxes: [], problems: [] };
  if (typeof text !== "string" || text.length > mostText) return unreadable(text);
  const trimmed = text.trim();
  if (!trimmed.startsWith("[") || !trimmed.endsWith("]")) return unreadable(text);
  const inner = trimmed.slice(1, -1);
  // What is left beside the groups is commas, or the text is something else.
  if (/[^\s,]/.test(inner.replaceAll(group, ","))) return unreadable(text);
  const boxes: Prediction[] = [];
  const problems: string[] = [];
  for (const [, numbers = ""] of inner.matchAll(group)) {
    const parsed = parseBox(numbers);
    if (typeof parsed === "string") problems.push(parsed);
    else boxes.push(parsed);
  }
  return { boxes, problems };
}

function parseBox(text: string): Prediction | string {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length !== 5 || !parts.every((part) => decimal.test(part)))
    return `expected five numbers (left, top, right, bottom, confidence), got (${text.slice(0, 100)})`;
  const [left = 0, top = 0, right = 0, bottom = 0, confidence = 0] = parts.map(Number);
  const box = { xyxyn: [left, top, right, bottom] as const, confidence, class_name: "smoke" };
  if (!(confidence >= 0 && confidence <= 1))
    return `expected a confidence of 0 to 1, got ${confidence} of (${text})`;
  return problemOfBox(box.xyxyn) ?? box;
}

function unreadable(text: unknown): ParsedBoxes {
  const shown = typeof text === "string" ? text : JSON.stringify(text);
  return { boxes: [], problems: [`expected boxes as [(x1,y1,x2,y2,conf),…], got ${shown.slice(0, 100)}`] };
}
