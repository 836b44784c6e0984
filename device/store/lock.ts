// One writer at a time: a lock file that names its holder and is taken over only when that process is gone.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who holds a store. */
export type LockHolder = {
  readonly pid: number;
  /** Kernel start time of the process (clock ticks), so that a re-used pid is not mistaken for it; null where /proc is missing. */
  readonly startTicks: string | null;
  readonly bootId: string;
  /** For a person: the command line. */
  readonly command: string;
  readonly since: string;
};

/** Another process writes to this store. */
export class StoreLocked extends Error {
  override readonly name = "StoreLocked";
}

/** Takes the writer lock of a store folder. @throws StoreLocked with the holder's pid and command. */
export function takeWriterLock(directory: string, self: LockHolder): { readonly release: () => void } {
  const path = join(directory, "writer.lock");
  const mine = `${path}.${self.pid}.${process.hrtime.bigint()}`;
  writeFileSync(mine, JSON.stringify(self), { flag: "wx", flush: true });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        // link() fails when the name exists: the one atomic "create with content" that a file system has.
        linkSync(mine, path);
        return { release: releaseOnce(path, self) };
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      }
      const holder = readHolder(path);
      if (holder !== null && isAlive(holder, self.bootId)) {
        throw new StoreLocked(
          `The store ${directory} is being written by process ${holder.pid} (${holder.command}) since ${holder.since}. ` +
            "Stop it first, or read the store with a command that does not write (stats, search).",
        );
      }
      removeStale(path, `${mine}.stale`, holder);
    }
    throw new StoreLocked(
      `The store ${directory} could not be locked: another process keeps taking ${path}.`,
    );
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Who writes to the store now; null when nobody does. */
export function writerOf(directory: string, bootId: string): LockHolder | null {
  const holder = readHolder(join(directory, "writer.lock"));
  return holder !== null && isAlive(holder, bootId) ? holder : null;
}

/** Describes this process for the lock file. */
export function describeSelf(bootId: string): LockHolder {
  return {
    pid: process.pid,
    startTicks: startTicksOf(process.pid),
    bootId,
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

/** Moves a dead holder's file away; when another process was quicker and we moved *its* file, it is put back. */
function removeStale(path: string, aside: string, expected: LockHolder | null): void {
  try {
    renameSync(path, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw cause;
  }
  const moved = readHolder(aside);
  if (JSON.stringify(moved) !== JSON.stringify(expected)) {
    try {
      linkSync(aside, path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
  }
  rmSync(aside, { force: true });
}

function readHolder(path: string): LockHolder | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LockHolder;
  } catch {
    // Missing, or a torn file of a machine that lost power: nobody is known to hold it.
    return null;
  }
}

/** Whether that very process lives. One that ended, and waits for its parent to notice, holds nothing any more. */
export function isAlive(holder: Pick<LockHolder, "pid" | "startTicks" | "bootId">, bootId: string): boolean {
  if (holder.bootId !== bootId && holder.startTicks !== null) return false;
  const ticks = startTicksOf(holder.pid);
  if (ticks !== null) return ticks === holder.startTicks;
  try {
    process.kill(holder.pid, 0);
    // Ours, so /proc would show it: it is a zombie, or there is no /proc.
    return holder.startTicks === null;
  } catch (cause) {
    // Another user's, whom /proc does not show (hidepid, ProtectProc=).
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); the command name before it may hold spaces and brackets. null: no such process, or a zombie. */
function startTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return "ZX".includes(state) ? null : (fields[18] ?? null);
  } catch {
    return null;
  }
}
