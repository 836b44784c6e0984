// The outbox: everything that still has to reach a target, in lanes; the receipts of what has; and what a target will never take.
import type { Clock } from "../clock.ts";
import type { Box } from "../detection.ts";
import type { Counters } from "./counters.ts";
import type { Table } from "./table.ts";

/** Most urgent first. */
export const lanes = ["alert", "telemetry", "labelled", "unlabelled"] as const;
export type Lane = (typeof lanes)[number];

/**
 * What is sent: a frame's picture (id = img_id), a label (id = fingerprint), an event (id = ULID), a closed sequence (id = its ULID), what
 * was seen on a frame (id = its img_id).
 */
export const deliveryKinds = ["picture", "label", "event", "sequence", "detection"] as const;
export type DeliveryKind = (typeof deliveryKinds)[number];

/** One thing that has to reach one target. */
export type OutboxEntry = {
  readonly sequence: number;
  readonly target: string;
  readonly lane: Lane;
  readonly kind: DeliveryKind;
  /** `remove`: take it back from the target, for it was erased after delivery. */
  readonly operation: "put" | "remove";
  readonly id: string;
  /** The frame it belongs to; null for events and sequences. */
  readonly imgId: string | null;
  /** Bytes that will cross the link, roughly. */
  readonly bytes: number;
  readonly enqueuedAtUs: number;
  /** Wall µs before which it is not sent, so that an erase in time needs no take-back; null: at once. */
  readonly notBeforeUs: number | null;
  /** It is named by a clock nobody had set: it waits until that is set, in this boot and not beyond `untilNs` (monotonic). */
  readonly clockWait?: { readonly bootId: string; readonly untilNs: number };
  /** The event itself; pictures and labels are read from the store when they are sent. */
  readonly event?: { readonly type: string; readonly body: Readonly<Record<string, unknown>> };
  /** Of a detection: where something was seen on the frame, and how sure that is (0..1). */
  readonly boxes?: readonly SeenBox[];
};

/** A box and how sure it is, 0..1. */
export type SeenBox = { readonly box: Box; readonly confidence: number };

export type OutboxDraft = Omit<OutboxEntry, "sequence" | "enqueuedAtUs">;

/** The proof that a target has a thing. */
export type Receipt = {
  /** ETag, document id, or null where the target gives none. */
  readonly reference: string | null;
  /** It was there before we sent it. */
  readonly already: boolean;
  readonly deliveredAtUs: number;
};

/** An entry that its target refuses for good, with the target's own words. */
export type ParkedEntry = {
  readonly entry: OutboxEntry;
  readonly reason: string;
  readonly parkedAtUs: number;
};

/** What became of an entry that was tried. `gone`: there is nothing left to send. */
export type Settlement =
  | {
      readonly entry: OutboxEntry;
      readonly result: "delivered";
      readonly reference: string | null;
      readonly already: boolean;
    }
  | { readonly entry: OutboxEntry; readonly result: "gone" }
  | { readonly entry: OutboxEntry; readonly result: "parked"; readonly reason: string };

export type WaitingCount = { readonly entries: number; readonly bytes: number };

