// Clears away, at the start and then daily, what an earlier life began to send in parts and nobody wants any more.
import type { Clock } from "../../device/clock.ts";
import type { Bucket } from "../buckets/bucket.ts";

export type UploadSweep = (signal: AbortSignal) => Promise<void>;

const everyNs = 86_400e9;
const againNs = 600e9;

/** Makes the function that a target calls before it sends; it does something once a day. */
export function createUploadSweep(
  bucket: Pick<Bucket, "sweepUploads">,
  options: { readonly clock: Pick<Clock, "monotonicNs">; readonly isWanted: (key: string) => boolean },
): UploadSweep {
  const { clock, isWanted } = options;
  let nextNs = 0;
  return async (signal) => {
    const nowNs = clock.monotonicNs();
    if (nowNs < nextNs) return;
    nextNs = nowNs + againNs;
    try {
      await bucket.sweepUploads(isWanted, signal);
      nextNs = nowNs + everyNs;
    } catch {
      // What is to be sent meets the same server, and says what is wrong with it. The book keeps what has to be cleared.
      signal.throwIfAborted();
    }
  };
}
