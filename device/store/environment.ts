// The only file that imports lmdb: opens one environment (a folder with a data file) with the settings that keep promises.
import { closeSync, openSync, readSync, statfsSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Database, type Key, open, type RootDatabase, type RootDatabaseOptionsWithPath } from "lmdb";
import { makeFolder } from "../make-folder.ts";
import { openDataFile } from "./data-file.ts";
import { enterGate } from "./gate.ts";
import { watchProcessEnd, withoutExitListeners } from "./process-end.ts";
import { refuseDamaged } from "./refuse-damaged.ts";
import { createWriteGuard, diskFailure } from "./write-guard.ts";

export type { Database, Key } from "lmdb";

/** One lmdb environment. */
export type Environment = {
  readonly directory: string;
  readonly readOnly: boolean;
  /** Opens (or makes) a table of raw values. */
  readonly table: <K extends Key>(name: string) => Database<Buffer, K>;
  /** Opens (or makes) a table that holds several sorted key-like values per key (dupsort). */
  readonly multiTable: <V extends Key, K extends Key>(name: string) => Database<V, K>;
  /** A table whose keys are the very bytes that lie in the file; for taking a store over as it is. */
  readonly rawTable: (name: string) => Database<Buffer, Buffer>;
  /** Names of the tables that are there; asking makes none. */
  readonly tableNames: () => readonly string[];
  /**
   * Runs `write` as one atomic transaction: everything it puts becomes visible together, or nothing when it throws.
   * Resolves when committed (visible to every process), which is not yet on disk.
   * @param bytes what it will write, roughly.
   * @throws DiskFailure when the disk did not take it (full, read-only, broken); nothing of it is visible then.
   */
  readonly write: <T>(write: () => T, bytes?: number) => Promise<T>;
  /** Resolves when all that was committed before is on disk. */
  readonly flushed: () => Promise<void>;
  /** Aborts, with a DiskFailure, when this process can neither read nor write it any more and only a new start helps. */
  readonly givenUp: AbortSignal;
  /** Bytes of the data file. */
  readonly fileBytes: () => number;
  readonly close: () => Promise<void>;
};

/** The data file is none of lmdb's, or its heading is gone. */
export class NoDataFile extends Error {
  override readonly name = "NoDataFile";
}

/** The machine lost power, and nobody has opened the data file for writing since. */
export class NotFlushed extends Error {
  override readonly name = "NotFlushed";
}

export type EnvironmentOptions = {
  readonly readOnly?: boolean;
  /** How long a file that is there is looked through before lmdb gets it, ms. Default: it was looked through, or is our own. */
  readonly lookMs?: number;
};

/**
 * Opens the environment in `directory`, which is made when missing (not when read-only).
 * @throws NoDataFile, NotFlushed, DamagedFile
 */
