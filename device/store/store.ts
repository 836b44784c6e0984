// The store: frames, labels, detections, runs, outbox, receipts and journal on one lmdb environment, with the five promises of the README beside it.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { Detection } from "../detection.ts";
import type { FrameRecord } from "../frame.ts";
import type { LabelDocument } from "../label.ts";
import type { Log } from "../log.ts";
import { makeFolder } from "../make-folder.ts";
import type { RunRecord } from "../run.ts";
import { type Counters, createCounters } from "./counters.ts";
import { createDamage, type DamagedEntry } from "./damage.ts";
import { type Environment, NoDataFile, openEnvironment } from "./environment.ts";
import { createFollowers, type Follower } from "./followers.ts";
import { createFrames, type Frames } from "./frames.ts";
import { enterGate } from "./gate.ts";
import { type CommitStats, createGroupCommit } from "./group-commit.ts";
import { createIndividuals, type Individuals } from "./individuals.ts";
import { createJournal, type Journal } from "./journal.ts";
import { createLabels, type Labels } from "./labels.ts";
import { readLives } from "./lives.ts";
import { describeSelf, StoreLocked, takeWriterLock, writerOf } from "./lock.ts";
import { reconcileOutbox, recount, uncount } from "./mend.ts";
import { createOutbox, type Outbox, type OutboxDraft } from "./outbox.ts";
import { DamagedFile } from "./refuse-damaged.ts";
import { createSightings, type Sightings } from "./sightings.ts";
import { openIdentity, refuseStranger, StoreError } from "./store-identity.ts";
import { openStoreTables, type StoreTables, tableNames } from "./store-tables.ts";
import type { Table } from "./table.ts";

export type { DamagedEntry } from "./damage.ts";
// biome-ignore lint/performance/noBarrelFile: who opens a store meets this error, and should not have to know where it is made.
export { StoreError } from "./store-identity.ts";

/** A frame with all that becomes visible together with it. */
export type FrameEntry = {
  readonly frame: FrameRecord;
  readonly bytes: Uint8Array;
  readonly labels: readonly LabelDocument[];
  readonly detections: readonly Detection[];
  readonly deliveries: readonly OutboxDraft[];
};

/** The store. Life: openStore → use → close. */
export type Store = {
  readonly directory: string;
  readonly readOnly: boolean;
  /** Identity of this store, made once. */
  readonly id: string;
  readonly frames: Frames;
  readonly labels: Labels;
  readonly detections: Table<[string, string, number], Detection>;
  readonly runs: Table<string, RunRecord>;
  readonly outbox: Outbox;
  readonly journal: Journal;
  readonly counters: Counters;
  /** The tables of what was seen; their keys are said in store-tables.ts. */
  readonly seen: Pick<
    StoreTables,
    | "sequences"
    | "sequenceFrames"
    | "individuals"
    | "aliases"
    | "sightings"
    | "sightingsOf"
    | "embeddings"
    | "hashes"
    | "origins"
    | "contents"
    | "acts"
  >;
  readonly individuals: Individuals;
  readonly sightings: Sightings;
  /** Small facts of other rooms (request ids, cursors), by name. */
  readonly notes: Table<string, unknown>;
  /**
   * Runs `write` with the others of the commit window in one transaction. Resolves when it is on disk; on a throw nothing of it
   * stays. `write` may run more than once, so it changes nothing but the store.
   * @param bytes what it will write, roughly: a large group is committed early.
   */
  readonly commit: <T>(write: () => T, bytes?: number) => Promise<T>;
  /** Keeps a frame with its labels, detections and outbox entries, all or nothing; acknowledged when it resolves. */
  readonly keep: (entry: FrameEntry) => Promise<void>;
  /** Commits what waits and resolves when it is on disk. */
  readonly settle: () => Promise<void>;
  /**
   * Hears which keys of a table the commits of this process change, each commit once it is on disk and before it is acknowledged;
   * what is rolled back is never told. Returns how to stop hearing.
   */
  readonly follow: (table: keyof Store["seen"], follower: Follower) => () => void;
  readonly commitStats: () => CommitStats;
  /**
   * Aborts, with a DiskFailure as reason, when this process can neither read nor write the store any more and only a new start
   * helps: the disk refused just the pages that begin its file.
   */
  readonly givenUp: AbortSignal;
  /** Values set aside as damaged, newest first. */
  readonly damaged: () => readonly DamagedEntry[];
  /**
   * Reads every value, sets damaged ones aside, counts anew, and makes the indexes of outbox and sightings agree; gives way to others
   * between pages. Returns how many were read, bad, and mended.
   */
  readonly verify: () => Promise<{
    readonly read: number;
    readonly damaged: number;
    readonly mended: number;
  }>;
  /** Bytes of the data file; it never shrinks, freed pages are used again. */
  readonly fileBytes: () => number;
  /** Commits what waits, then frees everything; may be called twice. */
  readonly close: () => Promise<void>;
};

