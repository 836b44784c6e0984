// A table of sealed values. A damaged value is set aside with its reason and counts as not there; its neighbours stay readable.
import { DamagedValue, openBytes, openJson, sealBytes, sealJson } from "./codec.ts";
import type { Database, Key } from "./environment.ts";

/** Told of every damaged value found: which table, which key, why, and the raw bytes. */
export type OnDamage = (damage: { table: string; key: Key; reason: string; raw: Buffer }) => void;

export type RangeOptions<K> = {
  /** First key visited, inclusive (the highest one with `reverse`). */
  readonly start?: K;
  /** Where the visit ends, exclusive (a lower key with `reverse`). */
  readonly end?: K;
  readonly reverse?: boolean;
  readonly limit?: number;
};

/** Sealed values of one type by key. put and remove are allowed only within a commit of the store. */
export type Table<K extends Key, V> = {
  readonly name: string;
  readonly get: (key: K) => V | null;
  readonly has: (key: K) => boolean;
  readonly put: (key: K, value: V) => void;
  /** false: it was not there. */
  readonly remove: (key: K) => boolean;
  /** Entries in key order. Reads page by page, so that a slow reader holds no old snapshot; entries written meanwhile may appear. */
  readonly range: (options?: RangeOptions<K>) => Iterable<{ readonly key: K; readonly value: V }>;
  readonly keys: (options?: RangeOptions<K>) => Iterable<K>;
};

/** JSON values. */
export function jsonTable<K extends Key, V>(
  database: Database<Buffer, K>,
  options: TableOptions,
): Table<K, V> {
  return sealedTable(database, options, {
    seal: sealJson as (value: V) => Buffer,
    open: (raw) => openJson<V>(raw),
  });
}

/** Plain bytes; what is read is a copy of its own. */
export function bytesTable<K extends Key>(
  database: Database<Buffer, K>,
  options: TableOptions,
): Table<K, Uint8Array> {
  return sealedTable<K, Uint8Array>(database, options, {
    seal: sealBytes,
    open: (raw): Uint8Array => new Uint8Array(openBytes(raw)),
  });
}

export type TableOptions = {
  readonly name: string;
  readonly onDamage: OnDamage;
  /** @throws when no commit is under way. */
  readonly assertWriting: () => void;
  /** Told of every key that is put or removed. */
  readonly onChange: (table: string, key: Key) => void;
};

const pageSize = 256;
/** MDB_CORRUPTED and MDB_PAGE_NOTFOUND of lmdb.h: the page itself is damaged, and what is on it cannot be moved away either. */
const damagedPageCodes: ReadonlySet<unknown> = new Set([-30796, -30797]);

/** Whether reading failed because a page of the data file is damaged: the next start of a writer mends that, trying again does not. */
export function isDamagedPage(cause: unknown): boolean {
  return damagedPageCodes.has((cause as { readonly code?: unknown } | null)?.code);
}

function sealedTable<K extends Key, V>(
  database: Database<Buffer, K>,
  options: TableOptions,
  codec: { seal: (value: V) => Buffer; open: (raw: Buffer) => V },
): Table<K, V> {
  const { name, onDamage, assertWriting, onChange } = options;
  const open = (key: K, raw: Buffer): V | null => {
    try {
      return codec.open(raw);
    } catch (cause) {
      if (!(cause instanceof DamagedValue)) throw cause;
      onDamage({ table: name, key, reason: cause.message, raw: Buffer.from(raw) });
      return null;
    }
  };

  function* keys(range: RangeOptions<K> = {}): Iterable<K> {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    let start = range.start;
    let exclusiveStart = false;
    while (left > 0) {
      const page = [
        ...database.getKeys({
          ...(start === undefined ? {} : { start }),
          ...(range.end === undefined ? {} : { end: range.end }),
          reverse: range.reverse ?? false,
          limit: Math.min(pageSize, left) + (exclusiveStart ? 1 : 0),
        }),
      ] as K[];
      const fresh = exclusiveStart && page.length > 0 && sameKey(page[0]!, start!) ? page.slice(1) : page;
      if (fresh.length === 0) return;
      // Keys whose order is damaged would be met again and again.
      if (start !== undefined && exclusiveStart && sameKey(fresh.at(-1)!, start)) return;
      for (const key of fresh.slice(0, left)) yield key;
      left -= fresh.length;
      start = fresh.at(-1)!;
      exclusiveStart = true;
      if (fresh.length < pageSize && page.length < pageSize) return;
    }
  }

  const get = (key: K): V | null => {
    let raw: Buffer | undefined;
    try {
      raw = database.getBinaryFast(key);
    } catch (cause) {
      if (!isDamagedPage(cause)) throw cause;
      onDamage({ table: name, key, reason: (cause as Error).message, raw: Buffer.alloc(0) });
      return null;
    }
    // lmdb lends its own buffer, whose `length` it sets by hand while byteLength stays: only a view of it is a sound Buffer.
    return raw === undefined ? null : open(key, raw.subarray(0, raw.length));
  };

  return {
    name,
    get,
    has: (key) => database.doesExist(key),
    put: (key, value) => {
      assertWriting();
      database.putSync(key, codec.seal(value));
      onChange(name, key);
    },
    remove: (key) => {
      assertWriting();
      onChange(name, key);
      return database.removeSync(key);
    },
    keys,
    *range(rangeOptions = {}) {
      for (const key of keys(rangeOptions)) {
        const value = get(key);
        if (value !== null) yield { key, value };
      }
    },
  };
}

function sameKey(left: Key, right: Key): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
