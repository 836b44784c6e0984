// Ingestion as a verb: opens the store of a configuration and the threads that read pictures, ingests, and closes both.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { openStore } from "../../device/store/store.ts";
import type { Config } from "../config.ts";
import { storeFolder } from "../folders.ts";
import { type IngestOptions, type IngestResult, ingest } from "./ingest.ts";
import { createPictureReader } from "./picture-reader.ts";
import { hasRoom } from "./room.ts";

export type IngestIntoStoreOptions = Omit<IngestOptions, "store" | "reader" | "hasRoom" | "inFlight"> & {
  readonly config: Pick<Config, "data" | "store">;
};

/** Pictures on their way from file to store at once. */
const inFlight = 96;
const mostThreads = 4;

/** A dry run reads beside a running agent. @throws StoreLocked when another process writes to the store; what the store throws. */
export async function ingestIntoStore(options: IngestIntoStoreOptions): Promise<IngestResult> {
  const { config, dryRun, clock, log } = options;
  const directory = storeFolder(config.data);
  const { commitWindowMs } = config.store;
  // A dry run must not even make an empty store.
  const isThere = existsSync(join(directory, "data.mdb"));
  const store =
    dryRun && !isThere ? null : openStore({ directory, clock, log, readOnly: dryRun, commitWindowMs });
  const reader = createPictureReader({ threads: Math.min(mostThreads, availableParallelism()) });
  try {
    return await ingest({
      ...options,
      store,
      reader,
      inFlight,
      hasRoom: () => store === null || hasRoom(store, config),
    });
  } finally {
    await reader.close().finally(() => store?.close());
  }
}
