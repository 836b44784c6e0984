// One call of a target and what came of it: which entries are settled, which are tried again and when, and whether the target as a
// whole is left alone for a while.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { OutboxEntry, Settlement } from "../device/store/outbox.ts";
import { asSyncError, type SyncError } from "./errors.ts";
import type { Resting } from "./resting.ts";
import { backoffMs } from "./retry.ts";
import type { TargetRest } from "./target-rest.ts";
import type { TargetTally } from "./target-tally.ts";
import type { DeliveryOutcome, Target } from "./targets/target.ts";

/** Delivers entries; what is returned has to be booked, the rest stays in the queue. Never rejects. */
export type Delivery = (
  entries: readonly OutboxEntry[],
  signal: AbortSignal,
) => Promise<readonly Settlement[]>;

export type DeliveryOptions = {
  readonly clock: Pick<Clock, "monotonicNs">;
  readonly log: Log;
  readonly random: () => number;
  readonly tally: TargetTally;
  readonly rest: TargetRest;
  readonly resting: Resting;
  /** A target that takes things in order did not take one: what stands behind it has to wait. */
  readonly onHeldUp: () => void;
};

/** How often an entry that came before its picture looks again, should nobody tell it, ms. */
const earlyMs = 5000;
/** A server's passing trouble with one call says less about the thing than its word on the thing does. */
const passingWeight = 1 / 3;

/** So many calls in a row have to fail before it is the target. */
const leastTroubles = 3;

export function createDelivery(target: Target, options: DeliveryOptions): Delivery {
  const { clock, log, random, tally, rest, resting, onHeldUp } = options;
  const { name, inOrder = false } = target;
  /** Calls that failed since one succeeded; before the first success the target may well be away. */
  let troubles = Number.POSITIVE_INFINITY;

  const note = (entry: OutboxEntry, outcome: DeliveryOutcome): Settlement | null => {
    if (outcome.result === "early") {
      resting.early(entry, earlyMs);
      return null;
    }
    const passing = passingFailure(outcome);
    if (passing !== null) {
      tally.failed(passing.message);
      // What has to stay in order is tried again from where it failed, not each by itself.
      if (!inOrder)
        resting.failed(entry, (attempts) =>
          backoffMs(attempts, { random, retryAfterMs: passing.retryAfterMs }),
        );
      return null;
    }
    resting.done(entry);
    if (outcome.result === "gone") return { entry, result: "gone" };
    if (outcome.result === "delivered") {
      tally.delivered(entry, outcome.already);
      return { entry, result: "delivered", reference: outcome.reference, already: outcome.already };
    }
    const reason = outcome.error.message;
    tally.parked();
    log.warn(
      { target: name, kind: entry.kind, id: entry.id, reason },
      "the target refuses this for good; it is parked",
    );
    return { entry, result: "parked", reason };
  };

  /** @param calledNs when the call began: calls that fail together are one failure of the target. */
  const restAll = (error: SyncError, calledNs: number): void => {
    if (inOrder) onHeldUp();
    const waitMs = rest.failed(error, calledNs);
    if (waitMs === null) return;
    if (tally.read().problem !== error.message)
      log.warn(
        { target: name, problem: error.message, waitMs: Math.round(waitMs) },
        "a target does not take anything now; what waits for it is kept",
      );
    tally.failed(error.message);
  };

  /** One server's hiccup among many calls that go well: then the thing rests, not the target. */
  const isHiccup = (error: SyncError, entries: readonly OutboxEntry[]): boolean => {
    if (error.kind !== "retryable" || error.retryAfterMs !== null || entries.length > 1 || inOrder)
      return false;
    troubles += 1;
    return troubles <= Math.max(leastTroubles, target.concurrency);
  };

  return async (entries, signal) => {
    const calledNs = clock.monotonicNs();
    try {
      const outcomes = await target.deliver(entries, signal);
      if (outcomes.length !== entries.length)
        throw new Error(`Expected ${entries.length} outcomes of ${name}, got ${outcomes.length}`);
      const held = inOrder ? firstPassingFailure(outcomes) : null;
      if (held === null || outcomes.some((outcome) => passingFailure(outcome) === null)) {
        rest.succeeded();
        troubles = 0;
      }
      const settlements = entries.flatMap((entry, index) => note(entry, outcomes[index]!) ?? []);
      if (held !== null) restAll(held, calledNs);
      return settlements;
    } catch (thrown) {
      if (signal.aborted) return [];
      const error = asSyncError(thrown, `deliver to ${name}`);
      if (!isHiccup(error, entries)) restAll(error, calledNs);
      else {
        tally.failed(error.message);
        for (const entry of entries)
          resting.failed(entry, (attempts) => backoffMs(attempts, { random }), passingWeight);
      }
      return [];
    }
  };
}

/** The error of a thing that failed, but not for good; null: it is settled, or early. */
function passingFailure(outcome: DeliveryOutcome): SyncError | null {
  return outcome.result === "failed" && outcome.error.kind !== "permanent" ? outcome.error : null;
}

function firstPassingFailure(outcomes: readonly DeliveryOutcome[]): SyncError | null {
  for (const outcome of outcomes) {
    const error = passingFailure(outcome);
    if (error !== null) return error;
  }
  return null;
}
