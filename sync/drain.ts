// The drain: takes from the outbox, lane by lane, delivers to each target with bounded concurrency, and books every outcome.
// A target that is away rests by itself; it never holds up another, and nothing of it is lost.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { OutboxEntry, Settlement } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";
import { asSyncError, type SyncError } from "./errors.ts";
import { createLanePicker } from "./lanes.ts";
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

export type DrainOptions = {
  readonly store: Store;
  /** A target stands after those it waits for. */
  readonly targets: readonly Target[];
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
};

export type RunOptions = {
  /** false: end when nothing is left that can be delivered now (held-back entries are sent, a target that keeps failing is given up after `attempts`). */
  readonly follow: boolean;
  readonly attempts?: number;
  readonly signal: AbortSignal;
};

export type Drain = {
  /** Delivers. Resolves with the state of every target at the end; rejects only for a broken store. One call at a time. */
  readonly run: (options: RunOptions) => Promise<readonly TargetStatus[]>;
  /** Says that something new waits, or (`linkUp`) that the network is back: rests end at once. */
  readonly wake: (options?: { linkUp?: boolean }) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly status: () => readonly TargetStatus[];
};

export function createDrain(options: DrainOptions): Drain {
  const lines = options.targets.map((target) => createTargetLine(target, options));
  return {
    run: async (run) => {
      const runs = new Map<string, Promise<void>>();
      options.targets.forEach((target, index) => {
        const first = run.follow ? [] : target.waitsFor.flatMap((name) => runs.get(name) ?? []);
        runs.set(
          target.name,
          Promise.all(first).then(() => lines[index]!.run(run)),
        );
      });
      await Promise.all(runs.values());
      return lines.map((line) => line.status());
    },
    wake: ({ linkUp = false } = {}) => {
      for (const line of lines) line.wake(linkUp);
    },
    pause: () => {
      for (const line of lines) line.pause(true);
    },
    resume: () => {
      for (const line of lines) line.pause(false);
    },
    status: () => lines.map((line) => line.status()),
  };
}

type TargetLine = {
  readonly run: (options: RunOptions) => Promise<void>;
  readonly wake: (linkUp: boolean) => void;
  readonly pause: (paused: boolean) => void;
  readonly status: () => TargetStatus;
};

/** How long a line sleeps when nothing wakes it, ms. */
const idleMs = 1000;
/** How long a line rests whose entries came before their pictures, ms. */
const earlyRestMs = 250;
/** Entries out of the queue's sight (in flight, resting, or being booked) before no more are taken. */
const maxUnsettled = 2000;