export type Outbox = {
  /** Adds an entry; the same thing for the same target waits once, the newer operation wins. Within a commit only. */
  readonly enqueue: (draft: OutboxDraft) => void;
  /** Books the result of a delivery; false: the entry was withdrawn meanwhile (a delivery is booked all the same). Within a commit only. */
  readonly settle: (settlement: Settlement) => boolean;
  /** Takes a thing out of every outbox; returns the targets that already have it. Within a commit only. */
  readonly withdraw: (kind: DeliveryKind, id: string) => readonly string[];
  /**
   * Waiting entries of a lane in order; those that `skip` names by sequence number are left out; stops at the first that is held
   * back. A clock that was set back since an entry was queued holds nothing back. `after`: those up to this sequence number are not
   * looked at.
   */
  readonly take: (
    target: string,
    lane: Lane,
    options: { limit: number; skip: (sequence: number) => boolean; nowUs: number; after?: number },
  ) => readonly OutboxEntry[];
  readonly waiting: () => Readonly<Record<string, Readonly<Record<Lane, WaitingCount>>>>;
  readonly receipt: (kind: DeliveryKind, id: string, target: string) => Receipt | null;
  /** Whether this very entry still waits: it was not withdrawn, replaced or settled since it was taken. */
  readonly isCurrent: (entry: OutboxEntry) => boolean;
  /** Whether this target waits for the thing. */
  readonly isWaiting: (kind: DeliveryKind, id: string, target: string) => boolean;
  /** Ids of the things of a kind that one of the targets (null: any) waits for. */
  readonly waitingIds: (kind: DeliveryKind, targets: readonly string[] | null) => Iterable<string>;
  /** Whether some target still waits for the thing, or refused it. @param except targets that do not count. */
  readonly isOwed: (kind: DeliveryKind, id: string, except?: readonly string[]) => boolean;
  /** The refusal of a thing by a target; null: it did not refuse it. */
  readonly parkedFor: (kind: DeliveryKind, id: string, target: string) => ParkedEntry | null;
  readonly parked: (options?: { target?: string; limit?: number }) => readonly ParkedEntry[];
  /** Puts parked entries back in the queue; returns how many. Within a commit only. @param limit at most, so that a commit stays short. */
  readonly retryParked: (target: string | null, limit?: number) => number;
  /** Takes an entry out for good, whether it waits or is parked; false: it is not there any more. Within a commit only. */
  readonly giveUp: (entry: OutboxEntry) => boolean;
  /**
   * The clock is set: nothing of the thing waits for that any more. Within a commit only.
   * @returns true when nothing of it was sent, is on its way, or was refused: all that is booked had waited until now.
   */
  readonly clockIsSet: (kind: DeliveryKind, id: string) => boolean;
  /** Forgets receipts of a thing that is dropped from the store. Within a commit only. */
  readonly forget: (kind: DeliveryKind, id: string) => void;
  /** Wall µs of the oldest waiting entry of a target; null when nothing waits. */
  readonly oldestWaitingUs: (target: string) => number | null;
  readonly delivered: () => Readonly<Record<string, number>>;
};

export type OutboxTables = {
  /** [target, lane number, sequence] → entry */
  readonly queue: Table<[string, number, number], OutboxEntry>;
  /** [kind, id, target] → where it waits */
  readonly waiting: Table<[string, string, string], { lane: number; sequence: number }>;
  readonly receipts: Table<[string, string, string], Receipt>;
  /** [kind, id, target] → refusal */
  readonly parked: Table<[string, string, string], ParkedEntry>;
};

