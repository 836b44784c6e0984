// The changes of the configuration that were made from afar, in a file beside the data: the newest one is in force, over the
// configuration file and under environment and flags. The file is replaced whole, so a power cut leaves the old one or the new one.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../device/make-folder.ts";
import { replaceFile } from "../device/replace-file.ts";

const change = z.strictObject({
  id: z.string().min(1).max(64),
  /** Wall clock, µs. */
  atUs: z.number(),
  /** trying: on probation; at the start of a process it is one that ended before the change had proved itself. */
  state: z.enum(["trying", "kept"]),
  /** true: taken back unless somebody confirms. */
  confirm: z.boolean(),
  /** What it changed, by path. */
  changed: z.array(z.string()),
  /** Everything that is staged since, by dotted path. */
  values: z.record(z.string(), z.unknown()),
});
/** A change, with everything that was staged before it. */
export type StagedChange = Readonly<z.output<typeof change>>;

const fileSchema = z.strictObject({ version: z.literal(1), sha256: z.string(), changes: z.array(change) });

export type ConfigStage = {
  /** Oldest first. */
  readonly changes: readonly StagedChange[];
  /** Why the file cannot be used as it is; null: it can, or there is none. */
  readonly problem: string | null;
};

/** More than so many steps back are forgotten. */
const mostChanges = 16;
const maxBytes = 4_000_000;

export const stageFile = (data: string): string => join(data, "config-staged.json");
/** What the file held before it was replaced the last time. */
const beforeFile = (data: string): string => join(data, "config-staged.before.json");

/** Reads the changes; never throws. A damaged file counts as what it held before, or as empty, with the reason. */
export function readStage(data: string): ConfigStage {
  const path = stageFile(data);
  try {
    return { changes: parse(path), problem: null };
  } catch (cause) {
    const reason = `${path} cannot be used (${(cause as Error).message})`;
    try {
      return { changes: parse(beforeFile(data)), problem: `${reason}: the one before it is` };
    } catch {
      return { changes: [], problem: `${reason}: nothing is staged` };
    }
  }
}

/** Replaces the changes; they are on disk when it returns. @throws Error when the disk does not take them. */
export function writeStage(data: string, changes: readonly StagedChange[]): void {
  const newest = changes.slice(-mostChanges);
  makeFolder(data);
  const path = stageFile(data);
  const before = existsSync(path) ? readFileSync(path) : null;
  // Camera addresses may hold passwords.
  const mode = 0o600;
  if (before !== null) replaceFile(beforeFile(data), before, { mode });
  replaceFile(path, `${JSON.stringify({ version: 1, sha256: sumOf(newest), changes: newest })}\n`, { mode });
}

function parse(path: string): readonly StagedChange[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  if (text.length > maxBytes) throw new Error(`expected at most ${maxBytes} bytes, got ${text.length}`);
  const parsed = fileSchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!;
    throw new Error(`${at.join(".") || "file"}: ${message}`);
  }
  if (parsed.data.sha256 !== sumOf(parsed.data.changes)) throw new Error("its checksum is another one");
  return parsed.data.changes;
}

function sumOf(changes: readonly StagedChange[]): string {
  const plain = changes.map(({ id, atUs, state, confirm, changed, values }) => [
    id,
    atUs,
    state,
    confirm,
    changed,
    values,
  ]);
  return createHash("sha256").update(JSON.stringify(plain)).digest("hex");
}