export type OpenStoreOptions = {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Readers: any number, beside one writer. */
  readonly readOnly?: boolean;
  /** The declared loss bound of a power cut, ms. */
  readonly commitWindowMs?: number;
  /** true: prepareStore() has looked after the data file. Default: it is looked through for a moment, for lmdb dies of damage. */
  readonly isPrepared?: boolean;
};

/** The group-commit window that holds when nobody says otherwise, ms. */
export const defaultCommitWindowMs = 100;
const maxGroupBytes = 8 * 1024 * 1024;

/** Opens (or makes) the store in a folder. @throws StoreError, StoreLocked */
export function openStore(options: OpenStoreOptions): Store {
  const { directory, clock } = options;
  const readOnly = options.readOnly ?? false;
  prepareFolder(directory, readOnly);
  const lock = readOnly ? null : lockFolder(directory, clock);
  // lmdb does not bear a reader and the writer as two environments of one process.
  if (readOnly && writerOf(directory, clock.now().bootId)?.pid === process.pid)
    throw new StoreError(`This very process writes to the store ${directory}; read through its writer.`);
  // Beside readers that open it, a store in the making failed now and then ("mdb_page_touch no parent"): they wait until its tables are there.
  const leave = readOnly ? null : enterGate(directory);
  let environment: Environment | null = null;
  try {
    environment = openEnvironment(directory, { readOnly, ...lookOf(options) });
    refuseStranger(environment, Object.values(tableNames));
    return assembleStore(environment, options, () => lock?.release());
  } catch (cause) {
    void environment?.close().catch(() => undefined);
    lock?.release();
    throw asStoreError(cause, directory);
  } finally {
    leave?.();
  }
}

/** How long a data file is looked through whose last life ended well, or not, ms. */
const lookMs = 100;
const uncleanLookMs = 3_000;

/** Beside a writer that lives nobody looks: it has opened the file itself. */
function lookOf({ directory, clock, readOnly, isPrepared }: OpenStoreOptions): { readonly lookMs?: number } {
  const isWritten = readOnly === true && writerOf(directory, clock.now().bootId) !== null;
  if (isPrepared === true || isWritten) return {};
  return { lookMs: readLives(directory).unclean > 0 ? uncleanLookMs : lookMs };
}