export function openEnvironment(directory: string, options: EnvironmentOptions = {}): Environment {
  const readOnly = options.readOnly ?? false;
  if (!readOnly) makeFolder(directory);
  const path = join(directory, "data.mdb");
  checkHeading(path);
  if (readOnly) refuseCutOff(path);
  if (options.lookMs !== undefined) refuseDamaged(path, options.lookMs);
  const settings: RootDatabaseOptionsWithPath & { noReadAhead: boolean; eventTurnBatching: boolean } = {
    path,
    noSubdir: true,
    encoding: "binary",
    maxDbs: 64,
    readOnly,
    // Never noSync (torn after a power cut) nor useWritemap (bus error when the disk is full).
    overlappingSync: true,
    // Pictures are read once, on their way out: reading ahead of them only fills memory.
    noReadAhead: true,
    // One mapping that is large enough for ever: lmdb keeps the old ones when it grows, and they would count as memory twice.
    mapSize: 64 * 2 ** 30,
    // lmdb's own batching leaves a promise behind that nobody can catch when a commit fails; we group by ourselves.
    eventTurnBatching: false,
  };
  if (!readOnly) requireRoomForLock(path, directory);
  const root: RootDatabase<Buffer, Key> = openInTurn(settings, directory);
  let commits = 0;
  const forgetEnd = watchProcessEnd(
    () => commits > 0,
    // Node.js may still close it: who opens the store meanwhile waits until this process is gone.
    () => void enterGate(directory),
  );
  let closed = false;
  let failed = false;
  const givenUp = new AbortController();
  const stats = (): { lastPageNumber?: number; pageSize?: number } => root.getStats() as never;
  let lastFileBytes: number | null = null;
  const usedFileBytes = (): number =>
    lastFileBytes ?? ((stats().lastPageNumber ?? 0) + 1) * (stats().pageSize ?? 4096);
  const readers: object[] = [root];
  const handOut = <D extends object | undefined>(database: D): D => {
    if (database !== undefined) readers.push(database);
    return database;
  };
  /** A read while lmdb closes would throw in nobody's hands a moment later ("Attempt to reset an invalid read txn"): it throws in the reader's. */
  const endReads = (): void => {
    lastFileBytes = usedFileBytes();
    const refuse = (): never => {
      throw new Error(`The store ${directory} is closed`);
    };
    for (const reader of readers)
      Object.assign(reader, Object.fromEntries(reads.map((name) => [name, refuse])));
  };
  if (!readOnly) fillUp(path, usedFileBytes());
  const guard = createWriteGuard(path, directory, usedFileBytes);
  return {
    directory,
    readOnly,
    table: <K extends Key>(name: string) =>
      // lmdb gives nothing for a table that a reader asks for and no writer has made yet: a store of an older program.
      handOut(root.openDB<Buffer, K>({ name, encoding: "binary" }) as Database<Buffer, K> | undefined) ??
      emptyTable(),
    multiTable: <V extends Key, K extends Key>(name: string) =>
      handOut(root.openDB<V, K>({ name, encoding: "ordered-binary", dupSort: true })),
    rawTable: (name) =>
      handOut(root.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding: "binary" })),
    tableNames: () => [...root.getKeys({})].map(String),
    write: async (write, bytes = 0) => {
      guard.admit(bytes);
      if (failed) giveUpDead();
      commits += 1;
      try {
        // `transaction` would keep the writes of a callback that throws; a child transaction is rolled back (tested).
        const value = (await root.childTransaction(write)) as ReturnType<typeof write>;
        guard.succeeded();
        return value;
      } catch (cause) {
        throw await nameFailure(cause);
      } finally {
        commits -= 1;
      }
    },
    flushed: async () => {
      await root.flushed;
    },
    givenUp: givenUp.signal,
    fileBytes: usedFileBytes,
    close: async () => {
      if (closed) return;
      closed = true;
      if (!failed) await root.flushed;
      // Nothing that lmdb gave up can be ended in order; it ends with the process.
      else if (whyDead() !== null) return;
      // What is being written may read, so reading ends after it.
      for (let waitedMs = 0; commits > 0 && waitedMs < lastFlushMs; waitedMs += 5) await delay(5);
      const leave = enterGate(directory);
      // lmdb would wait for ever for the flush of a commit that failed; an empty one, which needs no room, takes its place. On a
      // disk that takes nothing at all it waits all the same: what is on disk stays as it is, and the process goes on.
      const endRoot = (): Promise<void> => {
        endReads();
        return root.close();
      };
      const ending = failed
        ? root
            .childTransaction(() => undefined)
            .catch(() => undefined)
            .then(endRoot)
        : endRoot();
      void ending.then(forgetEnd, forgetEnd);
      try {
        await (failed ? Promise.race([ending, delay(lastFlushMs, undefined, { ref: false })]) : ending);
      } finally {
        leave();
      }
    },
  };

  /**
   * Where the disk refused just the pages that begin the file, lmdb gives the environment up (MDB_PANIC): a transaction would begin,
   * and never end. A read tells. null: it lives.
   */
  function whyDead(): string | null {
    try {
      root.resetReadTxn();
      root.doesExist("");
      return null;
    } catch (cause) {
      return (cause as Error).message;
    }
  }

  /** @throws DiskFailure when lmdb gave the environment up. */
  function giveUpDead(): void {
    const dead = whyDead();
    if (dead === null) return;
    givenUp.abort(diskFailure(directory, new Error(`${dead}: only a new start helps`)));
    throw givenUp.signal.reason;
  }

  /** lmdb says "Commit failed" and keeps the reason in a second promise, which must not be left alone. */
  async function nameFailure(thrown: unknown): Promise<unknown> {
    const reason = (thrown as { commitError?: Promise<never> }).commitError;
    if (reason === undefined) return thrown;
    failed = true;
    guard.failed();
    const failure = diskFailure(directory, await reason.catch((error: unknown) => error));
    giveUpDead();
    return failure;
  }
}

