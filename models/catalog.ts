// The models that can be used here: those that are shipped (catalog.json) and a person's, one manifest beside each file.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Model, manifestSchema } from "./manifest.ts";
import { ModelError } from "./vision.ts";

// Where this file is; the type of import.meta is not the same everywhere this is checked.
const { url: here } = import.meta as { readonly url: string };

export type Catalog = {
  /** The shipped ones first, then a person's, each group by id. */
  readonly list: () => readonly Model[];
  /** @throws ModelIdError naming the ids there are. */
  readonly find: (id: string) => Model;
  /** Manifests that cannot be used, each as `file: rule`; the others are not hurt by them. */
  readonly problems: readonly string[];
};

/** Nothing has this id: a mistake of whoever asked, not of a model. */
export class ModelIdError extends ModelError {
  override readonly name = "ModelIdError";
}

export type CatalogOptions = {
  /** Folders with a person's models: `<id>.json` beside its file. One that is not there holds none. */
  readonly folders: readonly string[];
  /** The shipped catalog.json; not given: the one of this program; null: none. */
  readonly shipped?: string | null;
};

type Reading = { readonly models: readonly Model[]; readonly problems: readonly string[] };

/** Reads every manifest; the weights are not opened. @throws ModelError when the shipped catalog is missing or damaged. */
export function loadCatalog({ folders, shipped = findShippedCatalog() }: CatalogOptions): Catalog {
  const models = new Map<string, Model>();
  const problems: string[] = [];
  const readings = [
    ...(shipped === null ? [] : [readShipped(shipped)]),
    ...folders.map((folder) => readFolder(resolve(folder))),
  ];
  for (const reading of readings) {
    problems.push(...reading.problems);
    for (const model of reading.models) {
      const other = models.get(model.manifest.id);
      if (other === undefined) models.set(model.manifest.id, model);
      else
        problems.push(
          `${model.file}: Expected an id of its own, got "${model.manifest.id}", which is ${other.file}`,
        );
    }
  }
  return {
    list: () => [...models.values()],
    find: (id) => {
      const model = models.get(id);
      if (model !== undefined) return model;
      const known = [...models.keys()].join(", ") || "none";
      throw new ModelIdError(`Expected the id of a model (${known}), got "${id}"`);
    },
    problems,
  };
}

/** The catalog.json of this program: beside this file, or up from the built program. @throws ModelError when there is none. */
export function findShippedCatalog(from: string = dirname(fileURLToPath(here))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    for (const place of [join(folder, "catalog.json"), join(folder, "models", "catalog.json")])
      if (existsSync(place)) return place;
    if (dirname(folder) === folder) break;
  }
  throw new ModelError(
    `Expected models/catalog.json in ${from} or above, found none: the program is not whole`,
  );
}

function readShipped(path: string): Reading {
  let entries: unknown;
  try {
    entries = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ModelError(`Expected the list of shipped models in ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const list = z.array(z.unknown()).safeParse(entries);
  if (!list.success) throw new ModelError(`Expected a list of manifests in ${path}, got ${typeof entries}`);
  return collect(list.data.map((entry, index) => [`${path}[${index}]`, dirname(path), entry]));
}

function readFolder(folder: string): Reading {
  if (!existsSync(folder)) return { models: [], problems: [] };
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".json") && !name.endsWith(".card.json") && !name.startsWith("."))
    .sort();
  const problems: string[] = [];
  const entries: [string, string, unknown][] = [];
  for (const name of names) {
    const path = join(folder, name);
    try {
      entries.push([path, folder, JSON.parse(readFileSync(path, "utf8"))]);
    } catch (cause) {
      problems.push(`${path}: ${(cause as Error).message}`);
    }
  }
  const read = collect(entries);
  return { models: read.models, problems: [...problems, ...read.problems] };
}

/** @param entries where it is written, the folder its file is relative to, what is written. */
function collect(entries: readonly (readonly [string, string, unknown])[]): Reading {
  const models: Model[] = [];
  const problems: string[] = [];
  for (const [place, folder, entry] of entries) {
    const parsed = manifestSchema.safeParse(entry);
    if (parsed.success) models.push({ manifest: parsed.data, file: resolve(folder, parsed.data.file) });
    else
      for (const issue of parsed.error.issues)
        problems.push(`${place}: ${issue.path.join(".") || "manifest"}: ${issue.message}`);
  }
  return { models, problems };
}
