// Removes a person's model: the manifest first, so that no manifest is ever without its file.
import { rm } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Catalog } from "../../models/catalog.ts";
import { ModelError } from "../../models/vision.ts";
import type { Config } from "../config.ts";

export type RemoveOptions = {
  /** Where a person's models are kept. */
  readonly folder: string;
  /** What the agent is set to use. */
  readonly watch: Pick<Config["watch"], "detector" | "embedder">;
  readonly drive: Pick<Config["drive"], "model">;
  readonly dryRun: boolean;
};

export type RemovedModel = {
  readonly id: string;
  readonly files: readonly string[];
  readonly dryRun: boolean;
};

/** @throws ModelError: not there, shipped with the program, or in use by the configuration. */
export async function removeModel(
  catalog: Catalog,
  id: string,
  { folder, watch, drive, dryRun }: RemoveOptions,
): Promise<RemovedModel> {
  const { file } = catalog.find(id);
  if (relative(resolve(folder), dirname(file)) !== "")
    throw new ModelError(`Expected a model of ${folder}, got "${id}", which is shipped with the program`);
  const uses = {
    "watch.detector": watch.detector,
    "watch.embedder": watch.embedder,
    "drive.model": drive.model,
  };
  for (const [setting, used] of Object.entries(uses))
    if (used === id)
      throw new ModelError(`Expected a model that is not in use, got "${id}": ${setting} names it`);
  const files = [join(folder, `${id}.json`), file];
  if (!dryRun) for (const each of files) await rm(each, { force: true });
  return { id, files, dryRun };
}

export function describeRemoved({ id, files, dryRun }: RemovedModel): string {
  const end = dryRun ? "\nNothing was removed: say --yes" : "";
  return `${dryRun ? "would remove" : "removed"} ${id}: ${files.join(", ")}${end}`;
}
