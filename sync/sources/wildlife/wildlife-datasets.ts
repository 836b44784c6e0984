// The wildlife-datasets library's table, exported as CSV: image_id, identity, path, and what else the library standardises.
import { join } from "node:path";
import { ListError, readColumns, readRows } from "../list.ts";
import {
  isPictureName,
  type Source,
  type SourceFinding,
  type SourceOptions,
  type SourceSkip,
} from "../source.ts";
import { listFolders, openTree, type Tree, type TreeFolder } from "../tree.ts";
import { createPictureGatherer, type PictureGatherer } from "./by-picture.ts";
import { identityOf } from "./csv.ts";
import { boxOf, dateOf, jsonOf, sideOf, subjectOf, textOf } from "./fields.ts";
import { type Columns, columnsOf } from "./list-columns.ts";
import { readWildMe } from "./wildme-coco.ts";

export function createWildlifeDatasetsSource(): Source {
  return {
    format: "wildlife_datasets",
    recognises: async (directory, signal) => {
      const tree = await openTree(directory);
      for await (const folder of tree.folders({ signal, maxDepth: 3 }))
        for (const name of folder.files) if ((await tableColumns(folder, name)) !== null) return true;
      return false;
    },
    /** Tables, and the sets of COCO shape that the library reads itself. */
    read: async function* (directory, options): AsyncIterable<SourceFinding> {
      const tree = await openTree(directory);
      const { folders, skips } = await listFolders(tree, options.signal);
      yield* skips;
      const gatherer = createPictureGatherer();
      let tables = 0;
      for (const folder of folders)
        for (const name of folder.files) {
          const columns = await tableColumns(folder, name);
          if (columns === null) continue;
          tables += 1;
          yield* readTable(tree, folder, name, { ...options, columns, gatherer });
        }
      for await (const skip of readWildMe(tree, folders, { ...options, gatherer })) {
        tables += 1;
        if (skip !== null) yield skip;
      }
      yield* gatherer.pictures();
      if (gatherer.size() === 0)
        yield {
          found: "nothing",
          reason: tables === 0 ? "no table found" : "no images found",
          warning:
            tables === 0
              ? "No wildlife-datasets table found: expected a CSV with the columns image_id, identity and path (the library's dataframe, written with to_csv)"
              : "No images found in wildlife-datasets dataset",
        };
    },
  };
}

/** The columns of a file when it is such a table; null when it is something else. */
async function tableColumns(folder: TreeFolder, name: string): Promise<Columns | null> {
  if (!/\.csv$/i.test(name) || name.startsWith("._")) return null;
  const columns = columnsOf(await readColumns(join(folder.path, name)).catch(() => []));
  return columns.has("identity") && columns.has("path") ? columns : null;
}

async function* readTable(
  tree: Tree,
  folder: TreeFolder,
  name: string,
  options: SourceOptions & { columns: Columns; gatherer: PictureGatherer },
): AsyncIterable<SourceSkip> {
  const { columns, gatherer, dataset, signal } = options;
  const table = join(folder.relativePath, name);
  const scope = folder.relativePath === "" ? dataset : `${dataset}/${folder.relativePath}`;
  const places = placesOf(tree, folder);
  try {
    for await (const { line, values } of readRows(join(folder.path, name), { header: true })) {
      signal.throwIfAborted();
      const cellOf = (column: string): string | null => textOf(columns.cell(values, column));
      const path = cellOf("path");
      if (path === null || !isPictureName(path)) {
        yield {
          found: "skipped",
          what: `${table}:${line}`,
          reason: `expected path to name a picture, got "${path ?? ""}"`,
        };
        continue;
      }
      const found = await tree.find(path, places);
      if ("refused" in found) {
        yield { found: "skipped", what: path, reason: `${found.refused} (${table}:${line})` };
        continue;
      }
      gatherer.add(found.file, subjectOfRow(cellOf, { scope }), dateOf(cellOf("date")));
    }
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof ListError ? cause.message : `cannot be read: ${(cause as Error).message}`;
    yield { found: "skipped", what: table, reason };
  }
}

/** Paths are relative to the set's root, which is where the table lies, or the folder we were given, or one between. */
function placesOf(tree: Tree, folder: TreeFolder): readonly string[] {
  const parts = folder.relativePath === "" ? [] : folder.relativePath.split("/");
  return parts.map((_, end) => join(tree.root, ...parts.slice(0, parts.length - end))).concat(tree.root);
}

/** Facts that are kept as they are, when a row has them. */
const keptColumns = [
  "image_id",
  "split",
  "original_split",
  "video",
  "position",
  "orientation",
  "camera",
  "location",
];

function subjectOfRow(cellOf: (column: string) => string | null, { scope }: { scope: string }) {
  const identity = identityOf(cellOf("identity"));
  const species = cellOf("species");
  const listed = jsonOf(species);
  const keypoints = jsonOf(cellOf("keypoints"));
  const kept = keptColumns.flatMap((column) => {
    const text = cellOf(column);
    return text === null ? [] : [[column, text] as const];
  });
  return subjectOf({
    individual:
      identity === null
        ? null
        : {
            identity,
            scope,
            name: `Wildlife Dataset Tiger ${identity}`,
            tags: ["WildlifeDatasets"],
            notes: "Imported from WildlifeDatasets",
          },
    species: Array.isArray(listed) ? listed.map(String).join(", ") : species,
    side: sideOf(cellOf("orientation") ?? cellOf("position") ?? cellOf("viewpoint")),
    box: boxOf(jsonOf(cellOf("bbox"))),
    metadata: {
      dataset: "WildlifeDatasets",
      identity,
      ...Object.fromEntries(kept),
      ...(Array.isArray(keypoints) && keypoints.length <= 200 ? { keypoints } : {}),
    },
  });
}
