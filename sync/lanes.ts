// Which waiting entries go next: the most urgent lane first, with a kept share for the lowest, so that nothing starves.
import { type Lane, lanes, type Outbox, type OutboxEntry } from "../device/store/outbox.ts";

export type LanePicker = {
  /** Up to `count` entries of one lane, in order; none: nothing may go now. */
  readonly pick: (
    count: number,
    options: {
      skip: (sequence: number) => boolean;
      nowUs: number;
      nowNs: number;
      /** Whether this lane may go now; not given: all may. */
      mayGo?: (lane: Lane) => boolean;
    },
  ) => readonly OutboxEntry[];
};

/** Every eighth pick begins with the lowest lane. */
const lowestShare = 8;
/** Entries read from the store at once, so that one read serves many picks. */
const readAhead = 256;
/** A lane that was empty is not looked at again for so long, while others have something; ns. */
const emptyNs = 20e6;

/** Entries of one lane that were read and not yet picked. */
type Ahead = { entries: readonly OutboxEntry[]; next: number; emptyUntilNs: number };

export function createLanePicker(outbox: Outbox, target: string): LanePicker {
  const ahead = Object.fromEntries(
    lanes.map((lane): [Lane, Ahead] => [lane, { entries: [], next: 0, emptyUntilNs: 0 }]),
  ) as Readonly<Record<Lane, Ahead>>;
  const lowestFirst = [...lanes].reverse();
  let picks = 0;

  const pickFrom = (
    lane: Lane,
    count: number,
    { skip, nowUs, nowNs }: Parameters<LanePicker["pick"]>[1],
  ): readonly OutboxEntry[] => {
    const line = ahead[lane];
    const picked: OutboxEntry[] = [];
    const takeAhead = (): void => {
      for (; line.next < line.entries.length && picked.length < count; line.next += 1) {
        const entry = line.entries[line.next]!;
        if (!skip(entry.sequence)) picked.push(entry);
      }
    };
    takeAhead();
    if (picked.length > 0) return picked;
    line.entries = outbox.take(target, lane, { limit: Math.max(readAhead, count), skip, nowUs });
    line.next = 0;
    line.emptyUntilNs = line.entries.length === 0 ? nowNs + emptyNs : 0;
    takeAhead();
    return picked;
  };

  return {
    pick: (count, options) => {
      picks += 1;
      const order = (picks % lowestShare === 0 ? lowestFirst : lanes).filter(options.mayGo ?? (() => true));
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
  };
}
