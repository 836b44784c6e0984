// What an evaluation leaves in the store when it is asked to: the pictures of the folder as ingested, and what the detector said of each.
import { resolve } from "node:path";
import { sha256Hex } from "../../device/store/frames.ts";
import type { Store } from "../../device/store/store.ts";
import type { Found } from "../../models/vision.ts";
import type { DatasetFormat } from "../ingest/datasets.ts";
import type { IngestOptions } from "../ingest/ingest.ts";
import { ingest } from "../ingest/ingest.ts";

export type IntoStoreOptions = Pick<
  IngestOptions,
  "hasRoom" | "reader" | "clock" | "log" | "onWarning" | "onProgress" | "signal"
> & {
  readonly store: Store;
  readonly root: string;
  readonly format: DatasetFormat;
};

const inFlight = 32;

/** Ingests the folder under the name of its last part. @returns how many pictures are in the store now. */
export async function ingestForEval(options: IntoStoreOptions): Promise<number> {
  const { root, format } = options;
  const name =
    resolve(root)
      .split("/")
      .at(-1)
      ?.replaceAll(/[^A-Za-z0-9_-]/g, "-")
      .slice(0, 64) || "eval";
  const { results } = await ingest({
    ...options,
    datasets: [{ name, path: root, format }],
    dryRun: false,
    force: false,
    inFlight,
  });
  return results[name]?.images ?? 0;
}

/** Keeps what a detector said of a picture that is in the store; what it said of it before is replaced. */
export async function keepDetections(
  store: Store,
  said: { readonly bytes: Uint8Array; readonly model: string; readonly found: readonly Found[] },
): Promise<void> {
  const imgId = store.seen.contents.get(sha256Hex(said.bytes));
  if (imgId === null) return;
  const { model, found } = said;
  await store.commit(() => {
    const range = { start: [imgId, model, 0], end: [imgId, model, Number.MAX_SAFE_INTEGER] } as const;
    for (const key of [...store.detections.keys({ start: [...range.start], end: [...range.end] })])
      store.detections.remove(key);
    for (const [index, each] of found.entries())
      store.detections.put([imgId, model, index], { imgId, model, index, ...each });
  });
}
