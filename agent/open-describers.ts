// The spaces in which crops are compared: an embedder's, and that of the colours of the coat, for on animals neither is best alone.
import type { Describer, Vision } from "../models/vision.ts";
import type { Config } from "./config.ts";
import { openCatalog } from "./models/open-catalog.ts";

/** In the order of trust. @param embedder its id; null: the colours alone. @throws ModelError */
export async function openDescribers(
  vision: Vision,
  config: Pick<Config, "data" | "models">,
  embedder: string | null,
): Promise<readonly Describer[]> {
  const colours = await vision.openHistogram();
  return embedder === null
    ? [colours]
    : [await vision.openEmbedder(openCatalog(config).find(embedder)), colours];
}
