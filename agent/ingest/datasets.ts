// The data sets that are asked for: the four known ones at the paths of the configuration, or any folder under a name of its own.
import { resolve } from "node:path";
import { createSource, type Format, formats, recogniseSources } from "../../sync/sources/formats.ts";
import type { Source } from "../../sync/sources/source.ts";
import type { Config } from "../config.ts";

export const knownDatasets = ["atrw", "metawild", "wildlife_datasets", "individual_animal_reid"] as const;
export type KnownDataset = (typeof knownDatasets)[number];

/** What --format may be. */
export const datasetFormats = ["auto", ...formats] as const;
export type DatasetFormat = (typeof datasetFormats)[number];

/** A data set to be read. */
export type Dataset = {
  readonly name: string;
  /** As it was given, for messages. */
  readonly path: string;
  readonly format: DatasetFormat;
};

/** A request makes no sense; the message says what would. */
export class DatasetError extends Error {
  override readonly name = "DatasetError";
}

const ownFormats: Readonly<Record<KnownDataset, Format>> = {
  atrw: "atrw",
  metawild: "metawild",
  wildlife_datasets: "wildlife_datasets",
  individual_animal_reid: "csv",
};

/** @throws DatasetError */
export function chooseDatasets(
  asked: { readonly dataset: string; readonly path?: string | undefined; readonly format: DatasetFormat },
  config: Config["ingest"],
): readonly Dataset[] {
  const { dataset, path, format } = asked;
  const formatOf = (name: KnownDataset): Format => (format === "auto" ? ownFormats[name] : format);
  if (dataset === "all") {
    if (path !== undefined || format !== "auto")
      throw new DatasetError(
        "Expected --dataset NAME with --path or --format: all data sets have paths and formats of their own",
      );
    return knownDatasets.map((name) => ({ name, path: pathOf(name, config), format: formatOf(name) }));
  }
  if (isKnown(dataset))
    return [{ name: dataset, path: path ?? pathOf(dataset, config), format: formatOf(dataset) }];
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(dataset))
    throw new DatasetError(
      `Expected the name of a data set to be 1–64 letters, digits, - or _, got "${dataset}"`,
    );
  if (path === undefined)
    throw new DatasetError(
      `Expected --path for a data set other than ${knownDatasets.join(", ")}, got none for "${dataset}"`,
    );
  return [{ name: dataset, path, format }];
}

/** What may read the data set, the likeliest first. @throws when the folder cannot be read. */
export async function* sourcesOf({ path, format }: Dataset, signal: AbortSignal): AsyncIterable<Source> {
  if (format === "auto") yield* recogniseSources(resolve(path), signal);
  else yield createSource(format);
}

/** The likeliest of them; null: nothing knows its layout. @throws when the folder cannot be read. */
export async function sourceOf(dataset: Dataset, signal: AbortSignal): Promise<Source | null> {
  for await (const source of sourcesOf(dataset, signal)) return source;
  return null;
}

/** The likeliest that names somebody: where neither a list nor a known layout does, the folder of a picture is who is on it. */
export async function namingSourceOf(dataset: Dataset, signal: AbortSignal): Promise<Source | null> {
  const source = await sourceOf(dataset, signal);
  return dataset.format === "auto" && source?.format === "pictures" ? createSource("metawild") : source;
}

/** The path of a known data set; as configured, without slashes at its end. */
function pathOf(name: KnownDataset, config: Config["ingest"]): string {
  const path = {
    atrw: config.atrw,
    metawild: config.metawild,
    wildlife_datasets: config.wildlifeDatasets,
    individual_animal_reid: config.individualAnimalReid,
  }[name];
  return path.replace(/(?<=[^/])\/+$/, "");
}

function isKnown(name: string): name is KnownDataset {
  return knownDatasets.some((each) => each === name);
}
