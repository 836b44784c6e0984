// A table over another one: what is written stays in memory, what is not written is read from below. For looking what would happen.
import type { Key } from "./environment.ts";
import type { RangeOptions, Table } from "./table.ts";

/** @param below null: an empty table. */
export function overlayTable<K extends Key, V>(
  name: string,
  below: Pick<Table<K, V>, "get" | "has" | "keys"> | null,
): Table<K, V> {
  const written = new Map<string, { readonly key: K; readonly value: V | null }>();
  /** Encoded keys that are there, sorted. */
  const sorted: string[] = [];

  const write = (key: K, value: V | null): void => {
    const code = encodeKey(key);
    const before = written.get(code) ?? null;
    written.set(code, { key, value });
    const isThere = before !== null && before.value !== null;
    if (value !== null && !isThere) sorted.splice(placeOf(sorted, code), 0, code);
    if (value === null && isThere) sorted.splice(placeOf(sorted, code), 1);
  };
  const get = (key: K): V | null => {
    const entry = written.get(encodeKey(key));
    return entry === undefined ? (below?.get(key) ?? null) : entry.value;
  };
  const has = (key: K): boolean => {
    const entry = written.get(encodeKey(key));
    return entry === undefined ? (below?.has(key) ?? false) : entry.value !== null;
  };
  function* keys(range: RangeOptions<K> = {}): Iterable<K> {
    const { reverse = false, limit = Number.POSITIVE_INFINITY } = range;
    const { limit: _, ...bounds } = range;
    const under = (below?.keys(bounds) ?? [])[Symbol.iterator]();
    const over = overKeys(range)[Symbol.iterator]();
    const isBefore = (one: string, other: string): boolean => (reverse ? one > other : one < other);
    let lower = under.next();
    let upper = over.next();
    for (let given = 0; given < limit; ) {
      if (lower.done && upper.done) return;
      const lowerCode = lower.done ? null : encodeKey(lower.value);
      if (lowerCode !== null && written.has(lowerCode)) {
        // What is written over it speaks for it.
        lower = under.next();
        continue;
      }
      given += 1;
      if (lowerCode !== null && (upper.done || isBefore(lowerCode, upper.value))) {
        yield lower.value as K;
        lower = under.next();
      } else {
        yield written.get(upper.value as string)!.key;
        upper = over.next();
      }
    }
  }
  function* overKeys({ start, end, reverse = false }: RangeOptions<K>): Iterable<string> {
    const from = start === undefined ? null : encodeKey(start);
    const to = end === undefined ? null : encodeKey(end);
    if (!reverse) {
      for (let at = from === null ? 0 : placeOf(sorted, from); at < sorted.length; at += 1) {
        if (to !== null && sorted[at]! >= to) return;
        yield sorted[at]!;
      }
      return;
    }
    // With `reverse` the start is inclusive, too: from the last code that is not behind it.
    let at = from === null ? sorted.length : placeOf(sorted, from);
    if (from === null || sorted[at] !== from) at -= 1;
    for (; at >= 0; at -= 1) {
      if (to !== null && sorted[at]! <= to) return;
      yield sorted[at]!;
    }
  }
  return {
    name,
    get,
    has,
    put: write,
    remove: (key) => {
      const wasThere = has(key);
      write(key, null);
      return wasThere;
    },
    keys,
    *range(range = {}) {
      for (const key of keys(range)) {
        const value = get(key);
        if (value !== null) yield { key, value };
      }
    },
  };
}

/** Where a code is, or would be. */
function placeOf(sorted: readonly string[], code: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < code) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Text that sorts as the key does in the store: parts apart by the lowest character, numbers (whole, not negative) before text. */
function encodeKey(key: Key): string {
  const parts = Array.isArray(key) ? key : [key];
  return parts
    .map((part) =>
      typeof part === "number" ? `\u0001${String(part).padStart(16, "0")}` : `\u0002${String(part)}`,
    )
    .join("\u0000");
}
