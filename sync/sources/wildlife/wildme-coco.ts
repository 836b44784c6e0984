// WildMe's sets and any other of COCO shape: `annotations/instances_….json`, pictures in `images/<split>/`, `name` is the animal.
import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../json-file.ts";
import type { Source, SourceFinding, SourceOptions, SourceSkip, SourceSubject } from "../source.ts";
import { listFolders, openTree, type Tree, type TreeFolder } from "../tree.ts";
import { createPictureGatherer, type PictureGatherer } from "./by-picture.ts";
import { identityOf } from "./csv.ts";
import { boxOf, dateOf, sideOf, subjectOf } from "./fields.ts";

const id = z.union([z.number(), z.string()]);
const cocoSchema = z.looseObject({
  images: z.array(
    z.looseObject({
      id,
      file_name: z.string(),
      width: z.number().optional(),
      height: z.number().optional(),
      date_captured: z.string().nullish(),
    }),
  ),
  annotations: z.array(
    z.looseObject({
      image_id: id,
      category_id: id.nullish(),
      bbox: z.array(z.number()).nullish(),
      name: z.string().nullish(),
      viewpoint: z.string().nullish(),
    }),
  ),
  categories: z.array(z.looseObject({ id, name: z.string() })).default([]),
});
type Coco = z.output<typeof cocoSchema>;

export function createWildMeSource(): Source {
  return {
    format: "wildme_coco",
    recognises: async (directory, signal) => {
      const tree = await openTree(directory);
      for await (const folder of tree.folders({ signal, maxDepth: 3 }))
        if (folder.files.some((name) => isCocoFile(folder, name))) return true;
      return false;
    },
    read: async function* (directory, options): AsyncIterable<SourceFinding> {
      const tree = await openTree(directory);
      const { folders, skips } = await listFolders(tree, options.signal);
      yield* skips;
      const gatherer = createPictureGatherer();
      for await (const skip of readWildMe(tree, folders, { ...options, gatherer }))
        if (skip !== null) yield skip;
      yield* gatherer.pictures();
      if (gatherer.size() === 0)
        yield {
          found: "nothing",
          reason: "no images found",
          warning: `No images found in ${options.dataset} dataset: expected annotations/*.json of COCO shape and its pictures`,
        };
    },
  };
}

/** Reads every COCO file of a tree into the gatherer; gives null for each file, and what has to be skipped. */
export async function* readWildMe(
  tree: Tree,
  folders: readonly TreeFolder[],
  options: SourceOptions & { gatherer: PictureGatherer },
): AsyncIterable<SourceSkip | null> {
  for (const folder of folders)
    for (const name of folder.files.filter((each) => isCocoFile(folder, each))) {
      options.signal.throwIfAborted();
      yield null;
      yield* readCoco(tree, folder, name, options);
    }
}

/** `annotations/instances_train2022.json` and its like, or `annotations.json` and `_annotations.coco.json` beside the pictures; key points of people and captions are others. */
function isCocoFile(folder: TreeFolder, name: string): boolean {
  if (name.startsWith("._")) return false;
  return (
    /^(instances_.*|(.*[._-])?coco|annotations([._-].*)?)\.json$/i.test(name) ||
    (/(^|\/)annotations$/i.test(folder.relativePath) &&
      /\.json$/i.test(name) &&
      !/^(captions|person_keypoints)_/i.test(name))
  );
}

async function* readCoco(
  tree: Tree,
  folder: TreeFolder,
  name: string,
  { dataset, signal, gatherer }: SourceOptions & { gatherer: PictureGatherer },
): AsyncIterable<SourceSkip> {
  const file = join(folder.relativePath, name);
  let coco: Coco;
  try {
    coco = await readJsonFile(join(folder.path, name), cocoSchema);
  } catch (cause) {
    yield { found: "skipped", what: file, reason: (cause as Error).message };
    return;
  }
  // The set is the folder above annotations/: leopard.coco/annotations/instances_train2022.json.
  const home = join(folder.path, /(^|\/)annotations$/i.test(folder.relativePath) ? ".." : ".");
  const set = home === tree.root ? "" : home.slice(tree.root.length + 1).replace(/\.coco$/i, "");
  const split = /^instances_(.+)\.json$/i.exec(name)?.[1] ?? null;
  const places = [
    ...(split === null ? [] : [join(home, "images", split), join(home, split)]),
    join(home, "images"),
    home,
    folder.path,
  ];
  const species = new Map(coco.categories.map((category) => [category.id, category.name]));
  const annotations = annotationsByImage(coco);
  const context = {
    scope: set === "" ? dataset : `${dataset}/${set}`,
    set: set === "" ? dataset : set,
    split,
    species,
  };
  for (const image of coco.images) {
    signal.throwIfAborted();
    const found = await tree.find(image.file_name, places);
    if ("refused" in found) {
      yield { found: "skipped", what: image.file_name, reason: `${found.refused} (${file})` };
      continue;
    }
    const takenAtMs = dateOf(image.date_captured);
    const drawnOn =
      image.width === undefined || image.height === undefined
        ? null
        : { width: image.width, height: image.height };
    const subjects = (annotations.get(image.id) ?? []).map((each) =>
      subjectOfAnnotation(each, drawnOn, context),
    );
    if (subjects.length === 0) gatherer.add(found.file, null, takenAtMs);
    for (const subject of subjects) gatherer.add(found.file, subject, takenAtMs);
  }
}

function annotationsByImage(coco: Coco): ReadonlyMap<number | string, Coco["annotations"]> {
  const byImage = new Map<number | string, Coco["annotations"]>();
  for (const annotation of coco.annotations) {
    const known = byImage.get(annotation.image_id);
    if (known === undefined) byImage.set(annotation.image_id, [annotation]);
    else known.push(annotation);
  }
  return byImage;
}

function subjectOfAnnotation(
  annotation: Coco["annotations"][number],
  drawnOn: { width: number; height: number } | null,
  context: {
    scope: string;
    set: string;
    split: string | null;
    species: ReadonlyMap<number | string, string>;
  },
): SourceSubject {
  const { name, viewpoint, category_id: category } = annotation;
  const species = category == null ? null : (context.species.get(category) ?? null);
  const identity = identityOf(name ?? null);
  return subjectOf({
    individual:
      // A set that names nobody at all is one for detectors.
      name === undefined
        ? undefined
        : identity === null
          ? null
          : {
              identity,
              scope: context.scope,
              name: `Wildlife Dataset Tiger ${identity}`,
              tags: ["WildlifeDatasets"],
              notes: `Imported from ${context.set}`,
            },
    species,
    className: species,
    side: sideOf(viewpoint),
    box: boxOf(annotation.bbox, drawnOn),
    metadata: {
      dataset: context.set,
      identity,
      ...(context.split === null ? {} : { split: context.split }),
      ...(viewpoint == null ? {} : { viewpoint }),
    },
  });
}
