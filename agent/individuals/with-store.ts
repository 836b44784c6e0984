// The store for one verb: opened where the configuration says, closed whatever happens.
import type { Clock } from "../../device/clock.ts";
import { type Log, silentLog } from "../../device/log.ts";
import { openStore, type Store } from "../../device/store/store.ts";
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
  const store = openStore({
    directory: storeFolder(config.data),
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
