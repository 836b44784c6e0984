// Ingesting in a test: one data set, one thread, everything that was said.

import {
  type DatasetResult,
  type IngestOptions,
  type IngestResult,
  ingest,
} from "../../agent/ingest/ingest.ts";
import { type PictureReader, UnreadablePicture } from "../../agent/ingest/picture-reader.ts";
import { readPicture } from "../../agent/ingest/read-picture.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { PictureError } from "../../models/picture.ts";

export type IngestedOnce = {
  readonly result: IngestResult;
  /** Of the one data set. */
  readonly set: DatasetResult;
  readonly warnings: readonly string[];
};

/** Reads in the test's own thread, for a thread takes a second to start. */
export const readHere: PictureReader = {
  read: async (path) => {
    try {
      return await readPicture(path);
    } catch (cause) {
      const reason = cause instanceof PictureError ? cause.reason : "unreadable";
      throw new UnreadablePicture(reason, (cause as Error).message);
    }
  },
  close: async () => undefined,
};

/** Ingests `path` as the data set `name`. */
export async function ingestOnce(
  store: Store | null,
  path: string,
  options: Partial<IngestOptions> & { readonly name?: string } = {},
): Promise<IngestedOnce> {
  const warnings: string[] = [];
  const name = options.name ?? "atrw";
  const result = await ingest({
    store,
    datasets: [{ name, path, format: name === "atrw" ? "atrw" : "auto" }],
    dryRun: false,
    force: false,
    reader: readHere,
    hasRoom: () => true,
    inFlight: 8,
    clock: createSystemClock(),
    log: silentLog,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...options,
    onWarning: (sentence) => warnings.push(sentence),
  });
  return { result, set: result.results[name]!, warnings };
}