function openInTurn(settings: RootDatabaseOptionsWithPath, directory: string): RootDatabase<Buffer, Key> {
  const leave = enterGate(directory);
  try {
    return withoutExitListeners(() => open(settings));
  } finally {
    leave();
  }
}

/** Bytes that a new lock file and data file need, and then some. */
const newFilesBytes = 1e6;

/**
 * lmdb writes to its lock file through a mapping: on a disk with no room for a new one the process would be killed (SIGBUS). One that has
 * its blocks needs none.
 * @throws DiskFailure
 */
function requireRoomForLock(path: string, directory: string): void {
  if ((statSync(`${path}-lock`, { throwIfNoEntry: false })?.blocks ?? 0) > 0) return;
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize < newFilesBytes)
    throw diskFailure(directory, new Error("there is no room for a new data file"));
}

/** What of an environment and its tables reads. */
const reads = [
  "get",
  "getBinary",
  "getBinaryFast",
  "getEntry",
  "getKeys",
  "getRange",
  "getValues",
  "getCount",
  "doesExist",
  "getStats",
];

/** How long closing waits for the flush of a disk that refused a commit, ms. */
const lastFlushMs = 1_000;

/** Reads of a table that is not there. Nobody writes to it: it is only met in an environment that is open for reading. */
function emptyTable<K extends Key>(): Database<Buffer, K> {
  const reads: Pick<Database<Buffer, K>, "get" | "getBinaryFast" | "doesExist"> & {
    readonly getKeys: () => readonly K[];
  } = {
    get: () => undefined,
    getBinaryFast: () => undefined,
    doesExist: () => false,
    getKeys: () => [],
  };
  return reads as unknown as Database<Buffer, K>;
}

/** lmdb crashes the process over a file that is not its own, so we look first. An empty file is one whose making was cut short. */
function checkHeading(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  const heading = Buffer.alloc(64);
  const file = openSync(path, "r");
  try {
    readSync(file, heading, 0, heading.length, 0);
  } finally {
    closeSync(file);
  }
  // MDB_MAGIC and MDB_DATA_VERSION of mdb.c stand behind a page header of 16 or 24 bytes; two such pages make an empty store.
  const at = heading.indexOf("dec0efbe", 0, "hex");
  if (at === -1 || at > 32) throw new NoDataFile(`${path} is not a data file of lmdb`);
  const version = heading.readUInt16LE(at + 4);
  if (version !== 2) throw new NoDataFile(`${path} has lmdb data version ${version}, expected 2`);
  if (size < 2 * 4096) throw new NoDataFile(`${path} was cut off after ${size} bytes, nothing is left in it`);
}

/**
 * After a power cut lmdb goes back to what was on disk for sure, by writing to the file: a reader cannot, and fails in the middle of
 * it, while a writer that opens beside it goes on with what may not be there.
 * @throws NotFlushed
 */
function refuseCutOff(path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  const file = openDataFile(path);
  file.close();
  if (file.isCutOff)
    throw new NotFlushed(
      `${path} was cut off by a loss of power; the next process that writes to it goes back to what was on disk (start the agent)`,
    );
}

/**
 * Makes a file that was cut off as long as it says it is: reading behind its end would kill the process (SIGBUS), reading
 * zeros is an error that can be reported. A sound file may lack some unused pages at its end, too.
 */
function fillUp(path: string, bytes: number): void {
  if (statSync(path).size < bytes) truncateSync(path, bytes);
}