/** One target's share of the drain. */
function createTargetLine(target: Target, { store, clock, log, random }: DrainOptions): TargetLine {
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
  /** Entries that failed alone: when they may be tried again (monotonic ns), and how often they were. */
  const resting = new Map<number, { untilNs: number; attempts: number }>();
  let restUntilNs = 0;
  /** When it last began to rest after a failure. */
  let restedNs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  /** Calls in a row of which every entry came too early. */
  let earlyCalls = 0;
  let paused = false;
  let alarm = new AbortController();
  const picker = createLanePicker(store.outbox, target.name);

  const ring = (): void => {
    const old = alarm;
    alarm = new AbortController();
    old.abort();
  };
  /** Sleeps until woken, stopped or `ms` later. */
  const doze = async (ms: number, signal: AbortSignal): Promise<void> => {
    await clock.sleep(ms, AbortSignal.any([signal, alarm.signal])).catch(() => undefined);
  };

  const book = async (settlements: readonly Settlement[]): Promise<void> => {
    if (settlements.length === 0) return;
    await store.commit(() => {
      for (const settlement of settlements) {
        const { entry } = settlement;
        const wasWaiting = store.outbox.settle(settlement);
        // Erased while it was on its way: it has to be taken back.
        if (
          !wasWaiting &&
          settlement.result === "delivered" &&
          entry.operation === "put" &&
          isErased(store, entry)
        ) {
          store.outbox.enqueue({ ...entry, operation: "remove", notBeforeUs: null });
        }
      }
    });
    for (const { entry } of settlements) busy.delete(entry.sequence);
  };

  const note = (entry: OutboxEntry, outcome: DeliveryOutcome): Settlement | null => {
    if (outcome.result === "delivered") {
      resting.delete(entry.sequence);
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
    if (outcome.result === "gone") return { entry, result: "gone" };
    if (outcome.result === "failed" && outcome.error.kind === "permanent") {
      resting.delete(entry.sequence);
      status = { ...status, parked: status.parked + 1 };
      log.warn(
        { target: target.name, kind: entry.kind, id: entry.id, reason: outcome.error.message },
        "the target refuses this for good; it is parked",
      );
      return { entry, result: "parked", reason: outcome.error.message };
    }
    if (outcome.result === "early") {
      restUntilNs = Math.max(restUntilNs, clock.monotonicNs() + earlyRestMs * 1e6);
      return null;
    }
    const attempts = (resting.get(entry.sequence)?.attempts ?? 0) + 1;
    const waitMs = backoffMs(attempts, { random, retryAfterMs: outcome.error.retryAfterMs });
    status = { ...status, problem: outcome.error.message };
    resting.set(entry.sequence, { untilNs: clock.monotonicNs() + waitMs * 1e6, attempts });
    return null;
  };

  /** @param startedNs when the call that failed began: of calls in flight together only the first counts as a failure. */
  const rest = (error: SyncError, startedNs: number): void => {
    const isFirst = startedNs > restedNs;
    status = { ...status, state: "resting", problem: error.message };
    if (!isFirst) return;
    failures += 1;
    restedNs = clock.monotonicNs();
    // A target that refuses us as a whole (wrong key, no such bucket) is a matter for a person: ask again rarely, park nothing.
    const waitMs =
      error.kind === "permanent" ? 60_000 : backoffMs(failures, { random, retryAfterMs: error.retryAfterMs });
    restUntilNs = restedNs + waitMs * 1e6;
    const line = { target: target.name, problem: error.message, waitMs: Math.round(waitMs) };
    const words = "a target does not take anything now; what waits for it is kept";
    if (failures === 1) log.warn(line, words);
    else log.debug(line, words);
  };

  const deliver = async (
    entries: readonly OutboxEntry[],
    signal: AbortSignal,
  ): Promise<readonly Settlement[]> => {
    const startedNs = clock.monotonicNs();
    try {
      const outcomes = await target.deliver(entries, signal);
      failures = 0;
      earlyCalls = outcomes.every(({ result }) => result === "early") ? earlyCalls + 1 : 0;
      return entries.flatMap((entry, index) => {
        const settlement = note(entry, outcomes[index]!);
        if (settlement === null) busy.delete(entry.sequence);
        return settlement === null ? [] : [settlement];
      });
    } catch (thrown) {
      for (const { sequence } of entries) busy.delete(sequence);
      if (!signal.aborted) rest(asSyncError(thrown, `deliver to ${target.name}`), startedNs);
      return [];
    }
  };

  const run = async ({ follow, attempts = 3, signal }: RunOptions): Promise<void> => {
    const calls = new Set<Promise<void>>();
    const bookings = new Set<Promise<void>>();
    let broken: unknown = null;
    const launch = (entries: readonly OutboxEntry[]): void => {
      for (const { sequence } of entries) busy.add(sequence);
      const call = deliver(entries, signal).then((settlements) => {
        const booking = book(settlements).catch((cause: unknown) => {
          broken = cause;
        });
        bookings.add(booking);
        void booking.finally(() => bookings.delete(booking));
      });
      calls.add(call);
      void call.finally(() => calls.delete(call));
    };
    failures = 0;
    earlyCalls = 0;
    while (!signal.aborted && broken === null) {
      const nowNs = clock.monotonicNs();
      const isResting = nowNs < restUntilNs;
      if (!follow && (failures >= attempts || earlyCalls >= attempts)) break;
      while (
        !paused &&
        !isResting &&
        calls.size < target.concurrency &&
        busy.size + resting.size < maxUnsettled
      ) {
        const entries = picker.pick(target.maxBatch, {
          skip: (sequence) => busy.has(sequence) || (resting.get(sequence)?.untilNs ?? 0) > nowNs,
          nowUs: follow ? clock.now().wallUs : Number.POSITIVE_INFINITY,
        });
        if (entries.length === 0) break;
        launch(entries);
      }
      if (calls.size > 0) {
        status = { ...status, state: "delivering" };
        await Promise.race([...calls, doze(idleMs, signal)]);
        continue;
      }
      status = { ...status, state: isResting ? "resting" : "idle" };
      if (!follow && !isResting) {
        if (bookings.size > 0) {
          await Promise.all(bookings);
          continue;
        }
        if ([...resting.values()].every((each) => each.attempts >= attempts)) break;
      }
      await doze(follow && !isResting && resting.size === 0 ? idleMs : 50, signal);
    }
    await Promise.allSettled([...calls]);
    await Promise.allSettled([...bookings]);
    busy.clear();
    if (status.state === "delivering") status = { ...status, state: "idle" };
    if (broken !== null) throw broken;
  };

  return {
    run,
    wake: (linkUp) => {
      if (linkUp) {
        restUntilNs = 0;
        failures = 0;
        for (const [sequence, each] of resting) resting.set(sequence, { ...each, untilNs: 0 });
      }
      ring();
    },
    pause: (value) => {
      paused = value;
      ring();
    },
    status: () => status,
  };
}

function isErased(store: Store, entry: OutboxEntry): boolean {
  return entry.imgId !== null && store.frames.get(entry.imgId)?.erasedAtUs !== null;
}