export function createOutbox(tables: OutboxTables, deps: { clock: Clock; counters: Counters }): Outbox {
  const { queue, waiting, receipts, parked } = tables;
  const { clock, counters } = deps;
  const count = (entry: OutboxEntry, by: 1 | -1): void => {
    counters.add(`waiting/${entry.target}/${entry.lane}/entries`, by);
    counters.add(`waiting/${entry.target}/${entry.lane}/bytes`, by * entry.bytes);
  };
  /** Takes one waiting entry out of the queue; false when it is not there any more. */
  const dequeue = (entry: OutboxEntry): boolean => {
    const key: [string, number, number] = [entry.target, lanes.indexOf(entry.lane), entry.sequence];
    if (!queue.remove(key)) return false;
    const place = waiting.get([entry.kind, entry.id, entry.target]);
    if (place?.sequence === entry.sequence) waiting.remove([entry.kind, entry.id, entry.target]);
    count(entry, -1);
    return true;
  };
  const placesOf = (kind: DeliveryKind, id: string): [string, string, string][] => [
    ...waiting.keys(thing(kind, id)),
  ];
  const parkedOf = (kind: DeliveryKind, id: string): ParkedEntry[] =>
    counters.get("parked") === 0 ? [] : [...parked.range(thing(kind, id))].map(({ value }) => value);
  const unpark = ({ kind, id, target }: Pick<OutboxEntry, "kind" | "id" | "target">): void => {
    if (counters.get("parked") > 0 && parked.remove([kind, id, target])) counters.add("parked", -1);
  };
  const enqueue = (draft: OutboxDraft): void => {
    unpark(draft);
    const place = waiting.get([draft.kind, draft.id, draft.target]);
    if (place !== null) {
      const old = queue.get([draft.target, place.lane, place.sequence]);
      if (old !== null) dequeue(old);
    }
    const sequence = counters.add("outbox.sequence", 1);
    const entry: OutboxEntry = { ...draft, sequence, enqueuedAtUs: clock.now().wallUs };
    const lane = lanes.indexOf(entry.lane);
    queue.put([entry.target, lane, sequence], entry);
    waiting.put([entry.kind, entry.id, entry.target], { lane, sequence });
    count(entry, 1);
  };
  const waitsForClock = ({ clockWait }: OutboxEntry): boolean => {
    if (clockWait === undefined) return false;
    const { bootId, monotonicNs } = clock.now();
    return clockWait.bootId === bootId && monotonicNs < clockWait.untilNs;
  };
  const listParked = (target: string | null, limit: number): ParkedEntry[] => {
    const found: ParkedEntry[] = [];
    for (const { value } of parked.range()) {
      if (found.length >= limit) break;
      if (target === null || value.entry.target === target) found.push(value);
    }
    return found;
  };

  return {
    enqueue,
    settle: (settlement) => {
      const { entry } = settlement;
      const wasWaiting = dequeue(entry);
      const key: [string, string, string] = [entry.kind, entry.id, entry.target];
      if (settlement.result === "delivered") {
        counters.add(`delivered/${entry.target}`, 1);
        unpark(entry);
        if (entry.operation === "remove") receipts.remove(key);
        // Events are not kept once they are out: a receipt for each would grow for ever.
        else if (entry.kind !== "event") {
          receipts.put(key, {
            reference: settlement.reference,
            already: settlement.already,
            deliveredAtUs: clock.now().wallUs,
          });
        }
      } else if (settlement.result === "parked" && wasWaiting) {
        if (!parked.has(key)) counters.add("parked", 1);
        parked.put(key, { entry, reason: settlement.reason, parkedAtUs: clock.now().wallUs });
      }
      return wasWaiting;
    },
    withdraw: (kind, id) => {
      for (const [, , target] of placesOf(kind, id)) {
        const place = waiting.get([kind, id, target]);
        const entry = place === null ? null : queue.get([target, place.lane, place.sequence]);
        if (entry !== null) dequeue(entry);
      }
      for (const { entry } of parkedOf(kind, id)) unpark(entry);
      return [...receipts.keys(thing(kind, id))].map(([, , target]) => target);
    },
    take: (target, lane, { limit, skip, nowUs, after = -1 }) => {
      const number = lanes.indexOf(lane);
      const taken: OutboxEntry[] = [];
      // Values are read only of those that are wanted: thousands may be resting at the head of the queue.
      for (const key of queue.keys({ start: [target, number, after + 1], end: [target, number + 1, 0] })) {
        if (skip(key[2])) continue;
        const entry = queue.get(key);
        if (entry === null) continue;
        if (isHeldBack(entry, nowUs) || waitsForClock(entry)) break;
        taken.push(entry);
        if (taken.length >= limit) break;
      }
      return taken;
    },
    waiting: () => waitingCounts(counters),
    receipt: (kind, id, target) => receipts.get([kind, id, target]),
    // Whatever takes an entry back takes it out of the queue, and looking for a key reads and parses nothing.
    isCurrent: ({ target, lane, sequence }) => queue.has([target, lanes.indexOf(lane), sequence]),
    isWaiting: (kind, id, target) => waiting.has([kind, id, target]),
    waitingIds: function* (kind, targets) {
      for (const [, id, target] of waiting.keys({ start: [kind, "", ""], end: [kind, "\uffff", ""] }))
        if (targets === null || targets.includes(target)) yield id;
    },
    isOwed: (kind, id, except = []) =>
      hasOther(waiting.keys(thing(kind, id)), except) ||
      (counters.get("parked") > 0 && hasOther(parked.keys(thing(kind, id)), except)),
    parkedFor: (kind, id, target) => parked.get([kind, id, target]),
    parked: ({ target, limit = Number.POSITIVE_INFINITY } = {}) => listParked(target ?? null, limit),
    retryParked: (target, limit = Number.POSITIVE_INFINITY) => {
      const items = listParked(target, limit);
      for (const item of items) {
        const { sequence: _sequence, enqueuedAtUs: _at, ...draft } = item.entry;
        enqueue(draft);
      }
      return items.length;
    },
    giveUp: (entry) => {
      if (dequeue(entry)) return true;
      const refused = parked.get([entry.kind, entry.id, entry.target]);
      if (refused?.entry.sequence !== entry.sequence) return false;
      unpark(entry);
      return true;
    },
    clockIsSet: (kind, id) => {
      let others = [...receipts.keys({ ...thing(kind, id), limit: 1 })].length + parkedOf(kind, id).length;
      for (const [, , target] of placesOf(kind, id)) {
        const place = waiting.get([kind, id, target]);
        const entry = place === null ? null : queue.get([target, place.lane, place.sequence]);
        if (entry === null || !waitsForClock(entry)) {
          others += 1;
          continue;
        }
        const { clockWait: _, ...released } = entry;
        queue.put([target, place!.lane, place!.sequence], released);
      }
      return others === 0;
    },
    forget: (kind, id) => {
      for (const key of [...receipts.keys(thing(kind, id))]) receipts.remove(key);
    },
    oldestWaitingUs: (target) => {
      let oldest: number | null = null;
      for (let lane = 0; lane < lanes.length; lane += 1) {
        for (const { value } of queue.range({
          start: [target, lane, 0],
          end: [target, lane + 1, 0],
          limit: 1,
        })) {
          oldest = Math.min(oldest ?? value.enqueuedAtUs, value.enqueuedAtUs);
        }
      }
      return oldest;
    },
    delivered: () => counters.list("delivered/"),
  };
}

