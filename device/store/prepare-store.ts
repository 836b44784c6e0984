// Before a store is opened for writing by a process that nobody looks after: if the last life did not end well its data file is looked
// through, and a damaged one is set aside with what can be read of it taken over, so that no start dies of it again and again.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { formatImageId } from "../image-id.ts";
import type { Log } from "../log.ts";
import { badBeginning, findDamage, hasBeginning } from "./find-damage.ts";
import { noteEnd, noteStart, noteSurvival, readLives } from "./lives.ts";
import { writerOf } from "./lock.ts";
import { type Salvage, salvageData } from "./salvage.ts";
import type { Store } from "./store.ts";
import { DiskFailure } from "./write-guard.ts";

/** A damaged store and what became of it. */
export type SalvageReport = {
  /** What was found, at most some of it. */
  readonly reasons: readonly string[];
  /** Where the damaged file lies now. */
  readonly keptAs: string;
  /** What was taken over; null: there is no room for a second store, so the new one begins empty. */
  readonly salvage: Salvage | null;
};

/** Life: prepareStore → survived (a minute later) → ended (after the store was closed). */
export type StoreStart = {
  readonly salvaged: SalvageReport | null;
  readonly survived: () => void;
  readonly ended: () => void;
};

/** A start that lives for so long did not die of its store, ms. */
export const earlyMs = 60_000;
/** After so many lives that ended badly it is looked through thoroughly, however long they were. */
const thoroughEvery = 3;

const salvageFolder = "salvage";

export async function prepareStore(options: {
  directory: string;
  clock: Clock;
  log: Log;
}): Promise<StoreStart> {
  const { directory, clock } = options;
  const path = join(directory, "data.mdb");
  const start = (salvaged: SalvageReport | null): StoreStart => ({
    salvaged,
    survived: () => noteSurvival(directory),
    ended: () => noteEnd(directory),
  });
  // Who opens it next is told that somebody else writes to it.
  if (!existsSync(directory) || writerOf(directory, clock.now().bootId) !== null) return start(null);
  finishExchange(directory, path);
  const lives = readLives(directory);
  const isUnclean = lives.unclean > 0 || existsSync(join(directory, "writer.lock"));
  const thorough = lives.early > 0 || (lives.unclean > 0 && lives.unclean % thoroughEvery === 0);
  const isEmpty = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
  const reasons = isEmpty
    ? []
    : isUnclean
      ? findDamage(path, { thorough })
      : hasBeginning(path)
        ? []
        : [badBeginning];
  const salvaged = reasons.length === 0 ? null : await exchange(reasons, path, options);
  noteStart(directory, salvaged === null ? lives : { early: 0, unclean: 0 });
  return start(salvaged);
}

/** Books a salvage in the store that came of it, and puts right what lacks its other half. */
export async function bookSalvage(store: Store, report: SalvageReport): Promise<void> {
  const { mended } = await store.verify();
  await store.commit(() => {
    store.counters.add("salvaged", 1);
    store.journal.write("store.salvaged", { ...report, mended });
  });
}

async function exchange(
  reasons: readonly string[],
  path: string,
  { directory, clock, log }: { directory: string; clock: Clock; log: Log },
): Promise<SalvageReport> {
  log.error({ store: directory, reasons }, "the data file is damaged; what can be read of it is taken over");
  const salvage = hasRoomFor(path) ? await salvageUnlessFull(path, join(directory, salvageFolder)) : null;
  const keptAs = `${path}.damaged-${formatImageId(clock.now().wallUs)}`;
  renameSync(path, keptAs);
  finishExchange(directory, path);
  if (salvage === null)
    log.error(
      { keptAs },
      "there is no room to take anything over: the new store begins empty, the old one is kept",
    );
  else log.warn({ keptAs, ...salvage }, "what could be read of the damaged store was taken over");
  return { reasons, keptAs, salvage };
}

/** The new file takes the place of the damaged one; also when the power went between the two. */
function finishExchange(directory: string, path: string): void {
  const folder = join(directory, salvageFolder);
  const made = join(folder, "data.mdb");
  const wasSetAside = readdirSync(directory).some((name) => name.startsWith("data.mdb.damaged-"));
  if (!existsSync(path) && wasSetAside) {
    // Those who still read the damaged file have its lock file open, too; the new one begins with its own.
    rmSync(`${path}-lock`, { force: true });
    if (existsSync(made)) renameSync(made, path);
    flushFolder(directory);
  }
  rmSync(folder, { recursive: true, force: true });
}

function flushFolder(directory: string): void {
  const folder = openSync(directory, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** null: the room was not enough after all. */
async function salvageUnlessFull(path: string, into: string): Promise<Salvage | null> {
  try {
    return await salvageData(path, into);
  } catch (cause) {
    if (!(cause instanceof DiskFailure)) throw cause;
    rmSync(into, { recursive: true, force: true });
    return null;
  }
}

/** A store is copied with its holes filled, and other tables of the same size may come to be. */
function hasRoomFor(path: string): boolean {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize > statSync(path).size * 1.1 + 16 * 2 ** 20;
}
