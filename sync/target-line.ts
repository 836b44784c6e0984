// One target's share of the drain: picks entries that may go, has them delivered, books what came of each, and rests when the
// target is away.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import { type Lane, lanes, type OutboxEntry, type Settlement } from "../device/store/outbox.ts";
import type { Store } from "../device/store/store.ts";
import type { Bandwidth } from "./bandwidth.ts";
import { createBell } from "./bell.ts";
import { bookSettlements } from "./book.ts";
import { createDelivery } from "./delivery.ts";
import type { Gate } from "./gate.ts";
import { createLanePicker } from "./lanes.ts";
import { createResting } from "./resting.ts";
import { createTargetRest } from "./target-rest.ts";
import { createTargetTally, type Tally } from "./target-tally.ts";
import type { Target } from "./targets/target.ts";

/** How a target is doing. `resting`: it failed and is left alone for a while. */
export type TargetStatus = Tally & {
  readonly name: string;
  readonly state: "idle" | "delivering" | "resting";
  /** Why something that waits does not go, for a person: "paused", "window opens at 22:00", "metered: only alert", "bandwidth"; null: nothing holds it. */
  readonly blocked: string | null;
  /** Milliseconds until it is tried again; null: it does not rest. */
  readonly restingMs: number | null;
};

export type TargetLine = {
  readonly run: (options: { follow: boolean; attempts?: number; signal: AbortSignal }) => Promise<void>;
  /** Another target is done with these pictures, one way or another. */
  readonly arrived: (imgIds: readonly string[]) => void;
  readonly wake: (linkUp: boolean) => void;
  readonly status: () => TargetStatus;
};

export type TargetLineOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** Shared by all lines. */
  readonly gate: Gate;
  readonly bandwidth: Bandwidth;
  readonly lowestShare: () => number;
  /** Told of the entries that are booked, whatever came of them. */
  readonly onBooked: (entries: readonly OutboxEntry[]) => void;
};

