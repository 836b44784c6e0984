// Damaged values: each is reported once, moved out of its table with its bytes, and listed, so that the rest goes on.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { OnDamage, Table } from "./table.ts";

/** A value that was set aside because it could not be trusted. */
export type DamagedEntry = {
  readonly table: string;
  readonly key: unknown;
  readonly reason: string;
  /** The bytes as they were found, all of them. */
  readonly rawBase64: string;
  readonly foundAtUs: number;
};

export type FoundDamage = Parameters<OnDamage>[0];

export type Damage = {
  readonly onDamage: OnDamage;
  readonly waiting: () => readonly FoundDamage[];
  /**
   * Moves what was found out of its table; one that was written anew meanwhile stays. Within a commit only.
   * @returns those that were moved.
   */
  readonly setAside: (
    found: readonly FoundDamage[],
    tableOf: (name: string) => Table<never, unknown> | undefined,
  ) => readonly FoundDamage[];
  /** They are set aside for good: should one be damaged again, it is reported again. */
  readonly settled: (found: readonly FoundDamage[]) => void;
  /** How many values were found since the store was opened. */
  readonly count: () => number;
  /** Newest first. */
  readonly list: () => readonly DamagedEntry[];
};

/** Found values that wait to be set aside, at most; a store that is broken throughout must not fill the memory. */
const maxWaiting = 10_000;
const maxListed = 1000;

export function createDamage(
  table: Table<string, DamagedEntry>,
  deps: { readonly log: Log; readonly clock: Clock; readonly onFirst: () => void },
): Damage {
  const { log, clock, onFirst } = deps;
  const waiting = new Map<string, FoundDamage>();
  let count = 0;
  return {
    onDamage: (damage) => {
      if (waiting.has(nameOf(damage)) || waiting.size >= maxWaiting) return;
      waiting.set(nameOf(damage), damage);
      count += 1;
      log.error(
        { table: damage.table, key: damage.key, reason: damage.reason },
        "a stored value is damaged; it is set aside",
      );
      if (waiting.size === 1) onFirst();
    },
    waiting: () => [...waiting.values()],
    setAside: (found, tableOf) => {
      let number = Number([...table.keys({ reverse: true, limit: 1 })][0] ?? 0);
      return found.filter(({ table: name, key, reason, raw }) => {
        const home = tableOf(name);
        // Nothing could be read of it: it lies on a damaged page, which nothing can be written to.
        if (raw.length === 0) return false;
        if (home === undefined || home.get(key as never) !== null || !home.remove(key as never)) return false;
        number += 1;
        table.put(String(number).padStart(12, "0"), {
          table: name,
          key,
          reason,
          rawBase64: raw.toString("base64"),
          foundAtUs: clock.now().wallUs,
        });
        return true;
      });
    },
    settled: (found) => {
      for (const each of found) waiting.delete(nameOf(each));
    },
    count: () => count,
    list: () => [...table.range({ reverse: true, limit: maxListed })].map(({ value }) => value),
  };
}

function nameOf({ table, key }: FoundDamage): string {
  return `${table} ${JSON.stringify(key)}`;
}
