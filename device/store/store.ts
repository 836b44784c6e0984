// The store: frames, labels, detections, runs, outbox, receipts and journal on one lmdb environment, with the five promises of the README beside it.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ulid } from "ulid";
import type { Clock } from "../clock.ts";
import type { Detection } from "../detection.ts";
import type { FrameRecord } from "../frame.ts";
import type { LabelDocument } from "../label.ts";
import type { Log } from "../log.ts";
import type { RunRecord } from "../run.ts";
import { schemaVersion } from "./codec.ts";
import { type Counters, createCounters } from "./counters.ts";
import { type Environment, openEnvironment } from "./environment.ts";
import { createFrames, type Frames } from "./frames.ts";
import { type CommitStats, createGroupCommit } from "./group-commit.ts";
import { createJournal, type Journal, type JournalEntry } from "./journal.ts";
import { createLabels, type Labels } from "./labels.ts";
import { describeSelf, takeWriterLock } from "./lock.ts";
import {
  createOutbox,
  type Outbox,
  type OutboxDraft,
  type OutboxEntry,
  type ParkedEntry,
  type Receipt,
} from "./outbox.ts";
import { bytesTable, jsonTable, type OnDamage, type Table } from "./table.ts";

/** The store cannot be opened: foreign, newer, no permission. The message says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** A frame with all that becomes visible together with it. */
export type FrameEntry = {
  readonly frame: FrameRecord;
  readonly bytes: Uint8Array;
  readonly labels: readonly LabelDocument[];
  readonly detections: readonly Detection[];
  readonly deliveries: readonly OutboxDraft[];
};

/** A value that was set aside because it could not be trusted. */
export type DamagedEntry = {
  readonly table: string;
  readonly key: unknown;
  readonly reason: string;
  readonly rawBase64: string;
  readonly foundAtUs: number;
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
  /** Small facts of other rooms (request ids, cursors), by name. */
  readonly notes: Table<string, unknown>;
  /**
   * Runs `write` with the others of the commit window in one transaction. Resolves when it is on disk; on a throw nothing of it stays.
   * @param bytes what it will write, roughly: a large group is committed early.
   */
  readonly commit: <T>(write: () => T, bytes?: number) => Promise<T>;
  /** Keeps a frame with its labels, detections and outbox entries, all or nothing; acknowledged when it resolves. */
  readonly keep: (entry: FrameEntry) => Promise<void>;
  /** Commits what waits and resolves when it is on disk. */
  readonly settle: () => Promise<void>;
  readonly commitStats: () => CommitStats;
  /** Values set aside as damaged, newest first. */
  readonly damaged: () => readonly DamagedEntry[];
  /** Reads every value and sets damaged ones aside; returns how many were read and how many were bad. */
  readonly verify: () => Promise<{ readonly read: number; readonly damaged: number }>;
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
};

/** The group-commit window that holds when nobody says otherwise, ms. */
export const defaultCommitWindowMs = 100;
const maxGroupBytes = 8 * 1024 * 1024;

