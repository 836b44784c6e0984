// The catalog of a configuration: the shipped models and those in the person's folder.
import { join } from "node:path";
import { type Catalog, loadCatalog } from "../../models/catalog.ts";
import type { Config } from "../config.ts";

type Settings = { readonly data: string; readonly models: Pick<Config["models"], "folder"> };

/** Where `models add` keeps a person's models. */
export function modelsFolder({ data, models }: Settings): string {
  return models.folder ?? join(data, "models");
}

/** @throws ModelError when the shipped catalog is missing. */
export function openCatalog(config: Settings): Catalog {
  return loadCatalog({ folders: [modelsFolder(config)] });
}
