// Buckets and indexes that try again: for verbs a person waits for. What runs for ever has the outbox instead.
import type { Clock } from "../device/clock.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import { SyncError } from "../sync/errors.ts";
import type { LabelIndex, PutLabelOutcome } from "../sync/indexes/label-index.ts";
import { retry } from "../sync/retry.ts";

export type RetryingOptions = {
  readonly clock: Pick<Clock, "sleep">;
  /** Gives [0, 1). */
  readonly random: () => number;
  /** Attempts in all; default 4, which with the back-off below is some seconds at the most. */
  readonly attempts?: number;
};

const backOff = { baseMs: 500, capMs: 10_000 };
const defaultAttempts = 4;

type Again = <T>(signal: AbortSignal, act: () => Promise<T>) => Promise<T>;

/** The bucket, tried again where its failure may pass. Listing and probing are left as they are. */
export function retryingBucket(bucket: Bucket, options: RetryingOptions): Bucket {
  const again = againWith(options);
  return {
    ...bucket,
    put: (key, bytes, given) => again(given.signal, () => bucket.put(key, bytes, given)),
    putLarge: (key, source, given) => again(given.signal, () => bucket.putLarge(key, source, given)),
    get: (key, signal) => again(signal, () => bucket.get(key, signal)),
    getRange: (key, start, length, signal) =>
      again(signal, () => bucket.getRange(key, start, length, signal)),
    head: (key, signal) => again(signal, () => bucket.head(key, signal)),
    remove: (key, signal) => again(signal, () => bucket.remove(key, signal)),
  };
}

/** The index, tried again where its failure may pass; of a bulk of labels only those that were not taken. Searching and probing are left as they are. */
export function retryingIndex(index: LabelIndex, options: RetryingOptions): LabelIndex {
  const again = againWith(options);
  return {
    ...index,
    put: async (documents, given) => {
      const outcomes = new Map<number, PutLabelOutcome>();
      let waiting = documents.map((_, position) => position);
      const putWaiting = async (): Promise<void> => {
        const results = await index.put(
          waiting.map((position) => documents[position]!),
          given,
        );
        waiting.forEach((position, place) => {
          outcomes.set(position, results[place]!);
        });
        const passing = waiting.filter((position) => mayPass(outcomes.get(position)));
        waiting = passing;
        const first = outcomes.get(passing[0] ?? -1);
        if (first?.outcome === "failed") throw new PartialPut(first.error);
      };
      try {
        await again(given.signal, putWaiting);
      } catch (cause) {
        if (outcomes.size < documents.length || !(cause instanceof SyncError)) throw cause;
        // The server answered label by label at least once: what it took, it has.
        const error = cause instanceof PartialPut ? cause.first : cause;
        for (const position of waiting) outcomes.set(position, { outcome: "failed", error });
      }
      return documents.map((_, position) => outcomes.get(position)!);
    },
    get: (fingerprints, signal) => again(signal, () => index.get(fingerprints, signal)),
    remove: (fingerprints, signal) => again(signal, () => index.remove(fingerprints, signal)),
    count: (query, signal) => again(signal, () => index.count(query, signal)),
    refresh: (signal) => again(signal, () => index.refresh(signal)),
  };
}

/** Some labels of a bulk may go at another time. */
class PartialPut extends SyncError {
  readonly first: SyncError;
  constructor(first: SyncError) {
    super(first.kind, first.message, { cause: first, retryAfterMs: first.retryAfterMs });
    this.first = first;
  }
}

function mayPass(outcome: PutLabelOutcome | undefined): boolean {
  return outcome?.outcome === "failed" && outcome.error.kind !== "permanent";
}

function againWith({ clock, random, attempts = defaultAttempts }: RetryingOptions): Again {
  return (signal, act) => retry(act, { ...backOff, clock, random, attempts, signal });
}