/** Opens (or makes) the store in a folder. @throws StoreError, StoreLocked */
export function openStore(options: OpenStoreOptions): Store {
  const { directory, clock, log } = options;
  const readOnly = options.readOnly ?? false;
  prepareFolder(directory, readOnly);
  const lock = readOnly ? null : takeWriterLock(directory, describeSelf(clock.now().bootId));
  let environment: Environment;
  try {
    environment = openData(directory, readOnly);
  } catch (cause) {
    lock?.release();
    throw cause;
  }
  let writing = 0;
  let closing: Promise<void> | null = null;
  const assertWriting = (): void => {
    if (writing === 0) throw new Error("A write to the store outside a commit");
  };
  let damageFound: Parameters<OnDamage>[0][] = [];
  const onDamage: OnDamage = (damage) => {
    log.error(
      { table: damage.table, key: damage.key, reason: damage.reason },
      "a stored value is damaged; it is set aside",
    );
    damageFound.push(damage);
    if (!readOnly && closing === null) queueMicrotask(() => void setAside());
  };
  const json = <K extends string | number | (string | number)[], V>(name: string): Table<K, V> =>
    jsonTable<K, V>(environment.table<K>(name), { name, onDamage, assertWriting });

  const counters = createCounters(json<string, number>("counters"));
  const notes = json<string, unknown>("notes");
  const meta = json<string, { version: number; id: string; createdAtUs: number }>("meta");
  const damagedTable = json<string, DamagedEntry>("damaged");
  const journal = createJournal(json<number, JournalEntry>("journal"), { clock, counters });
  const records = json<string, FrameRecord>("frames");
  const pictures = bytesTable<string>(environment.table("pictures"), {
    name: "pictures",
    onDamage,
    assertWriting,
  });
  const frames = createFrames({ records, pictures }, counters);
  const documents = json<[string, string], LabelDocument>("labels");
  const labels = createLabels({ documents, owners: json<string, string>("label-owners") }, counters);
  const detections = json<[string, string, number], Detection>("detections");
  const runs = json<string, RunRecord>("runs");
  const outboxTables = {
    queue: json<[string, number, number], OutboxEntry>("outbox"),
    waiting: json<[string, string, string], { lane: number; sequence: number }>("outbox-waiting"),
    receipts: json<[string, string, string], Receipt>("receipts"),
    parked: json<[string, string, string], ParkedEntry>("outbox-parked"),
  };
  const outbox = createOutbox(outboxTables, { clock, counters });
  const tables: readonly Table<never, unknown>[] = [
    records,
    pictures,
    documents,
    detections,
    runs,
    ...Object.values(outboxTables),
  ] as never;

  const group = createGroupCommit({
    environment,
    windowMs: options.commitWindowMs ?? defaultCommitWindowMs,
    maxGroupBytes,
    monotonicNs: clock.monotonicNs,
  });
  const commit = <T>(write: () => T, bytes?: number): Promise<T> => {
    if (readOnly) return Promise.reject(new StoreError(`The store ${directory} is open for reading only`));
    if (closing !== null) return Promise.reject(new StoreError(`The store ${directory} is closed`));
    return group.commit(() => {
      writing += 1;
      try {
        return write();
      } finally {
        writing -= 1;
      }
    }, bytes);
  };
  /** Moves what was found damaged out of its table, so that it is met once. */
  const setAside = async (): Promise<void> => {
    const found = damageFound;
    damageFound = [];
    if (found.length === 0) return;
    await commit(() => {
      for (const { table, key, reason, raw } of found) {
        const kept = raw.subarray(0, 64 * 1024).toString("base64");
        const number = String(counters.add("damaged", 1)).padStart(12, "0");
        damagedTable.put(number, { table, key, reason, rawBase64: kept, foundAtUs: clock.now().wallUs });
        tables.find((each) => each.name === table)?.remove(key as never);
        journal.write("damage", { table, key, reason });
      }
    }).catch((cause: unknown) => log.error({ cause }, "damaged values could not be set aside"));
  };

  const id = openMeta(meta, {
    directory,
    readOnly,
    clock,
    environment,
    within: (write) => {
      writing += 1;
      try {
        return write();
      } finally {
        writing -= 1;
      }
    },
  });

  return {
    directory,
    readOnly,
    id,
    frames,
    labels,
    detections,
    runs,
    outbox,
    journal,
    counters,
    notes,
    commit,
    keep: (entry) =>
      commit(() => {
        frames.add(entry.frame, entry.bytes);
        for (const document of entry.labels) labels.add(document);
        for (const detection of entry.detections)
          detections.put([detection.imgId, detection.model, detection.index], detection);
        for (const draft of entry.deliveries) outbox.enqueue(draft);
      }, entry.bytes.byteLength),
    settle: () => group.settle(),
    commitStats: group.stats,
    damaged: () => [...damagedTable.range({ reverse: true, limit: 1000 })].map(({ value }) => value),
    verify: async () => {
      const before = counters.get("damaged");
      let read = 0;
      let bad = 0;
      for (const table of tables) {
        for (const key of table.keys()) {
          read += 1;
          const had = damageFound.length;
          if (table.get(key) === null && damageFound.length > had) bad += 1;
        }
      }
      await setAside();
      return { read, damaged: readOnly ? bad : Math.max(bad, counters.get("damaged") - before) };
    },
    fileBytes: () => environment.fileBytes(),
    close: () => {
      closing ??= (async () => {
        await group.settle();
        await environment.close();
        lock?.release();
      })();
      return closing;
    },
  };
}

function prepareFolder(directory: string, readOnly: boolean): void {
  try {
    if (readOnly) {
      if (!existsSync(join(directory, "data.mdb")))
        throw new StoreError(`There is no store in ${directory} yet (nothing was recorded there).`);
    } else mkdirSync(directory, { recursive: true });
    if (!statSync(directory).isDirectory()) throw new StoreError(`Expected ${directory} to be a folder.`);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(`The store folder ${directory} cannot be used: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function openData(directory: string, readOnly: boolean): Environment {
  try {
    return openEnvironment(directory, { readOnly });
  } catch (cause) {
    const words = (cause as Error).message;
    const advice = /INVALID|VERSION_MISMATCH|not an LMDB/i.test(words)
      ? "data.mdb is not a store of this program; move it away or choose another folder"
      : words;
    throw new StoreError(`The store ${directory} cannot be opened: ${advice}`, { cause });
  }
}

/** Reads or writes the store's identity. @throws StoreError for a store of a newer program. */
function openMeta(
  meta: Table<string, { version: number; id: string; createdAtUs: number }>,
  deps: {
    directory: string;
    readOnly: boolean;
    clock: Clock;
    environment: Environment;
    within: <T>(write: () => T) => T;
  },
): string {
  const found = meta.get("store");
  if (found !== null) {
    if (found.version > schemaVersion) {
      throw new StoreError(
        `The store ${deps.directory} was written by a newer outrider (schema ${found.version}, this one knows ${schemaVersion}). Update this program; the store was not touched.`,
      );
    }
    return found.id;
  }
  if (deps.readOnly) return "";
  const made = { version: schemaVersion, id: ulid(), createdAtUs: deps.clock.now().wallUs };
  deps.within(() => meta.put("store", made));
  return made.id;
}
