// Which waiting entries go next: the most urgent lane first, with a kept share for the lowest, so that nothing starves.
import { type Lane, lanes, type Outbox, type OutboxEntry } from "../device/store/outbox.ts";

export type PickOptions = {
  /** Whether this lane may go now. */
  readonly mayGo: (lane: Lane) => boolean;
  readonly skip: (sequence: number) => boolean;
  /** Bytes that the entries may have together; the first always fits. */
  readonly maxBytes: number;
  /** A batch is made of all that waits, and not of what is left of the last look. */
  readonly whole: boolean;
  readonly nowUs: number;
  readonly nowNs: number;
};

export type LanePicker = {
  /** Up to `count` entries of one lane, in order; none: nothing may go now. */
  readonly pick: (count: number, options: PickOptions) => readonly OutboxEntry[];
  /** Looks at the queue anew: what was picked and did not go stands at its head again. */
  readonly startOver: () => void;
};

/** Entries read from the store at once, so that one read serves many picks. */
const readAhead = 256;
/** A lane that was empty is not looked at again for so long, while others have something; ns. */
const emptyNs = 20e6;

/** Entries of one lane that were read and not yet picked. */
type Ahead = { entries: readonly OutboxEntry[]; next: number; emptyUntilNs: number };

/** @param lowestShare share of the picks that begin with the lowest lane, 0..1, as it is now. */
export function createLanePicker(outbox: Outbox, target: string, lowestShare: () => number): LanePicker {
  const ahead = Object.fromEntries(
    lanes.map((lane): [Lane, Ahead] => [lane, { entries: [], next: 0, emptyUntilNs: 0 }]),
  ) as Record<Lane, Ahead>;
  const lowestFirst = [...lanes].reverse();
  /** What the lowest lane is owed; at 1 it goes first. */
  let owed = 0;

  const pickFrom = (
    lane: Lane,
    count: number,
    { skip, maxBytes, whole, nowUs, nowNs }: PickOptions,
  ): readonly OutboxEntry[] => {
    const line = ahead[lane];
    const picked: OutboxEntry[] = [];
    let bytes = 0;
    const takeAhead = (): void => {
      for (; line.next < line.entries.length && picked.length < count; line.next += 1) {
        const entry = line.entries[line.next]!;
        if (skip(entry.sequence)) continue;
        bytes += entry.bytes;
        if (bytes > maxBytes && picked.length > 0) return;
        picked.push(entry);
      }
    };
    if (!whole) takeAhead();
    if (picked.length > 0) return picked;
    line.entries = outbox.take(target, lane, { limit: Math.max(readAhead, count), skip, nowUs });
    line.next = 0;
    line.emptyUntilNs = line.entries.length === 0 ? nowNs + emptyNs : 0;
    takeAhead();
    return picked;
  };

  return {
    pick: (count, options) => {
      owed += lowestShare();
      const isLowestFirst = owed >= 1;
      if (isLowestFirst) owed -= 1;
      const order = (isLowestFirst ? lowestFirst : lanes).filter(options.mayGo);
      const rested = order.filter((lane) => ahead[lane].emptyUntilNs <= options.nowNs);
      for (const lane of rested) {
        const entries = pickFrom(lane, count, options);
        if (entries.length > 0) return entries;
      }
      // Nothing elsewhere: then an empty lane may have got something meanwhile.
      for (const lane of order) {
        if (rested.includes(lane)) continue;
        const entries = pickFrom(lane, count, options);
        if (entries.length > 0) return entries;
      }
      return [];
    },
    startOver: () => {
      for (const lane of lanes) ahead[lane] = { entries: [], next: 0, emptyUntilNs: 0 };
    },
  };
}
