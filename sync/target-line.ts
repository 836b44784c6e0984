// One target's share of the drain: picks entries, has them delivered, books what came of each, and rests when the target is away.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { OutboxEntry, Settlement } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";
import { createBell } from "./bell.ts";
import { bookSettlements } from "./book.ts";
import { asSyncError, type SyncError } from "./errors.ts";
import { createLanePicker } from "./lanes.ts";
import { createResting } from "./resting.ts";
import { backoffMs } from "./retry.ts";
import type { DeliveryOutcome, Target } from "./targets/target.ts";

/** How a target is doing. `resting`: it failed and is left alone for a while. */
export type TargetStatus = {
  readonly name: string;
  readonly state: "idle" | "delivering" | "resting";
  readonly delivered: number;
  /** Of those, how many were there already. */
  readonly already: number;
  readonly parked: number;
  readonly bytes: number;
  /** Monotonic ns of the newest acknowledgement; null before the first. */
  readonly newestAckNs: number | null;
  /** The newest failure in the target's own words; null after a success. */
  readonly problem: string | null;
};

export type TargetLine = {
  readonly run: (options: { follow: boolean; attempts?: number; signal: AbortSignal }) => Promise<void>;
  /** Another target is done with these pictures, one way or another. */
  readonly arrived: (imgIds: readonly string[]) => void;
  readonly wake: (linkUp: boolean) => void;
  readonly pause: (paused: boolean) => void;
  readonly status: () => TargetStatus;
};

export type TargetLineOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** Told of the entries that are booked, whatever came of them. */
  readonly onBooked: (entries: readonly OutboxEntry[]) => void;
};

/** How long a line waits when nothing wakes it, ms. */
const idleMs = 1000;
/** How often an entry that came before its picture looks again, should nobody tell it, ms. */
const earlyMs = 5000;
/** How long a target rests that refuses us as a whole (wrong key, no such bucket): a matter for a person. */
const refusedMs = 60_000;
/** Entries out of the queue's sight (in flight, resting, or being booked) before no more are taken. */
const maxUnsettled = 2000;

