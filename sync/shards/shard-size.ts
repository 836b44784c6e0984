// How large a shard may be on this link: one that again and again gets no part through is too large for it, and is packed smaller.
import type { LargeSource } from "../buckets/bucket.ts";

export type ShardSize = {
  /** Bytes of the next shard. */
  readonly now: () => number;
  /** The shard's bytes, watched as they are sent. */
  readonly watch: (key: string, source: LargeSource) => LargeSource;
  readonly sent: (key: string) => void;
  /** Whether the newest try got some of it through before it was cut off. */
  readonly gotOn: (key: string) => boolean;
  /** The sending was cut off. true: it did so several times at the same place, and the shard should be packed anew. */
  readonly cutOff: (key: string) => boolean;
};

/** Cuts at the same place before a shard counts as too large. */
const mostCuts = 5;
/** Smaller ones cost more in requests than they save. */
const leastBytes = 100_000;
const shrinkBy = 4;

/** Where a try began, the part it came to, where the one before began, and how many in a row began there. */
type Try = { start: number | null; newest: number | null; readonly before: number | null; cuts: number };

/** @param most on a link that stays; where it begins */
export function createShardSize(most: number): ShardSize {
  let bytes = most;
  /** First byte that was asked for in the newest try, and how often in a row it was that one. */
  const tries = new Map<string, Try>();
  return {
    now: () => bytes,
    watch: (key, source) => {
      const last = tries.get(key);
      const now: Try = { start: null, newest: null, before: last?.start ?? null, cuts: last?.cuts ?? 0 };
      tries.set(key, now);
      return {
        ...source,
        read: (start, end, signal) => {
          now.start ??= start;
          now.newest = start;
          return source.read(start, end, signal);
        },
      };
    },
    sent: (key) => {
      tries.delete(key);
      bytes = Math.min(most, bytes * 2);
    },
    gotOn: (key) => {
      const now = tries.get(key);
      return now !== undefined && now.newest !== now.start;
    },
    cutOff: (key) => {
      const now = tries.get(key);
      // Nothing was asked for: the link was away before the first byte, which says nothing about the size.
      if (now === undefined || now.start === null) return false;
      now.cuts = now.start === now.before ? now.cuts + 1 : 1;
      if (now.cuts < mostCuts) return false;
      tries.delete(key);
      bytes = Math.max(Math.min(leastBytes, most), Math.floor(bytes / shrinkBy));
      return true;
    },
  };
}
