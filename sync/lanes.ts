// Which waiting entries go next: the most urgent lane first, with a kept share for the lowest, so that nothing starves.
import { type Lane, lanes, type Outbox, type OutboxEntry } from "../device/store/outbox.ts";

export type LanePicker = {
  /** Up to `count` entries of one lane, in order; none: nothing may go now. */
  readonly pick: (
    count: number,
    options: { skip: (sequence: number) => boolean; nowUs: number },
  ) => readonly OutboxEntry[];
};

/** Every eighth pick begins with the lowest lane. */
const lowestShare = 8;
/** Entries read from the store at once, so that one read serves many picks. */
const readAhead = 256;

export function createLanePicker(outbox: Outbox, target: string): LanePicker {
  const ahead = new Map<Lane, OutboxEntry[]>();
  const lowestFirst = [...lanes].reverse();
  let picks = 0;
  return {
    pick: (count, { skip, nowUs }) => {
      picks += 1;
      for (const lane of picks % lowestShare === 0 ? lowestFirst : lanes) {
        let entries = (ahead.get(lane) ?? []).filter(({ sequence }) => !skip(sequence));
        if (entries.length === 0)
          entries = [...outbox.take(target, lane, { limit: Math.max(readAhead, count), skip, nowUs })];
        if (entries.length === 0) {
          ahead.delete(lane);
          continue;
        }
        ahead.set(lane, entries.slice(count));
        return entries.slice(0, count);
      }
      return [];
    },
  };
}
