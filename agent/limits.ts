// The limits of the link, from the configuration.
import type { SyncLimits } from "../sync/limits.ts";
import type { Config } from "./config.ts";

export function limitsOf({ sync }: Pick<Config, "sync">): SyncLimits {
  const { bytesPerSecond, metered, meteredLanes, lowestShare } = sync;
  const windows = sync.windows.map(({ from, to, days }) => ({
    from,
    to,
    ...(days === undefined ? {} : { days }),
  }));
  return { bytesPerSecond, windows, metered, meteredLanes, lowestShare };
}