function assembleStore(environment: Environment, options: OpenStoreOptions, unlock: () => void): Store {
  const { clock, log } = options;
  const { directory, readOnly } = environment;
  const id = openIdentity(environment, { clock, log });
  let isWriting = false;
  let closing: Promise<void> | null = null;
  const assertWriting = (): void => {
    if (!isWriting) throw new Error("A write to the store outside a commit");
  };
  const followers = createFollowers(log);
  const tables: StoreTables = openStoreTables(environment, {
    onDamage: (found) => damage.onDamage(found),
    assertWriting,
    onChange: (table, key) => followers.note(table, key),
  });
  const damage = createDamage(tables.damaged, {
    log,
    clock,
    onFirst: () => {
      if (!readOnly) queueMicrotask(() => void setAside());
    },
  });
  const { counters, transaction } = createCounters(tables.counters, { soleWriter: !readOnly });
  const journal = createJournal(tables.journal, { clock, counters });
  const frames = createFrames(tables, counters);
  const labels = createLabels(tables, counters);
  const outbox = createOutbox(tables, { clock, counters });
  const individuals = createIndividuals(tables);
  const { sightings, settle: settleSightings, mend: mendSightings } = createSightings(tables);

  const group = createGroupCommit({
    transact: async (write, bytes) => {
      try {
        await environment.write(() => {
          transaction.begin();
          followers.begin();
          isWriting = true;
          try {
            write();
            transaction.write();
          } finally {
            isWriting = false;
          }
        }, bytes);
        await environment.flushed();
      } catch (cause) {
        transaction.abandon();
        followers.abandon();
        settleSightings(false);
        throw cause;
      }
      transaction.confirm();
      followers.confirm();
      settleSightings(true);
    },
    windowMs: options.commitWindowMs ?? defaultCommitWindowMs,
    maxGroupBytes,
    monotonicNs: clock.monotonicNs,
  });
  const commit = <T>(write: () => T, bytes?: number): Promise<T> => {
    if (readOnly) return Promise.reject(new StoreError(`The store ${directory} is open for reading only`));
    if (closing !== null) return Promise.reject(new StoreError(`The store ${directory} is closed`));
    return group.commit(write, bytes);
  };
  const tableOf = (name: string): Table<never, unknown> | undefined =>
    Object.values(tables).find((table) => table.name === name) as Table<never, unknown> | undefined;
  let settingAside: Promise<void> | null = null;
  /** Moves what was found damaged out of its table, so that it is met once; never rejects. */
  const setAside = (): Promise<void> => {
    const found = damage.waiting();
    if (found.length === 0 || closing !== null) return Promise.resolve();
    settingAside ??= commit(() => {
      const moved = damage.setAside(found, tableOf);
      counters.add("damaged", moved.length);
      for (const { table, key, reason } of moved) journal.write("damage", { table, key, reason });
      if (found.some(({ table }) => table === tableNames.counters)) recount(tables, counters);
      else uncount(counters, moved);
    })
      .then(() => damage.settled(found))
      .catch((cause: unknown) =>
        log.error({ cause, values: found.length }, "damaged values could not be set aside"),
      )
      .finally(() => {
        settingAside = null;
      });
    return settingAside;
  };
  // Counts that are damaged are counted anew before anybody builds on them: this commit is the first of all.
  counters.list("");
  if (!readOnly) void setAside();

  return {
    directory,
    readOnly,
    id,
    frames,
    labels,
    detections: tables.detections,
    runs: tables.runs,
    outbox,
    journal,
    counters,
    notes: tables.notes,
    seen: tables,
    individuals,
    sightings,
    commit,
    keep: (entry) =>
      commit(() => {
        frames.add(entry.frame, entry.bytes);
        for (const document of entry.labels) labels.add(document);
        for (const detection of entry.detections)
          tables.detections.put([detection.imgId, detection.model, detection.index], detection);
        for (const draft of entry.deliveries) outbox.enqueue(draft);
      }, entry.bytes.byteLength),
    settle: () => group.settle(),
    follow: (table, follower) => followers.follow(tableNames[table], follower),
    commitStats: group.stats,
    givenUp: environment.givenUp,
    damaged: damage.list,
    verify: async () => {
      const before = damage.count();
      const read = await readAll(tables);
      await settingAside;
      await setAside();
      const mended = readOnly
        ? 0
        : await commit(() => {
            const count = reconcileOutbox(tables, outbox) + mendSightings();
            recount(tables, counters);
            return count;
          });
      return { read, damaged: damage.count() - before, mended };
    },
    fileBytes: () => environment.fileBytes(),
    close: () => {
      closing ??= (async () => {
        try {
          await group.settle();
          await environment.close();
        } finally {
          unlock();
        }
      })();
      return closing;
    },
  };
}

/** Reads every value once, so that damage is found. */
async function readAll(tables: StoreTables): Promise<number> {
  let read = 0;
  for (const table of Object.values(tables) as unknown as Table<never, unknown>[]) {
    for (const key of table.keys()) {
      table.get(key);
      read += 1;
      if (read % 256 === 0) await nextTurn();
    }
  }
  return read;
}

function lockFolder(directory: string, clock: Clock): { readonly release: () => void } {
  try {
    return takeWriterLock(directory, describeSelf(clock.now().bootId));
  } catch (cause) {
    if (cause instanceof StoreLocked) throw cause;
    throw new StoreError(`The store folder ${directory} cannot be written to: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function prepareFolder(directory: string, readOnly: boolean): void {
  try {
    if (readOnly) {
      if (!existsSync(join(directory, "data.mdb")))
        throw new StoreError(`There is no store in ${directory} yet (nothing was recorded there).`);
    } else makeFolder(directory);
    if (!statSync(directory).isDirectory()) throw new StoreError(`Expected ${directory} to be a folder.`);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(`The store folder ${directory} cannot be used: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function asStoreError(cause: unknown, directory: string): unknown {
  if (cause instanceof StoreError || cause instanceof StoreLocked) return cause;
  const { message: words, code } = cause as Error & { code?: unknown };
  const advice =
    cause instanceof DamagedFile
      ? `${words}; start the agent, which takes over what can be read of it, or see: outrider doctor`
      : cause instanceof NoDataFile || code === lmdbInvalid || code === lmdbVersionMismatch
        ? `${words}: data.mdb is not a store of this program; move it away or choose another folder`
        : code === lmdbCorrupted || code === lmdbPageNotFound
          ? `data.mdb is damaged (${words}); move it away to begin anew`
          : words;
  return new StoreError(`The store ${directory} cannot be opened: ${advice}`, { cause });
}

// Return codes of lmdb.h.
const lmdbInvalid = -30793;
const lmdbVersionMismatch = -30794;
const lmdbCorrupted = -30796;
const lmdbPageNotFound = -30797;
