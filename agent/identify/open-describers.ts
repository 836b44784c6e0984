// The describers of a configuration: the embedder, where one is named, and the colours of the coat beside it.
import type { Catalog } from "../../models/catalog.ts";
import type { Describer, Vision } from "../../models/vision.ts";

/** In the order of trust. @param embedder null: the colours alone. @throws ModelError */
export async function openDescribers(
  vision: Pick<Vision, "openEmbedder" | "openHistogram">,
  { catalog, embedder }: { readonly catalog: Catalog; readonly embedder: string | null },
): Promise<readonly Describer[]> {
  return [
    ...(embedder === null ? [] : [await vision.openEmbedder(catalog.find(embedder))]),
    await vision.openHistogram(),
  ];
}
