// One writer at a time: a lock file that names its holder and is taken over only when that process is gone.
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Identity, identifySelf, isAlive } from "./process-identity.ts";
import { removeDead, rest } from "./remove-dead.ts";

/** Who holds a store. */
export type LockHolder = Identity & {
  /** For a person: the command line. */
  readonly command: string;
  readonly since: string;
};

/** Another process writes to this store. */
export class StoreLocked extends Error {
  override readonly name = "StoreLocked";
  /** Process id of who writes; null: not known. */
  readonly pid: number | null;
  constructor(message: string, pid: number | null = null) {
    super(message);
    this.pid = pid;
  }
}

/** How long others may take to remove what a dead holder left, and the rest between two looks, ms. */
const patienceMs = 5_000;
const pauseMs = 2;

/** Takes the writer lock of a store folder. @throws StoreLocked with the holder's pid and command. */
export function takeWriterLock(directory: string, self: LockHolder): { readonly release: () => void } {
  const path = join(directory, "writer.lock");
  const mine = `${path}.${self.pid}.${process.hrtime.bigint()}`;
  const giveUpMs = performance.now() + patienceMs;
  writeFileSync(mine, JSON.stringify(self), { flag: "wx", flush: true });
  try {
    do {
      if (tryName(mine, path)) return { release: releaseOnce(path, self) };
      const holder = readHolder(path);
      if (holder !== null && isAlive(holder, self.bootId)) throw lockedBy(holder, directory);
      removeDead(path, self.bootId, () => existsSync(path) && writerOf(directory, self.bootId) === null);
      if (existsSync(path)) rest(pauseMs);
    } while (performance.now() < giveUpMs);
    throw new StoreLocked(
      `The store ${directory} could not be locked: another process keeps taking ${path}.`,
    );
  } finally {
    rmSync(mine, { force: true });
  }
}

/** link() fails when the name exists: the one atomic "create with content" that a file system has. false: it exists. */
function tryName(file: string, name: string): boolean {
  try {
    linkSync(file, name);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

function lockedBy({ pid, command, since }: LockHolder, directory: string): StoreLocked {
  return new StoreLocked(
    `The store ${directory} is being written by process ${pid} (${command}) since ${since}. ` +
      "Stop it first, or read the store with a command that does not write (stats, search).",
    pid,
  );
}

/** Who writes to the store now; null when nobody does. */
export function writerOf(directory: string, bootId: string): LockHolder | null {
  const holder = readHolder(join(directory, "writer.lock"));
  return holder !== null && isAlive(holder, bootId) ? holder : null;
}

/** Describes this process for the lock file. */
export function describeSelf(bootId: string): LockHolder {
  return {
    ...identifySelf(bootId),
    command: process.argv.slice(1, 4).join(" ").slice(0, 200),
    since: new Date().toISOString(),
  };
}

function releaseOnce(path: string, self: LockHolder): () => void {
  let released = false;
  return () => {
    if (released) return;
    released = true;
    const holder = readHolder(path);
    if (holder?.pid !== self.pid || holder.startTicks !== self.startTicks) return;
    try {
      rmSync(path, { force: true });
    } catch (cause) {
      // A disk that became read-only keeps the file; it names a process that will be gone, so it is taken over then.
      if ((cause as NodeJS.ErrnoException).code !== "EROFS") throw cause;
    }
  };
}

function readHolder(path: string): LockHolder | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LockHolder;
  } catch {
    // Missing, or a torn file of a machine that lost power: nobody is known to hold it.
    return null;
  }
}
