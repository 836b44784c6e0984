// ATRW, Amur tigers: the documented folders, and the layouts in which it is really handed around.
import { isPictureName, type Source, type SourceFinding } from "../source.ts";
import { nameOf, openTree, type Tree, type TreeFolder } from "../tree.ts";
import { readAtrwLists } from "./atrw-lists.ts";
import { readAtrwScenes } from "./atrw-scenes.ts";
import { atrwTiger } from "./atrw-tiger.ts";
import { pictureOf, subjectOf } from "./fields.ts";

/** Lists and picture folders lie no deeper than this below the root, in all layouts we know. */
const layoutDepth = 5;

export function createAtrwSource(): Source {
  return {
    format: "atrw",
    recognises: async (directory, signal) => {
      const tree = await openTree(directory);
      for await (const folder of tree.folders({ signal, maxDepth: layoutDepth })) {
        if (folder.files.some((name) => /^reid_list_(train|test)\.csv$/i.test(name))) return true;
        if (splits.test(nameOf(folder)) && folder.files.some((name) => croppedName.test(name))) return true;
      }
      return false;
    },
    read: async function* (directory, { dataset, signal }): AsyncIterable<SourceFinding> {
      const tree = await openTree(directory);
      const refused: SourceFinding[] = [];
      const folders: TreeFolder[] = [];
      for await (const folder of tree.folders({
        signal,
        maxDepth: layoutDepth,
        onSkip: (skip) => refused.push(skip),
      }))
        folders.push(folder);
      yield* refused;
      let some = false;
      for (const findings of [
        readByFolder(tree, folders, dataset),
        readAtrwLists(tree, folders, { dataset, signal }),
        readAtrwScenes(tree, folders, { dataset, signal }),
        readCropped(tree, folders, dataset),
      ])
        for await (const finding of findings) {
          some = true;
          yield finding;
        }
      if (!some)
        yield {
          found: "nothing",
          reason: folders.some(({ relativePath }) => relativePath.toLowerCase() === "images")
            ? "no images found"
            : "images directory not found",
          warning: "No images found in ATRW dataset",
        };
    },
  };
}

/** `images/<tiger>/`, direct children only. */
async function* readByFolder(
  tree: Tree,
  folders: readonly TreeFolder[],
  dataset: string,
): AsyncIterable<SourceFinding> {
  for (const folder of folders) {
    if (!/^images\/[^/]+$/i.test(folder.relativePath)) continue;
    const identity = nameOf(folder);
    for (const name of folder.files.filter(isPictureName))
      yield await pictureIn(tree, folder, name, {
        individual: atrwTiger(identity, dataset),
        metadata: { dataset: "ATRW", tiger_id_dataset: identity },
      });
  }
}

const splits = /^(train|query|gallery)$/i;
const croppedName = /^(\d+)_-?1_(\d+)_(.+)\.(jpg|jpeg|png)$/i;

/** `{train,query,gallery}/<pid>_-1_<n>_<original name>.jpg`, as re-identification code bases repack it. */
async function* readCropped(
  tree: Tree,
  folders: readonly TreeFolder[],
  dataset: string,
): AsyncIterable<SourceFinding> {
  for (const folder of folders) {
    if (!splits.test(nameOf(folder))) continue;
    for (const name of folder.files) {
      const match = croppedName.exec(name);
      if (match === null) continue;
      const identity = match[1]!;
      yield await pictureIn(tree, folder, name, {
        individual: atrwTiger(identity, dataset),
        metadata: {
          dataset: "ATRW",
          tiger_id_dataset: identity,
          split: nameOf(folder).toLowerCase(),
          original: `${match[3]}.${match[4]}`,
        },
      });
    }
  }
}

async function pictureIn(
  tree: Tree,
  folder: TreeFolder,
  name: string,
  subject: Parameters<typeof subjectOf>[0],
): Promise<SourceFinding> {
  const found = await tree.at(folder, name);
  const what = folder.relativePath === "" ? name : `${folder.relativePath}/${name}`;
  if ("refused" in found) return { found: "skipped", what, reason: found.refused };
  return pictureOf(found.file, [subjectOf({ species: "tiger", ...subject })]);
}
