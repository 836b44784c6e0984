// Takes what can be read of a damaged store into a new one: every value whose seal is whole, with its key, wherever it lies. The
// damaged file is only read. What it costs is the room of a second store.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FrameRecord } from "../frame.ts";
import { makeFolder } from "../make-folder.ts";
import { DamagedValue, NewerValue, openBytes, openJson, sealJson } from "./codec.ts";
import { createPageSet, type DataFile, openDataFile, type PageSet, walkTree } from "./data-file.ts";
import { noPage, type TreeRecord } from "./data-page.ts";
import { type Database, type Environment, openEnvironment } from "./environment.ts";
import { tableNameOf } from "./find-damage.ts";
import { findLostPictures, findOrphanPages, readOrphans } from "./orphans.ts";
import { metaTable, tableNames } from "./store-tables.ts";

/** What became of the values of a damaged store. */
export type Salvage = {
  /** Values taken over. */
  readonly values: number;
  /** Of those: from pages that nothing led to any more. */
  readonly orphans: number;
  /** Values whose seal is broken: left behind. */
  readonly damaged: number;
  /** Places in the file that cannot be right. */
  readonly badPlaces: number;
};

/** Values of one transaction, at most, and their bytes. */
const batchValues = 2_000;
const batchBytes = 8 * 2 ** 20;

/**
 * Reads `path` and writes a new data file in the folder `into`, which is made anew. @throws DiskFailure when there is no room.
 */
export async function salvageData(path: string, into: string): Promise<Salvage> {
  rmSync(into, { recursive: true, force: true });
  makeFolder(into);
  const file = openDataFile(path);
  const target = openEnvironment(into);
  try {
    return await copyAll(file, target);
  } finally {
    file.close();
    await target.flushed();
    await target.close();
    rmSync(join(into, "data.mdb-lock"), { force: true });
  }
}

async function copyAll(file: DataFile, target: Environment): Promise<Salvage> {
  const seen = createPageSet(file.pages);
  let badPlaces = 0;
  const onBad = (): void => {
    badPlaces += 1;
  };
  const walk = { seen, leaves: true, guess: true, onBad };
  const writer = createWriter(target);
  const known = new Set<string>([...Object.values(tableNames), metaTable]);
  for (const [name, tree] of findTables(file, walk)) {
    if (!known.has(name)) continue;
    for (const node of walkTree(file, tree, walk)) {
      const sealed = file.valueOf(node);
      if (node.value.kind === "overflow" && sealed !== null) seen.add(node.value.page);
      if (sealed !== null) await writer.put(name, node.key, sealed);
    }
    known.delete(name);
  }
  await writer.end();
  const orphans =
    badPlaces + writer.figures().damaged === 0
      ? 0
      : (await copyOrphans(file, { seen, writer, target })) +
        (await copyLostPictures(file, { seen, writer, target }));
  await restoreOwners(target);
  const { values, damaged } = writer.figures();
  return { values, damaged, orphans, badPlaces };
}

/** A label is found by its fingerprint through a table of its own, which follows from the labels. */
async function restoreOwners(target: Environment): Promise<void> {
  const labels = target.table<[string, string]>(tableNames.documents);
  const owners = target.table<string>(tableNames.owners);
  const missing: [string, string][] = [];
  for (const [imgId, fingerprint] of labels.getKeys({}))
    if (!owners.doesExist(fingerprint)) missing.push([imgId, fingerprint]);
  for (let from = 0; from < missing.length; from += batchValues)
    await target.write(() => {
      for (const [imgId, fingerprint] of missing.slice(from, from + batchValues))
        owners.putSync(fingerprint, sealJson(imgId));
    });
}

/** The tables and where they begin; when nothing leads there, from the newest page that lists tables. */
function findTables(file: DataFile, walk: Parameters<typeof walkTree>[2]): readonly [string, TreeRecord][] {
  const list = (root: number): [string, TreeRecord][] => {
    const found: [string, TreeRecord][] = [];
    for (const { key, value } of walkTree(file, { root }, walk))
      if (value.kind === "tree") found.push([tableNameOf(key), value.tree]);
    return found;
  };
  const byMeta = file.meta === null ? [] : list(file.meta.main.root);
  if (byMeta.length > 0) return byMeta;
  walk.onBad(0);
  let newest = { number: noPage, transaction: -1 };
  for (let number = 2; number < file.pages; number += 1) {
    const page = file.page(number);
    if (page?.kind !== "leaf" || page.transaction <= newest.transaction) continue;
    if (page.nodes.some(({ value, key }) => value.kind === "tree" && tableNameOf(key) === tableNames.records))
      newest = { number, transaction: page.transaction };
  }
  return list(newest.number);
}

