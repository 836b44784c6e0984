// "Create, but never replace" on servers that may or may not honour `If-None-Match: *` (some silently overwrite).
// Learned once per bucket, from the first object itself, so that no probe object is left behind.
import type { PutOutcome } from "./bucket.ts";

/** What came of one conditional create. `unsupported`: refused as unknown; nothing was written. */
export type ConditionalOutcome = PutOutcome | { readonly outcome: "unsupported" };

/** The three requests this is made of, for one object. */
export type CreateRequests = {
  /** PUT with `If-None-Match: *`. */
  readonly create: () => Promise<ConditionalOutcome>;
  /** PUT without a condition. */
  readonly replace: () => Promise<PutOutcome>;
  /** The entity tag of what is there; null: nothing is. */
  readonly look: () => Promise<{ readonly etag: string | null } | null>;
  /** Bytes of the object: a large one is not sent twice to learn something. */
  readonly size: number;
};

/** honoured: the server keeps what is there. ignored: it does not, so we look first. unknown: not seen yet. */
export type Honour = "honoured" | "ignored" | "unknown";

const maxProbeBytes = 1_048_576;

/** Makes the function that puts if absent; it remembers what it learned about the server. */
export function createPutIfAbsent(known: Honour): (requests: CreateRequests) => Promise<PutOutcome> {
  let honour = known;
  let learning = false;

  const create = async (requests: CreateRequests): Promise<PutOutcome> => {
    const made = await requests.create();
    if (made.outcome === "exists") honour = "honoured";
    if (made.outcome !== "unsupported") return made;
    honour = "ignored";
    return requests.replace();
  };
  /** The object is there now and is ours: a second conditional create of the same bytes must be refused. */
  const learn = async (requests: CreateRequests): Promise<void> => {
    learning = true;
    try {
      const again = await requests.create();
      honour = again.outcome === "exists" ? "honoured" : "ignored";
    } catch {
      // Only knowledge is missing: the object is safe, and the next put asks again.
    } finally {
      learning = false;
    }
  };

  return async (requests) => {
    if (honour === "honoured") return create(requests);
    const there = await requests.look();
    if (there !== null) return { outcome: "exists", etag: there.etag };
    if (honour === "ignored") return requests.replace();
    const made = await create(requests);
    if (made.outcome === "created" && honour === "unknown" && !learning && requests.size <= maxProbeBytes)
      await learn(requests);
    return made;
  };
}
