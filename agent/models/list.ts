// Which models there are, and whether each file is the one its manifest names.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Catalog } from "../../models/catalog.ts";
import type { Model } from "../../models/manifest.ts";

/** What a look at a model's file says; `ok`: size and sha256 are those of the manifest. */
export type FileState = "ok" | "missing" | "wrong size" | "wrong hash";

/** Fields are added, never renamed: `outrider models list --json` is a contract. */
export type ListedModel = {
  readonly id: string;
  readonly task: string;
  readonly family: string | null;
  readonly bytes: number;
  readonly classes: readonly string[];
  /** Width x height of its input, pixels. */
  readonly input: string;
  readonly licence: string;
  readonly limits: string;
  readonly file: string;
  readonly state: FileState;
};

export type ModelList = {
  readonly models: readonly ListedModel[];
  /** Manifests that cannot be used. */
  readonly problems: readonly string[];
};

export async function listModels(catalog: Catalog): Promise<ModelList> {
  const models: ListedModel[] = [];
  for (const model of catalog.list()) {
    const { id, task, family, bytes, classes, input, licence, limits } = model.manifest;
    models.push({
      id,
      task,
      family,
      bytes,
      classes,
      input: `${input.width}x${input.height}`,
      licence,
      limits,
      file: model.file,
      state: await judgeFile(model),
    });
  }
  return { models, problems: catalog.problems };
}

/** Compares a model's file with its manifest. */
export async function judgeFile({ file, manifest }: Model): Promise<FileState> {
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) return "missing";
  if (found.size !== manifest.bytes) return "wrong size";
  return (await hashFile(file)) === manifest.sha256 ? "ok" : "wrong hash";
}

/** The sha256 of a file, as hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

export function describeModels({ models, problems }: ModelList): string {
  const rows = models.map(({ id, task, family, bytes, input, classes, licence, state }) => [
    id,
    task,
    family ?? "-",
    `${(bytes / 1e6).toFixed(1)} MB`,
    input,
    classes.length > 3 ? `${classes.length} classes` : classes.join(", ") || "-",
    licence,
    state,
  ]);
  const head = ["id", "task", "family", "size", "input", "classes", "licence", "file"];
  return [...table([head, ...rows]), ...problems.map((problem) => `skipped: ${problem}`)].join("\n");
}

/** Lines with columns of equal width. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
