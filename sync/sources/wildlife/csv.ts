// Any CSV file with a column of identities and a column of pictures: how most data sets of single animals are handed around.
import { join } from "node:path";
import { ListError, readColumns, readRows } from "../list.ts";
import type { Source, SourceFinding, SourceOptions, SourceSkip } from "../source.ts";
import { isPictureName } from "../source.ts";
import { nameOf, openTree, type Tree, type TreeFolder } from "../tree.ts";
import { createPictureGatherer, type PictureGatherer } from "./by-picture.ts";
import { dateOf, sideOf, subjectOf, textOf } from "./fields.ts";
import { columnsOf } from "./list-columns.ts";

/** Of several the first here counts, wherever it stands: `id` and `file` are often something else beside a better name. */
const identityColumns = ["identity", "individual_id", "tiger_id", "id"] as const;
const pathColumns = ["image_path", "path", "filename", "file"] as const;

export function createCsvSource(): Source {
  return {
    format: "csv",
    recognises: async (directory, signal) => {
      const tree = await openTree(directory);
      for await (const folder of tree.folders({ signal, maxDepth: 3 }))
        for (const name of folder.files.filter(isList)) {
          const columns = columnsOf(await readColumns(join(folder.path, name)).catch(() => []));
          if (columns.first(identityColumns) !== null && columns.first(pathColumns) !== null) return true;
        }
      return false;
    },
    read: async function* (directory, options): AsyncIterable<SourceFinding> {
      const tree = await openTree(directory);
      const skips: SourceSkip[] = [];
      const gatherer = createPictureGatherer();
      for await (const folder of tree.folders({ signal: options.signal, onSkip: (skip) => skips.push(skip) }))
        for (const name of folder.files.filter(isList))
          yield* readList(tree, folder, name, { ...options, gatherer });
      yield* skips;
      yield* gatherer.pictures();
      if (gatherer.size() === 0)
        yield {
          found: "nothing",
          reason: "no images found",
          warning: `No images found in ${options.dataset} dataset: expected a CSV with a column ${identityColumns.join("|")} and a column ${pathColumns.join("|")} that names pictures`,
        };
    },
  };
}

function isList(name: string): boolean {
  return /\.csv$/i.test(name) && !/^\._/.test(name);
}

async function* readList(
  tree: Tree,
  folder: TreeFolder,
  name: string,
  { dataset, signal, gatherer }: SourceOptions & { gatherer: PictureGatherer },
): AsyncIterable<SourceSkip> {
  const list = join(folder.relativePath, name);
  const skip = (what: string, reason: string): SourceSkip => ({ found: "skipped", what, reason });
  try {
    const columns = columnsOf(await readColumns(join(folder.path, name)));
    const identityColumn = columns.first(identityColumns);
    const pathColumn = columns.first(pathColumns);
    if (identityColumn === null || pathColumn === null) {
      const missing = identityColumn === null ? identityColumns : pathColumns;
      yield skip(list, `expected a column ${missing.join("|")}, found none`);
      return;
    }
    const set = setOf(folder, name);
    const scope = set === "" ? dataset : `${dataset}/${set}`;
    const stem = name.replace(/\.csv$/i, "");
    for await (const { line, values } of readRows(join(folder.path, name), { header: true })) {
      signal.throwIfAborted();
      const file = textOf(columns.cell(values, pathColumn));
      const identity = identityOf(columns.cell(values, identityColumn));
      if (file === null || !isPictureName(file)) {
        yield skip(`${list}:${line}`, `expected ${pathColumn} to name a picture, got "${file ?? ""}"`);
        continue;
      }
      const found = await tree.find(file, [tree.root, folder.path]);
      if ("refused" in found) {
        yield skip(file, `${found.refused} (${list}:${line})`);
        continue;
      }
      const cellOf = (column: string): string | null => textOf(columns.cell(values, column));
      const split = cellOf("split");
      gatherer.add(
        found.file,
        subjectOf({
          individual:
            identity === null
              ? null
              : {
                  identity,
                  scope,
                  name: `Dataset Tiger ${identity}`,
                  tags: [stem],
                  notes: `Imported from ${stem}`,
                },
          species: cellOf("species"),
          side: sideOf(cellOf("side") ?? cellOf("orientation") ?? cellOf("viewpoint") ?? cellOf("position")),
          metadata: { dataset: stem, identity, ...(split === null ? {} : { split }) },
        }),
        dateOf(cellOf("date") ?? cellOf("timestamp")),
      );
    }
  } catch (cause) {
    signal.throwIfAborted();
    yield skip(
      list,
      cause instanceof ListError ? cause.message : `cannot be read: ${(cause as Error).message}`,
    );
  }
}

/** null: an unknown animal. */
export function identityOf(cell: string | null): string | null {
  const text = textOf(cell);
  return text === null || /^(unknown|_{2,})$/i.test(text) ? null : text;
}

/**
 * Which set of animals a list is about: its folder and its name without a split at the end, so that train.csv and test.csv
 * speak of the same animals, and two sets with a "001" each do not.
 */
function setOf(folder: TreeFolder, name: string): string {
  const split = /(^|[-_. ])(train|test|val|valid|validation|query|gallery|all|metadata|labels?)$/i;
  const stem = name.replace(/\.csv$/i, "").replace(split, "");
  const parts = [folder.relativePath, stem === nameOf(folder) ? "" : stem];
  return parts.filter((part) => part !== "").join("/");
}
