// The journal: what happened to the store itself (drops, erasures, damage, runs), in order, for a person and for audits.
import type { Clock, Moment } from "../clock.ts";
import type { Counters } from "./counters.ts";
import type { Table } from "./table.ts";

export type JournalEntry = {
  readonly at: Moment;
  /** What happened, e.g. "retention.dropped", "erase", "damage", "run.started". */
  readonly act: string;
  readonly details: Readonly<Record<string, unknown>>;
};

export type Journal = {
  /** Within a commit only. */
  readonly write: (act: string, details: Readonly<Record<string, unknown>>) => void;
  /** Newest first. */
  readonly newest: (limit: number) => readonly JournalEntry[];
};

/** Entries kept; the oldest go first. */
const maxEntries = 20_000;

export function createJournal(
  table: Table<number, JournalEntry>,
  deps: { clock: Clock; counters: Counters },
): Journal {
  return {
    write: (act, details) => {
      const number = deps.counters.add("journal", 1);
      table.put(number, { at: deps.clock.now(), act, details });
      if (number > maxEntries) table.remove(number - maxEntries);
    },
    newest: (limit) => [...table.range({ reverse: true, limit })].map(({ value }) => value),
  };
}
