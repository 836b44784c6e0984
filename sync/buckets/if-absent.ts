// "Create, but never replace" on servers that may or may not honour `If-None-Match: *` (some silently overwrite).
// Learned once per bucket, from the first object itself, so that no probe object is left behind.
import { SyncError } from "../errors.ts";
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
  /** The last object was there (or may be), so the next may be too: look first, and do not send bytes only to have them refused. */
  let expectThere = false;

  const create = async (requests: CreateRequests): Promise<PutOutcome> => {
    const made = await requests.create().catch((cause: unknown) => {
      // Nobody answered, so it may have arrived: a look costs less than sending it again.
      if (cause instanceof SyncError && cause.kind === "offline") expectThere = true;
      throw cause;
    });
    if (made.outcome === "unsupported") {
      honour = "ignored";
      return requests.replace();
    }
    if (made.outcome === "exists") honour = "honoured";
    expectThere = made.outcome === "exists";
    return made;
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
  const look = async (requests: CreateRequests): ReturnType<CreateRequests["look"]> => {
    try {
      return await requests.look();
    } catch (cause) {
      // Credentials that may only put: where the server keeps what is there, we need not look.
      if (honour === "honoured" && cause instanceof SyncError && cause.kind === "permanent") return null;
      throw cause;
    }
  };

  return async (requests) => {
    if (honour === "honoured" && !expectThere) return create(requests);
    const there = await look(requests);
    expectThere = there !== null;
    if (there !== null) return { outcome: "exists", etag: there.etag };
    if (honour === "ignored") return requests.replace();
    const made = await create(requests);
    if (made.outcome === "created" && honour === "unknown" && !learning && requests.size <= maxProbeBytes)
      await learn(requests);
    return made;
  };
}