function isHeldBack(entry: OutboxEntry, nowUs: number): boolean {
  return entry.notBeforeUs !== null && nowUs >= entry.enqueuedAtUs && nowUs < entry.notBeforeUs;
}

function hasOther(places: Iterable<[string, string, string]>, except: readonly string[]): boolean {
  for (const [, , target] of places) if (!except.includes(target)) return true;
  return false;
}

/** The keys of one thing over all targets. */
function thing(
  kind: DeliveryKind,
  id: string,
): { start: [string, string, string]; end: [string, string, string] } {
  return { start: [kind, id, ""], end: [kind, id, "\uffff"] };
}

function waitingCounts(counters: Counters): Record<string, Record<Lane, WaitingCount>> {
  const counts: Record<string, Record<Lane, WaitingCount>> = {};
  for (const [name, value] of Object.entries(counters.list("waiting/"))) {
    // `<target>/<lane>/<entries|bytes>`; a target is a URL and holds slashes itself.
    const parts = name.split("/");
    const what = parts.pop() as "entries" | "bytes";
    const lane = parts.pop() as Lane;
    const target = parts.join("/");
    counts[target] ??= Object.fromEntries(lanes.map((each) => [each, { entries: 0, bytes: 0 }])) as Record<
      Lane,
      WaitingCount
    >;
    counts[target][lane] = { ...counts[target][lane], [what]: value };
  }
  return counts;
}
