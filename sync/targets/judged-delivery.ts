// The delivery of one thing to a web service, with a verdict where it fails: the target as a whole rests, this thing is tried again, or parked.
import type { OutboxEntry } from "../../device/store/outbox.ts";
import { blameFor, type Doubts } from "../blame.ts";
import { asSyncError, SyncError } from "../errors.ts";
import type { DeliveryOutcome } from "./target.ts";

export type JudgedOptions = {
  readonly deliver: (entry: OutboxEntry, signal: AbortSignal) => Promise<DeliveryOutcome>;
  /** Asked before anything is parked for a server's answer: does it refuse this thing, or all of us? */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly doubts: Doubts;
};

/** @throws SyncError when it is the target that failed; then nothing counts as tried. */
export async function judgedDelivery(
  entry: OutboxEntry,
  { deliver, probe, doubts }: JudgedOptions,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  try {
    const outcome = await deliver(entry, signal);
    doubts.forget(entry.id);
    return outcome;
  } catch (thrown) {
    signal.throwIfAborted();
    const error = asSyncError(thrown, `${entry.kind} ${entry.id}`);
    const blame = blameFor(error);
    if (blame === "target") throw error;
    if (blame === "doubtful" && !doubts.add(entry.id)) return { result: "failed", error };
    // What was seen before it was sent (no status) says nothing of the server.
    if (error.status !== null) await probe(signal);
    doubts.forget(entry.id);
    return { result: "failed", error: new SyncError("permanent", error.message, { cause: error }) };
  }
}
