// Whether a store can take pictures of data sets: they are never dropped again, so they end where dropping would begin.
import { readDiskSpace } from "../../device/disk.ts";
import { measureRoom } from "../../device/store/retention.ts";
import type { Store } from "../../device/store/store.ts";
import type { Config } from "../config.ts";

/** true: no more than a warning's worth of the budget is used. */
export function hasRoom(store: Store, config: Pick<Config, "data" | "store">): boolean {
  const { pressure } = measureRoom(store, config.store, readDiskSpace(config.data));
  return pressure === "none" || pressure === "warn";
}
