// Named counts that survive restarts. They change in the same transaction as what they count, and are written once per
// transaction, however many writes of a group touch them.
import type { Table } from "./table.ts";

export type Counters = {
  readonly get: (name: string) => number;
  /** Adds to a count and returns the new value. Within a commit only. */
  readonly add: (name: string, by: number) => number;
  /** Sets a count that was counted anew. Within a commit only. */
  readonly set: (name: string, value: number) => void;
  /** All counts whose name starts with `prefix`, without the prefix. */
  readonly list: (prefix: string) => Readonly<Record<string, number>>;
};

/** The life of a transaction, as its counts see it: begin → (write → confirm) or abandon. */
export type CounterTransaction = {
  readonly begin: () => void;
  /** Puts every changed count; last thing before the transaction commits. */
  readonly write: () => void;
  /** The transaction is committed: the new counts are what get() says. */
  readonly confirm: () => void;
  /** The transaction was rolled back: the counts are as they were. */
  readonly abandon: () => void;
};

/** @param options.soleWriter true: nobody else changes them, so they are read once and then kept in memory. */
export function createCounters(
  table: Table<string, number>,
  options: { readonly soleWriter: boolean },
): { readonly counters: Counters; readonly transaction: CounterTransaction } {
  let committed: Map<string, number> | null = null;
  /** Whether they were read within a transaction. */
  let isFirm = false;
  /** Changes of the transaction under way. */
  let changed: Map<string, number> | null = null;
  let staged: Map<string, number> | null = null;

  const readAll = (): Map<string, number> =>
    new Map([...table.range()].map(({ key, value }) => [key, value]));
  const base = (): ReadonlyMap<string, number> => {
    if (!options.soleWriter) return readAll();
    committed ??= readAll();
    return committed;
  };
  const get = (name: string): number =>
    changed?.get(name) ?? (options.soleWriter ? base().get(name) : table.get(name)) ?? 0;
  const set = (name: string, value: number): void => {
    if (changed === null) throw new Error(`A change of the count ${name} outside a commit`);
    changed.set(name, value);
  };

  const counters: Counters = {
    get,
    set,
    add: (name, by) => {
      const value = get(name) + by;
      if (by !== 0) set(name, value);
      return value;
    },
    list: (prefix) => {
      const found: Record<string, number> = {};
      for (const [name, value] of new Map([...base(), ...(changed ?? [])])) {
        if (name.startsWith(prefix)) found[name.slice(prefix.length)] = value;
      }
      return found;
    },
  };
  const transaction: CounterTransaction = {
    begin: () => {
      // What was read before the first transaction may be of a commit that a killed process had not finished, and that this transaction
      // does not build on: then everything of that commit would be counted twice.
      if (!isFirm) committed = readAll();
      isFirm = true;
      changed = new Map();
    },
    write: () => {
      for (const [name, value] of changed ?? []) table.put(name, value);
      staged = changed;
      changed = null;
    },
    confirm: () => {
      for (const [name, value] of staged ?? []) committed?.set(name, value);
      staged = null;
    },
    abandon: () => {
      changed = null;
      staged = null;
    },
  };
  return { counters, transaction };
}