/** How long a line waits when nothing wakes it, ms. */
const idleMs = 1000;
/** How long a stopped run waits for calls that were told to stop, ms. */
const patienceMs = 5000;
/** Entries out of the queue's sight (in flight, resting, or being booked) before no more are taken. */
const maxUnsettled = 2000;
export function createTargetLine(target: Target, options: TargetLineOptions): TargetLine {
  const { store, clock, log, random, gate, bandwidth, lowestShare, onBooked } = options;
  const { name } = target;
  const tally = createTargetTally(clock);
  const rest = createTargetRest(clock, random);
  const resting = createResting(clock.monotonicNs);
  const bell = createBell(clock);
  const picker = createLanePicker(store.outbox, name, lowestShare);
  /** Entries that may not be taken from the queue again: in flight or being booked. */
  const busy = new Set<number>();
  /** Things in flight: a take-back must not overtake what it takes back, nor be overtaken. */
  const inFlight = new Set<string>();
  let state: TargetStatus["state"] = "idle";
  /** The cap keeps something that waits. */
  let isHeld = false;
  /** The run goes on when nothing is left. */
  let following = false;

  const deliver = createDelivery(target, {
    clock,
    log,
    random,
    tally,
    rest,
    resting,
    // What was read ahead stands behind what failed.
    onHeldUp: picker.startOver,
  });
  const mayGo = (lane: Lane): boolean =>
    gate(lane) === null && (target.isRipe?.(lane, { toEmpty: !following }) ?? true);

  type PickRules = { readonly nowUs: number; readonly isGivenUp: (sequence: number) => boolean };

  /** Picks what may go now; entries that were withdrawn since they were read, and things in flight, stay behind. */
  const pick = ({ nowUs, isGivenUp }: PickRules): readonly OutboxEntry[] => {
    const skip = (sequence: number): boolean =>
      busy.has(sequence) || resting.isResting(sequence) || isGivenUp(sequence);
    // The cap holds everything but alerts; who wants nothing does not stand in the way of others.
    const wants = (lane: Lane): boolean =>
      lane !== "alert" && mayGo(lane) && store.outbox.take(name, lane, { limit: 1, skip, nowUs }).length > 0;
    isHeld = bandwidth.isCapped() && lanes.some(wants) && bandwidth.waitMs(name) > 0;
    for (;;) {
      const picked = picker.pick(target.maxBatch, {
        mayGo: (lane) => (lane === "alert" || !isHeld) && mayGo(lane),
        skip,
        // What is packed into one object is not cut smaller: its body is paced.
        maxBytes: target.maxBatchBytes ?? bandwidth.batchBytes(),
        whole: target.maxBatchBytes !== undefined,
        nowUs,
        nowNs: clock.monotonicNs(),
      });
      const current = picked.filter((entry) => store.outbox.isCurrent(entry));
      const free = current.filter((entry) => !inFlight.has(thingOf(entry)));
      // All of them stale: what stands behind them has not been looked at yet.
      if (free.length > 0 || current.length === picked.length) return free;
    }
  };

  /** How many calls may be in flight: one that tries, after a failure. */
  const mostCalls = (): number => (rest.failures() > 0 ? 1 : target.concurrency);

  /** How long nothing can happen that does not ring the bell. */
  const waitMs = (calls: number): number => {
    if (calls >= mostCalls()) return idleMs;
    const restMs = rest.leftMs() || (resting.nextMs() ?? idleMs);
    const heldMs = isHeld ? bandwidth.waitMs(name) : idleMs;
    // Never less than a moment: an entry may be due and yet be held up by what is in flight.
    return Math.max(1, Math.min(idleMs, restMs, heldMs));
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
      let bytes = 0;
      for (const entry of entries) {
        busy.add(entry.sequence);
        inFlight.add(thingOf(entry));
        bytes += entry.bytes;
      }
      bandwidth.charge(name, bytes);
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

    following = follow;
    // Who wants to be done does not wait for the end of a rest that began before.
    rest.forget(follow);
    while (!signal.aborted && broken === null) {
      // Refused as a whole, it would be refused again: a matter for a person.
      if (!follow && (rest.failures() >= attempts || (rest.isRefused() && calls.size === 0))) break;
      const isResting = rest.leftMs() > 0;
      isHeld = false;
      while (!isResting && calls.size < mostCalls() && busy.size + resting.size() < maxUnsettled) {
        const nowUs = follow ? clock.now().wallUs : Number.POSITIVE_INFINITY;
        const entries = pick({ nowUs, isGivenUp });
        if (entries.length === 0) {
          resting.prune((sequence) => busy.has(sequence) || isGivenUp(sequence));
          break;
        }
        launch(entries);
      }
      state = calls.size > 0 ? "delivering" : isResting ? "resting" : "idle";
      const isQuiet = calls.size === 0 && bookings.size === 0 && !isResting && !isHeld;
      // Nothing more comes to share a commit with: what is being booked need not wait for its window.
      if (!follow && calls.size === 0 && bookings.size > 0) void store.settle();
      if (!follow && isQuiet && resting.areAllGivenUp(attempts, mayGo)) break;
      await bell.wait(waitMs(calls.size), signal);
    }
    bell.putAway();
    await endOf(calls, signal);
    await Promise.allSettled([...bookings]);
    busy.clear();
    inFlight.clear();
    // A later run looks at everything with fresh eyes.
    if (!follow) resting.clear();
    if (target.inOrder) picker.startOver();
    isHeld = false;
    state = "idle";
    if (broken !== null) throw broken;
  };

  /** Waits for calls under way; a stopped run not for one that heeds no signal (a folder on a server that is gone): it may end on its own. */
  const endOf = async (calls: ReadonlySet<Promise<void>>, signal: AbortSignal): Promise<void> => {
    const ends = Promise.allSettled([...calls]);
    if (!signal.aborted || calls.size === 0) {
      await ends;
      return;
    }
    const patience = new AbortController();
    const late = clock.sleep(patienceMs, patience.signal).then(
      () => log.warn({ target: name, calls: calls.size }, "a target does not let go; it is left behind"),
      () => undefined,
    );
    await Promise.race([ends, late]);
    patience.abort();
  };

  /** Why something that waits does not go. */
  const blocked = (): string | null => {
    if (isHeld) return "bandwidth";
    const waiting = store.outbox.waiting()[name];
    const held = lanes.find((lane) => (waiting?.[lane].entries ?? 0) > 0 && gate(lane) !== null);
    // What holds even alerts is told although nothing waits.
    return gate(held ?? "alert");
  };

  return {
    run,
    arrived: (imgIds) => {
      for (const imgId of imgIds) resting.arrived(imgId);
      bell.ring();
    },
    wake: (linkUp) => {
      if (linkUp) {
        rest.wake();
        resting.wakeAll();
      }
      bell.ring();
    },
    status: () => {
      const leftMs = rest.leftMs();
      const restingMs = leftMs > 0 ? Math.round(leftMs) : null;
      return { name, state, ...tally.read(), blocked: blocked(), restingMs };
    },
  };
}

function thingOf({ kind, id }: OutboxEntry): string {
  return `${kind}/${id}`;
}
