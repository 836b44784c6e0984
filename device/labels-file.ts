// labels.json in and out: a dictionary of label documents by img_id; the older list and the flat shape are read as well.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatImageId } from "./image-id.ts";
import { guardJson } from "./json-guard.ts";
import type { LabelDocument } from "./label.ts";
import { type ImportNote, importLabel } from "./label-import.ts";
import { makeFolder } from "./make-folder.ts";
import { replaceFile } from "./replace-file.ts";
import { describeValue } from "./settings-file.ts";

/** How the labels lie in a file. `list` is older than 2020-02-05, and the one shape that holds several labels of a picture. */
export type LabelsFileShape = "dictionary" | "list";

/** A labels file that was read whole. */
export type LabelsFile = {
  readonly path: string;
  readonly shape: LabelsFileShape;
  /** In the order of the file; of a list, several may be of one picture. */
  readonly documents: readonly LabelDocument[];
  /** Sentences for a person: what was recognised, upgraded or added. */
  readonly notes: readonly string[];
};

/** A labels file that cannot be used: which file, and every problem in it with the label's place. */
export class LabelsFileError extends Error {
  override readonly name = "LabelsFileError";
  readonly path: string;
  readonly problems: readonly string[];
  constructor(path: string, problems: readonly string[], cause?: unknown) {
    const shown = problems.slice(0, maxShownProblems).map((problem) => `\n  ${problem}`);
    const more = problems.length > shown.length ? `\n  and ${problems.length - shown.length} more` : "";
    super(`${path} cannot be used:${shown.join("")}${more}`, { cause });
    this.path = path;
    this.problems = problems;
  }
}

const maxShownProblems = 100;
/** A label has four levels; what nests deeper is no label. */
const maxDepth = 32;
/** About 180 000 labels as we write them; V8 cannot hold text much longer than this. */
const defaultMaxBytes = 400 * 1024 * 1024;

/** Reads a labels file whole or not at all. @throws LabelsFileError with every problem at once. */
export function readLabelsFile(path: string, options: { readonly maxBytes?: number } = {}): LabelsFile {
  const { json, repeatedNames } = readGuarded(path, options.maxBytes ?? defaultMaxBytes);
  const shape: LabelsFileShape = Array.isArray(json) ? "list" : "dictionary";
  const problems = repeatedNames.map(
    (name) => `${name}: expected each name once, but it is there several times; only the last would be read`,
  );
  const documents: LabelDocument[] = [];
  const noted = new Map<ImportNote, string[]>();
  for (const [place, key, value] of labelsOf(json)) {
    const imported = importLabel(value, key, place);
    if ("problems" in imported) problems.push(...imported.problems);
    else {
      documents.push(imported.document);
      for (const note of imported.notes) {
        const ids = noted.get(note) ?? [];
        ids.push(imported.document.img_id);
        noted.set(note, ids);
      }
    }
  }
  if (problems.length > 0) throw new LabelsFileError(path, problems);
  return { path, shape, documents, notes: [...noted].map(([note, ids]) => sentenceOf(note, ids)) };
}

function readGuarded(path: string, maxBytes: number): { json: object; repeatedNames: readonly string[] } {
  const text = readText(path, maxBytes);
  let json: unknown;
  let repeatedNames: readonly string[];
  try {
    repeatedNames = guardJson(text, maxDepth).repeatedNames;
    json = JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    throw new LabelsFileError(
      path,
      [cause instanceof RangeError ? message : `expected JSON, ${message}`],
      cause,
    );
  }
  if (typeof json !== "object" || json === null)
    throw new LabelsFileError(path, [`expected an object from img_id to label, got ${describeValue(json)}`]);
  return { json, repeatedNames: Array.isArray(json) ? [] : repeatedNames };
}

