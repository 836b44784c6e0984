// Limits on how often something may happen: a burst at once, then a steady rate; and one in which nobody can take everybody's share.
import type { Clock } from "../../device/clock.ts";

/** Takes one token; false: there is none, it happens too often. */
export type TokenBucket = () => boolean;

export type Rate = { readonly burst: number; readonly perSecond: number };

export function createTokenBucket(
  { burst, perSecond }: Rate,
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

/** Takes one token for `name`; false: it happens too often. A name that is not known shares with all others that are not. */
export type SharedBucket = (name: string) => boolean;

/**
 * Half of the rate is for everybody, the other half in equal parts for each name: a flood of one never keeps another from its part.
 * All together never exceed the rate (but for a burst of one each, where the parts are smaller than that).
 */
export function createSharedBucket(
  names: readonly string[],
  { burst, perSecond }: Rate,
  clock: Pick<Clock, "monotonicNs">,
): SharedBucket {
  const parts = names.length + 1;
  const ownRate = { burst: Math.max(1, burst / 2 / parts), perSecond: perSecond / 2 / parts };
  const takeShared = createTokenBucket({ burst: Math.max(1, burst / 2), perSecond: perSecond / 2 }, clock);
  const takeUnknown = createTokenBucket(ownRate, clock);
  const takeOwn = new Map(names.map((name) => [name, createTokenBucket(ownRate, clock)]));
  return (name) => takeShared() || (takeOwn.get(name) ?? takeUnknown)();
}
