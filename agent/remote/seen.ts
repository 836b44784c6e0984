// Requests that were carried out, so that the same request sent twice acts once: the newest 1000, for ten minutes each.
import type { Answer } from "./requests.ts";

/** What is remembered of a request. */
export type SeenRequest = {
  /** Wall clock, µs, when it began. */
  readonly atUs: number;
  /** What was answered; null: it began, and its end was never seen (the power went). */
  readonly answer: Answer | null;
};

/** The memory of requests; in the store it outlives a restart. */
export type SeenRequests = {
  readonly find: (key: string) => SeenRequest | null;
  /** Resolves when it will be found again; replaces what was there. Forgets the oldest beyond its limit. */
  readonly remember: (key: string, seen: SeenRequest) => Promise<void>;
};

/** A memory that ends with the process. */
export function createSeenRequests(limit = 1000): SeenRequests {
  const entries = new Map<string, SeenRequest>();
  return {
    find: (key) => entries.get(key) ?? null,
    remember: async (key, seen) => {
      entries.delete(key);
      entries.set(key, seen);
      if (entries.size > limit) entries.delete(entries.keys().next().value!);
    },
  };
}