function readText(path: string, maxBytes: number): string {
  try {
    const { size } = statSync(path);
    if (size > maxBytes) throw new LabelsFileError(path, [`expected at most ${maxBytes} bytes, got ${size}`]);
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (cause) {
    if (cause instanceof LabelsFileError) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw new LabelsFileError(path, [missing ? "the file does not exist" : (cause as Error).message]);
  }
}

/** Each label with its place for messages and its name in the dictionary. One bare label counts as a dictionary of one. */
function* labelsOf(json: object): Iterable<[place: string, key: string | null, value: unknown]> {
  if (Array.isArray(json)) {
    for (const [index, value] of json.entries()) yield [`[${index}]`, null, value];
  } else if (typeof (json as LabelDocument).img_id === "string" && "label" in json)
    yield ["label", null, json];
  else for (const [key, value] of Object.entries(json)) yield [key, key, value];
}

function sentenceOf(note: ImportNote, ids: readonly string[]): string {
  const sentences: Record<ImportNote, string> = {
    "flat-shape": "had the obsolete flat shape and were brought up to today's",
    "legacy-fingerprint": "carry a fingerprint of the first generation (without created_by); it is kept",
    "foreign-fingerprint": "carry a fingerprint that none of our rules gives; it is kept",
    "fingerprint-computed": "had no label_fingerprint; it was computed",
    "dataset-added": "had no dataset list; an empty one was added",
  };
  const shown = ids.slice(0, 3).join(", ");
  return `${ids.length} label(s) ${sentences[note]}: ${shown}${ids.length > 3 ? ", …" : ""}`;
}

/** A label that gave way to a later one of the same picture. */
export type SupersededLabel = { readonly imgId: string; readonly dropped: string; readonly kept: string };

/** One label for each picture, as a dictionary needs it: the last wins, and each that gives way is named. */
export function onePerPicture(documents: Iterable<LabelDocument>): {
  readonly documents: ReadonlyMap<string, LabelDocument>;
  readonly superseded: readonly SupersededLabel[];
} {
  const byPicture = new Map<string, LabelDocument>();
  const superseded: SupersededLabel[] = [];
  for (const document of documents) {
    const before = byPicture.get(document.img_id);
    if (before !== undefined)
      superseded.push({
        imgId: document.img_id,
        dropped: before.label_fingerprint,
        kept: document.label_fingerprint,
      });
    byPicture.set(document.img_id, document);
  }
  return { documents: byPicture, superseded };
}

/** The sentence that warns of a label left out. */
export function describeSuperseded({ imgId, dropped, kept }: SupersededLabel): string {
  return `several labels for ${imgId}: ${dropped} is left out, ${kept} is kept`;
}

/**
 * Writes `labels_<time>.json` into `directory` (made when missing): a dictionary by img_id, indent 4. Never replaces a file.
 * @param wallUs names the file; moved by microseconds while the name is taken.
 */
export function writeLabelsFile(
  directory: string,
  documents: Iterable<LabelDocument>,
  wallUs: number,
): { readonly path: string; readonly superseded: readonly SupersededLabel[] } {
  makeFolder(directory);
  const picked = onePerPicture(documents);
  const path = newLabelsPath(directory, wallUs);
  rewriteLabelsFile(path, "dictionary", [...picked.documents.values()]);
  return { path, superseded: picked.superseded };
}

/** A free name `labels_<time>.json` in `directory`; `wallUs` moves on by microseconds while the name is taken. */
export function newLabelsPath(directory: string, wallUs: number): string {
  let us = Math.floor(wallUs);
  const path = (): string => join(directory, `labels_${formatImageId(us)}.json`);
  while (existsSync(path())) us += 1;
  return path();
}

/** Writes a labels file of any shape at `path`, replacing what is there at once. A dictionary takes one label per picture. */
export function rewriteLabelsFile(
  path: string,
  shape: LabelsFileShape,
  documents: readonly LabelDocument[],
): void {
  replaceFile(path, labelsText(shape, documents));
}

/** JSON with indent 4, one piece for each label: a long run would not fit into one string. */
function* labelsText(shape: LabelsFileShape, documents: readonly LabelDocument[]): Iterable<string> {
  const [open, close] = shape === "list" ? "[]" : "{}";
  if (documents.length === 0) {
    yield `${open}${close}\n`;
    return;
  }
  yield `${open}\n`;
  for (const [index, document] of documents.entries()) {
    const name = shape === "list" ? "" : `${JSON.stringify(document.img_id)}: `;
    const body = JSON.stringify(document, null, 4).replaceAll("\n", "\n    ");
    yield `    ${name}${body}${index === documents.length - 1 ? "" : ","}\n`;
  }
  yield `${close}\n`;
}
