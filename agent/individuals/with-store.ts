// The store for one verb: opened where the configuration says, closed whatever happens.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import { type Log, silentLog } from "../../device/log.ts";
import { openStore, type Store, StoreError } from "../../device/store/store.ts";
import type { Config } from "../config.ts";
import { storeFolder } from "../folders.ts";

/** @throws StoreError when there is none to read; StoreLocked, naming the other process, when one writes already. */
export async function withStore<T>(
  config: Pick<Config, "data">,
  {
    readOnly,
    clock,
    log = silentLog,
  }: { readonly readOnly: boolean; readonly clock: Clock; readonly log?: Log },
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const directory = storeFolder(config.data);
  // Whoever judges what was seen, and finds nothing, is in the wrong folder: making an empty store there would only hide that.
  if (!existsSync(join(directory, "data.mdb")))
    throw new StoreError(`There is no store in ${directory} yet (nothing was recorded or ingested there).`);
  const store = openStore({
    directory,
    clock,
    log,
    readOnly,
    // A person waits for this one write; there is no company for it to wait for.
    commitWindowMs: 0,
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
