// Reads a donkeycar tub, version 2: manifest.json, catalog_N.catalog, images/. What cannot be read is reported and skipped,
// the rest is given. Pictures stay on disk; the camera and the gamepad of a tub both read these records.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** One record of a tub: what the stick said when the picture was taken. */
export type TubRecord = {
  readonly index: number;
  /** Steering −1 (left) … 1 (right). */
  readonly angle: number;
  /** −1 (reverse) … 1. */
  readonly throttle: number;
  /** Who drove: "user", "local_angle", "local"; "user" when the tub does not say. */
  readonly mode: string;
  /** Wall clock of the recording, ms since 1970; null when the tub does not say. */
  readonly timestampMs: number | null;
  /** null in tubs older than sessions. */
  readonly sessionId: string | null;
  /** Where the picture should lie; not checked. */
  readonly picturePath: string;
};

export type ReadTubOptions = {
  /** Told of everything that was skipped or guessed, in words for a person. */
  readonly onProblem?: (problem: string) => void;
};

// Donkeycar's drive loop runs at 20 Hz; a pause between two sessions says nothing and is not waited for.
const usualIntervalMs = 50;
const longestIntervalMs = 1000;

/** How long after `before` a replay at recorded pace gives `record`, ms. */
export function tubIntervalMs(before: TubRecord, record: TubRecord): number {
  if (before.timestampMs === null || record.timestampMs === null) return usualIntervalMs;
  const intervalMs = record.timestampMs - before.timestampMs;
  return intervalMs < 0 || intervalMs > longestIntervalMs ? usualIntervalMs : intervalMs;
}

type Manifest = {
  readonly catalogs: readonly string[];
  readonly deleted: ReadonlySet<number>;
  readonly pictureField: string;
};

/**
 * The records of a tub in recorded order, deleted ones left out; one catalog (1000 records) is in memory at a time.
 * @throws when `directory` is not a tub of version 2.
 */
export async function* readTubRecords(
  directory: string,
  options: ReadTubOptions = {},
): AsyncIterable<TubRecord> {
  const report = options.onProblem ?? (() => undefined);
  const manifest = await readManifest(directory, report);
  for (const catalog of manifest.catalogs) {
    let text: string;
    try {
      text = await readFile(join(directory, catalog), "utf8");
    } catch (error) {
      report(`${catalog}: cannot be read: ${(error as Error).message}`);
      continue;
    }
    let line = 0;
    for (const json of text.split("\n")) {
      line += 1;
      if (json.trim() === "") continue;
      const record = parseRecord(json, directory, manifest.pictureField);
      if (typeof record === "string") report(`${catalog} line ${line}: ${record}`);
      else if (!manifest.deleted.has(record.index)) yield record;
    }
  }
}

/** The manifest is JSON lines: inputs, types, metadata, manifest metadata, and (last, rewritten as it grows) the catalogs. */
async function readManifest(directory: string, report: (problem: string) => void): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(directory, "manifest.json"), "utf8");
  } catch (cause) {
    throw new Error(`Expected a donkeycar tub (version 2) with a manifest.json in ${directory}, got none`, {
      cause,
    });
  }
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(parseJson);
  const pictureField = pictureFieldOf(lines[0], lines[1]);
  const last = lines.findLast((line) => isObject(line) && Array.isArray(line.paths));
  if (isObject(last)) {
    const paths = (last.paths as unknown[]).filter(isPlainName);
    const deleted = Array.isArray(last.deleted_indexes) ? last.deleted_indexes : [];
    return { catalogs: paths, deleted: new Set(deleted.map(Number)), pictureField };
  }
  report(
    "manifest.json: damaged, its last line names no catalogs; all catalogs are read, deleted records too",
  );
  const names = await readdir(directory);
  const catalogs = names.filter((name) => /^catalog_\d+\.catalog$/.test(name));
  catalogs.sort((a, b) => catalogNumber(a) - catalogNumber(b));
  return { catalogs, deleted: new Set(), pictureField };
}

function pictureFieldOf(inputs: unknown, types: unknown): string {
  const at = Array.isArray(types) ? types.indexOf("image_array") : -1;
  const field: unknown = Array.isArray(inputs) ? inputs[at] : undefined;
  return typeof field === "string" ? field : "cam/image_array";
}

/** A record, or what is wrong with the line. */
function parseRecord(json: string, directory: string, pictureField: string): TubRecord | string {
  const fields = parseJson(json);
  if (!isObject(fields)) return "no JSON object";
  const index = fields._index;
  if (!Number.isSafeInteger(index)) return `expected _index to be a whole number, got ${show(index)}`;
  const angle = fields["user/angle"];
  const throttle = fields["user/throttle"];
  if (!isFiniteNumber(angle)) return `expected user/angle to be a number, got ${show(angle)}`;
  if (!isFiniteNumber(throttle)) return `expected user/throttle to be a number, got ${show(throttle)}`;
  const picture = fields[pictureField];
  if (!isPlainName(picture)) return `expected ${pictureField} to be a file name, got ${show(picture)}`;
  const timestampMs = fields._timestamp_ms;
  const { "user/mode": mode, _session_id: sessionId } = fields;
  return {
    index: index as number,
    angle,
    throttle,
    mode: typeof mode === "string" ? mode : "user",
    timestampMs: isFiniteNumber(timestampMs) ? timestampMs : null,
    sessionId: typeof sessionId === "string" ? sessionId : null,
    picturePath: join(directory, "images", picture),
  };
}

/** undefined: no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller reports what it expected instead.
  }
}

function catalogNumber(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** A file name that stays in its folder. */
function isPlainName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value !== ".." && basename(value) === value;
}
