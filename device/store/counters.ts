// Named counts that survive restarts; they change in the same transaction as what they count.
import type { Table } from "./table.ts";

export type Counters = {
  readonly get: (name: string) => number;
  /** Adds to a count and returns the new value. Within a commit only. */
  readonly add: (name: string, by: number) => number;
  /** All counts whose name starts with `prefix`, without the prefix. */
  readonly list: (prefix: string) => Readonly<Record<string, number>>;
};

export function createCounters(table: Table<string, number>): Counters {
  const get = (name: string): number => table.get(name) ?? 0;
  return {
    get,
    add: (name, by) => {
      const value = get(name) + by;
      if (by !== 0) table.put(name, value);
      return value;
    },
    list: (prefix) => {
      const found: Record<string, number> = {};
      for (const { key, value } of table.range({ start: prefix, end: `${prefix}\uffff` }))
        found[key.slice(prefix.length)] = value;
      return found;
    },
  };
}
