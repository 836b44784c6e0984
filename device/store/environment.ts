// The only file that imports lmdb: opens one environment (a folder with a data file) with the settings that keep promises.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Database, type Key, open, type RootDatabase } from "lmdb";

export type { Database, Key } from "lmdb";

/** One lmdb environment. All tables of it share one write queue: puts of one event turn are one transaction. */
export type Environment = {
  readonly directory: string;
  readonly readOnly: boolean;
  /** Opens (or makes) a table of raw values. `ordered` tables hold several sorted keys-like values per key (dupsort). */
  readonly table: <K extends Key>(name: string) => Database<Buffer, K>;
  readonly multiTable: <V extends Key, K extends Key>(name: string) => Database<V, K>;
  /**
   * Runs `write` as one atomic transaction: everything it puts becomes visible together, or nothing when it throws.
   * Resolves when committed (visible to every process), which is not yet on disk.
   */
  readonly write: <T>(write: () => T) => Promise<T>;
  /** Resolves when all that was committed before is on disk. */
  readonly flushed: () => Promise<void>;
  /** Bytes of the data file. */
  readonly fileBytes: () => number;
  readonly close: () => Promise<void>;
};

/** Opens the environment in `directory`, which is made when missing (not when read-only). */
export function openEnvironment(directory: string, options: { readOnly?: boolean } = {}): Environment {
  const readOnly = options.readOnly ?? false;
  if (!readOnly) mkdirSync(directory, { recursive: true });
  const root: RootDatabase<Buffer, Key> = open({
    path: join(directory, "data.mdb"),
    noSubdir: true,
    encoding: "binary",
    maxDbs: 64,
    readOnly,
    // Never noSync (torn after a power cut) nor useWritemap (bus error when the disk is full).
    overlappingSync: true,
  });
  let closed = false;
  return {
    directory,
    readOnly,
    table: <K extends Key>(name: string) => root.openDB<Buffer, K>({ name, encoding: "binary" }),
    multiTable: <V extends Key, K extends Key>(name: string) =>
      root.openDB<V, K>({ name, encoding: "ordered-binary", dupSort: true }),
    // `transaction` would keep the writes of a callback that throws; a child transaction is rolled back (tested).
    write: (write) => root.childTransaction(write) as Promise<ReturnType<typeof write>>,
    flushed: async () => {
      await root.flushed;
    },
    fileBytes: () => {
      const { mapSize: _mapSize, ...stats } = root.getStats() as {
        lastPageNumber?: number;
        pageSize?: number;
        mapSize?: number;
      };
      return (stats.lastPageNumber ?? 0) * (stats.pageSize ?? 4096);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await root.close();
    },
  };
}
