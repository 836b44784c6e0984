// Requests that were carried out, so that the same request sent twice acts once: the newest 1000, for ten minutes each.
import type { Answer } from "./requests.ts";

/** What is remembered of a request. */
export type SeenRequest = {
  /** Wall clock, µs, when it began. */
  readonly atUs: number;
  /** The same moment on the monotonic clock of one boot: the wall clock may jump meanwhile. Not given: an older program wrote it. */
  readonly monotonicNs?: number;
  readonly bootId?: string;
  /** What was answered; null: it began, and its end was never seen (the power went). */
  readonly answer: Answer | null;
};

/** The memory of requests; in the store it outlives a restart. */
export type SeenRequests = {
  readonly find: (key: string) => SeenRequest | null;
  /** Resolves when it will be found again; replaces what was there. Forgets the oldest beyond its limit. */
  readonly remember: (key: string, seen: SeenRequest) => Promise<void>;
};

export type SeenRequestEntry = readonly [key: string, seen: SeenRequest];

export type SeenRequestsOptions = {
  /** What an earlier process remembered, oldest first. */
  readonly earlier?: readonly SeenRequestEntry[];
  /** Keeps everything that is remembered now; not given: the memory ends with the process. */
  readonly keep?: (entries: readonly SeenRequestEntry[]) => Promise<unknown>;
};

const limit = 1000;

/** Makes the memory. */
export function createSeenRequests({ earlier = [], keep }: SeenRequestsOptions = {}): SeenRequests {
  const entries = new Map<string, SeenRequest>(earlier);
  return {
    find: (key) => entries.get(key) ?? null,
    remember: async (key, seen) => {
      entries.delete(key);
      entries.set(key, seen);
      if (entries.size > limit) entries.delete(entries.keys().next().value!);
      await keep?.([...entries]);
    },
  };
}