/**
 * What is on pages without an owner, the newest first; never over what a tree led to. Pages that the file calls free hold what was
 * there once, and also what was dropped since: of them only the missing half of what is there still.
 */
async function copyOrphans(
  file: DataFile,
  { seen, writer, target }: { seen: PageSet; writer: Writer; target: Environment },
): Promise<number> {
  const { records, pictures } = {
    records: target.table<string>(tableNames.records),
    pictures: target.table<string>(tableNames.pictures),
  };
  const isHalf = (table: string, imgId: string): boolean =>
    table === tableNames.records
      ? pictures.doesExist(imgId)
      : (table === tableNames.pictures || table === tableNames.documents) && records.doesExist(imgId);
  let orphans = 0;
  const free = freePages(file);
  const pages = findOrphanPages(file, seen);
  for (const wasFree of [false, true])
    for (const page of pages.filter((each) => free.has(each) === wasFree)) {
      for (const { table, key, sealed } of readOrphans(file, page)) {
        if (writer.has(table, key)) continue;
        if (wasFree && !isHalf(table, key.toString("latin1", 0, imgIdBytes))) continue;
        await writer.put(table, key, sealed);
        orphans += 1;
      }
      // What was put has to be there for the next page to see.
      await writer.end();
    }
  return orphans;
}

/** Keys of what belongs to a frame begin with its img_id. */
const imgIdBytes = 24;

/** Frames whose picture is there, but not found by its key. */
async function copyLostPictures(
  file: DataFile,
  { seen, writer, target }: { seen: PageSet; writer: Writer; target: Environment },
): Promise<number> {
  const wanted = new Map<string, string>();
  const pictures = target.table<string>(tableNames.pictures);
  const records = target.table<string>(tableNames.records);
  for (const imgId of records.getKeys({})) {
    if (pictures.doesExist(imgId)) continue;
    wanted.set(openJson<FrameRecord>(records.get(imgId)!).sha256, imgId);
  }
  let found = 0;
  for (const { table, key, sealed } of findLostPictures(file, { seen, wanted })) {
    await writer.put(table, key, sealed);
    found += 1;
  }
  await writer.end();
  return found;
}

/** Pages the file itself calls free; none where that cannot be read. */
function freePages(file: DataFile): PageSet {
  const free = createPageSet(file.pages);
  if (file.meta === null) return free;
  const walk = { seen: createPageSet(file.pages), leaves: true, onBad: () => undefined };
  for (const node of walkTree(file, file.meta.free, walk)) {
    const list = file.valueOf(node);
    for (let at = 8; at + 8 <= (list?.length ?? 0); at += 8) {
      const page = Number(list!.readBigInt64LE(at));
      if (page >= 2 && page < file.pages) free.add(page);
    }
  }
  return free;
}

type Writer = {
  readonly put: (table: string, key: Buffer, sealed: Buffer) => Promise<void>;
  readonly has: (table: string, key: Buffer) => boolean;
  /** Commits what waits. */
  readonly end: () => Promise<void>;
  readonly figures: () => { readonly values: number; readonly damaged: number };
};

function createWriter(target: Environment): Writer {
  const tables = new Map<string, Database<Buffer, Buffer>>();
  const tableOf = (name: string): Database<Buffer, Buffer> => {
    const table = tables.get(name) ?? target.rawTable(name);
    tables.set(name, table);
    return table;
  };
  let batch: (() => void)[] = [];
  let bytes = 0;
  let values = 0;
  let damaged = 0;
  const end = async (): Promise<void> => {
    if (batch.length === 0) return;
    const puts = batch;
    const size = bytes;
    batch = [];
    bytes = 0;
    await target.write(() => {
      for (const put of puts) put();
    }, size);
    await nextTurn();
  };
  return {
    has: (table, key) => tableOf(table).doesExist(key),
    put: async (name, key, sealed) => {
      if (!isWhole(sealed) || key.length === 0) {
        damaged += 1;
        return;
      }
      const table = tableOf(name);
      // The page's buffer would be kept as a whole.
      const own = Buffer.from(key);
      batch.push(() => void table.putSync(own, sealed));
      bytes += sealed.length + own.length;
      values += 1;
      if (batch.length >= batchValues || bytes >= batchBytes) await end();
    },
    end,
    figures: () => ({ values, damaged }),
  };
}

function isWhole(sealed: Buffer): boolean {
  try {
    openBytes(sealed);
    return true;
  } catch (cause) {
    if (cause instanceof NewerValue) return true;
    if (cause instanceof DamagedValue) return false;
    throw cause;
  }
}
