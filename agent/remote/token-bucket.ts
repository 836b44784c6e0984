// A limit on how often something may happen: a burst at once, then a steady rate.
import type { Clock } from "../../device/clock.ts";

/** Takes one token; false: there is none, it happens too often. */
export type TokenBucket = () => boolean;

export function createTokenBucket(
  { burst, perSecond }: { readonly burst: number; readonly perSecond: number },
  clock: Pick<Clock, "monotonicNs">,
): TokenBucket {
  let tokens = burst;
  let filledNs = clock.monotonicNs();
  return () => {
    const ns = clock.monotonicNs();
    tokens = Math.min(burst, tokens + ((ns - filledNs) / 1e9) * perSecond);
    filledNs = ns;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
