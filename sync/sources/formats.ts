// The layouts that can be read, by name, and which of them a folder has.
import type { Source } from "./source.ts";
import { createAtrwSource } from "./wildlife/atrw.ts";
import { createCsvSource } from "./wildlife/csv.ts";
import { createMetaWildSource } from "./wildlife/metawild.ts";
import { createPicturesSource } from "./wildlife/pictures.ts";
import { createVocSource } from "./wildlife/voc.ts";
import { createWildlifeDatasetsSource } from "./wildlife/wildlife-datasets.ts";
import { createWildMeSource } from "./wildlife/wildme-coco.ts";

export const formats = [
  "atrw",
  "metawild",
  "wildlife_datasets",
  "wildme_coco",
  "csv",
  "voc",
  "pictures",
] as const;
export type Format = (typeof formats)[number];

const makers: Readonly<Record<Format, () => Source>> = {
  atrw: createAtrwSource,
  metawild: createMetaWildSource,
  wildlife_datasets: createWildlifeDatasetsSource,
  wildme_coco: createWildMeSource,
  csv: createCsvSource,
  voc: createVocSource,
  pictures: createPicturesSource,
};

export function createSource(format: Format): Source {
  return makers[format]();
}

/** The sources that recognise the folder, those with lists before those that go by names. A list may turn out to be something else. */
export async function* recogniseSources(directory: string, signal: AbortSignal): AsyncIterable<Source> {
  for (const format of [
    "atrw",
    "voc",
    "wildme_coco",
    "wildlife_datasets",
    "csv",
    "metawild",
    "pictures",
  ] as const) {
    const source = createSource(format);
    if (await source.recognises(directory, signal)) yield source;
  }
}