export function createTargetLine(target: Target, options: TargetLineOptions): TargetLine {
  const { store, clock, log, random, onBooked } = options;
  let status: TargetStatus = {
    name: target.name,
    state: "idle",
    delivered: 0,
    already: 0,
    parked: 0,
    bytes: 0,
    newestAckNs: null,
    problem: null,
  };
  /** Entries that may not be taken from the queue again: in flight or being booked. */
  const busy = new Set<number>();
  /** Things in flight: a take-back must not overtake what it takes back, nor be overtaken. */
  const inFlight = new Set<string>();
  const resting = createResting(clock.monotonicNs);
  const bell = createBell(clock);
  const picker = createLanePicker(store.outbox, target.name);
  let restUntilNs = 0;
  /** The newest failure was a refusal of us as a whole. */
  let isRefused = false;
  /** Rests in a row without a success between them. */
  let failures = 0;
  let paused = false;
  /** The run goes on when nothing is left. */
  let following = false;

  const note = (entry: OutboxEntry, outcome: DeliveryOutcome): Settlement | null => {
    if (outcome.result === "early") {
      resting.early(entry, earlyMs);
      return null;
    }
    if (outcome.result === "failed" && outcome.error.kind !== "permanent") {
      const { message, retryAfterMs } = outcome.error;
      status = { ...status, problem: message };
      resting.failed(entry, (attempts) => backoffMs(attempts, { random, retryAfterMs }));
      return null;
    }
    resting.done(entry);
    if (outcome.result === "gone") return { entry, result: "gone" };
    if (outcome.result === "delivered") {
      status = {
        ...status,
        delivered: status.delivered + 1,
        already: status.already + (outcome.already ? 1 : 0),
        bytes: status.bytes + (outcome.already ? 0 : entry.bytes),
        newestAckNs: clock.monotonicNs(),
        problem: null,
      };
      return { entry, result: "delivered", reference: outcome.reference, already: outcome.already };
    }
    const reason = outcome.error.message;
    status = { ...status, parked: status.parked + 1 };
    log.warn(
      { target: target.name, kind: entry.kind, id: entry.id, reason },
      "the target refuses this for good; it is parked",
    );
    return { entry, result: "parked", reason };
  };

  /** @param calledNs when the call began: calls that fail together are one failure of the target. */
  const rest = (error: SyncError, calledNs: number): void => {
    if (calledNs < restUntilNs) return;
    failures += 1;
    isRefused = error.kind === "permanent";
    const waitMs = isRefused ? refusedMs : backoffMs(failures, { random, retryAfterMs: error.retryAfterMs });
    // At least a moment: calls that began together fail a little after one another.
    restUntilNs = clock.monotonicNs() + Math.max(1, waitMs) * 1e6;
    if (status.problem !== error.message)
      log.warn(
        { target: target.name, problem: error.message, waitMs: Math.round(waitMs) },
        "a target does not take anything now; what waits for it is kept",
      );
    status = { ...status, problem: error.message };
  };

  const deliver = async (
    entries: readonly OutboxEntry[],
    signal: AbortSignal,
  ): Promise<readonly Settlement[]> => {
    const calledNs = clock.monotonicNs();
    try {
      const outcomes = await target.deliver(entries, signal);
      if (outcomes.length !== entries.length)
        throw new Error(`Expected ${entries.length} outcomes of ${target.name}, got ${outcomes.length}`);
      failures = 0;
      return entries.flatMap((entry, index) => note(entry, outcomes[index]!) ?? []);
    } catch (thrown) {
      if (!signal.aborted) rest(asSyncError(thrown, `deliver to ${target.name}`), calledNs);
      return [];
    }
  };

  /** Picks what may go now; entries that were withdrawn since they were read, and things in flight, stay behind. */
  const pick = (nowUs: number, isGivenUp: (sequence: number) => boolean): readonly OutboxEntry[] => {
    for (;;) {
      const picked = picker.pick(target.maxBatch, {
        skip: (sequence) => busy.has(sequence) || resting.isResting(sequence) || isGivenUp(sequence),
        nowUs,
        nowNs: clock.monotonicNs(),
        mayGo: (lane) => target.isRipe?.(lane, { toEmpty: !following }) ?? true,
      });
      const current = picked.filter((entry) => store.outbox.isCurrent(entry));
      const free = current.filter((entry) => !inFlight.has(thingOf(entry)));
      // All of them stale: what stands behind them has not been looked at yet.
      if (free.length > 0 || current.length === picked.length) return free;
    }
  };

  /** How long nothing can happen that does not ring the bell. @param isFull as many calls in flight as there may be */
  const waitMs = (isFull: boolean): number => {
    if (isFull) return idleMs;
    const nowNs = clock.monotonicNs();
    const restMs = nowNs < restUntilNs ? (restUntilNs - nowNs) / 1e6 : (resting.nextMs() ?? idleMs);
    // Never less than a moment: an entry may be due and yet be held up by what is in flight.
    return Math.max(1, Math.min(idleMs, restMs));
  };

  const run = async ({
    follow,
    attempts = 3,
    signal,
  }: {
    follow: boolean;
    attempts?: number;
    signal: AbortSignal;
  }): Promise<void> => {
    const calls = new Set<Promise<void>>();
    const bookings = new Set<Promise<void>>();
    let broken: unknown = null;
    const isGivenUp = (sequence: number): boolean => !follow && resting.isGivenUp(sequence, attempts);

    const track = (all: Set<Promise<void>>, work: Promise<void>): void => {
      all.add(work);
      void work.finally(() => {
        all.delete(work);
        bell.ring();
      });
    };
    const book = async (settlements: readonly Settlement[]): Promise<void> => {
      const entries = settlements.map(({ entry }) => entry);
      try {
        await bookSettlements(store, settlements, {
          clock,
          log,
          random,
          signal,
          attempts: follow ? null : attempts,
        });
        onBooked(entries);
      } catch (cause) {
        if (!signal.aborted) broken = cause;
      }
      for (const { sequence } of entries) busy.delete(sequence);
    };
    const launch = (entries: readonly OutboxEntry[]): void => {
      for (const entry of entries) {
        busy.add(entry.sequence);
        inFlight.add(thingOf(entry));
      }
      const call = deliver(entries, signal).then((settlements) => {
        const settled = new Set(settlements.map(({ entry }) => entry.sequence));
        for (const entry of entries) {
          inFlight.delete(thingOf(entry));
          if (!settled.has(entry.sequence)) busy.delete(entry.sequence);
        }
        if (settlements.length > 0) track(bookings, book(settlements));
      });
      track(calls, call);
    };

    failures = 0;
    isRefused = false;
    following = follow;
    // Who wants to be done does not wait for the end of a rest that began before.
    if (!follow) restUntilNs = 0;
    while (!signal.aborted && broken === null) {
      // Refused as a whole, it would be refused again: a matter for a person.
      if (!follow && (failures >= attempts || (isRefused && calls.size === 0))) break;
      const isResting = clock.monotonicNs() < restUntilNs;
      while (
        !paused &&
        !isResting &&
        calls.size < target.concurrency &&
        busy.size + resting.size() < maxUnsettled
      ) {
        const entries = pick(follow ? clock.now().wallUs : Number.POSITIVE_INFINITY, isGivenUp);
        if (entries.length === 0) {
          resting.prune((sequence) => busy.has(sequence) || isGivenUp(sequence));
          break;
        }
        launch(entries);
      }
      status = { ...status, state: calls.size > 0 ? "delivering" : isResting ? "resting" : "idle" };
      const isQuiet = calls.size === 0 && bookings.size === 0 && !isResting;
      // Nothing more comes to share a commit with: what is being booked need not wait for its window.
      if (!follow && calls.size === 0 && bookings.size > 0) void store.settle();
      if (!follow && isQuiet && (paused || resting.areAllGivenUp(attempts))) break;
      await bell.wait(waitMs(calls.size >= target.concurrency), signal);
    }
    bell.putAway();
    await Promise.allSettled([...calls]);
    await Promise.allSettled([...bookings]);
    busy.clear();
    inFlight.clear();
    // A later run looks at everything with fresh eyes.
    if (!follow) resting.clear();
    status = { ...status, state: "idle" };
    if (broken !== null) throw broken;
  };

  return {
    run,
    arrived: (imgIds) => {
      for (const imgId of imgIds) resting.arrived(imgId);
      bell.ring();
    },
    wake: (linkUp) => {
      if (linkUp) {
        restUntilNs = 0;
        failures = 0;
        resting.wakeAll();
      }
      bell.ring();
    },
    pause: (value) => {
      paused = value;
      bell.ring();
    },
    status: () => status,
  };
}

function thingOf({ kind, id }: OutboxEntry): string {
  return `${kind}/${id}`;
}
