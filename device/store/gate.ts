// One process at a time opens or closes an environment of lmdb. The last one that closes destroys the mutexes in lmdb's lock file;
// who opens in that very moment gets them destroyed, and so does everybody after it until all have left (lmdb-js 3.5: "No transaction
// to renew", "Attempting to setup locks"). lmdb has no lock against it, so there is one of our own around both.
import { readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { readBootId } from "../clock.ts";
import { describeSelf, isAlive, type LockHolder } from "./lock.ts";

/** A link whose target says who is inside: made at one stroke, whole or not at all, and it takes no room on a full disk. */
export const gateName = "opening";

/** Who is inside for longer is stopped, or its disk is; waiting on would keep the agent from starting. */
const patienceMs = 10_000;
const pauseMs = 2;

type Inside = Pick<LockHolder, "pid" | "startTicks" | "bootId">;

/**
 * Waits until no other process opens or closes the environment of `directory`, and keeps them out; returns how to leave. It blocks the
 * thread, as opening an environment does. Never fails: where no gate can be made (no permission, a read-only or full disk), or who is
 * inside stays longer than `patience` ms, it goes on without.
 */
export function enterGate(directory: string, patience: number = patienceMs): () => void {
  const path = join(directory, gateName);
  const self = describeSelf(readBootId());
  const mine = textOf(self);
  const giveUpNs = process.hrtime.bigint() + BigInt(Math.round(patience * 1e6));
  do {
    try {
      symlinkSync(mine, path);
      return leaveOnce(path, mine);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") return goOn;
    }
    const inside = readText(path);
    if (inside === mine) return goOn; // This process closes one environment while it opens the next; within it lmdb keeps order.
    if (inside !== null && !isInside(inside, self.bootId)) removeStale(path, inside);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  } while (process.hrtime.bigint() < giveUpNs);
  return goOn;
}

const goOn = (): void => undefined;

function leaveOnce(path: string, mine: string): () => void {
  let left = false;
  return () => {
    if (left) return;
    left = true;
    try {
      if (readText(path) === mine) rmSync(path, { force: true });
    } catch {
      // A disk that became read-only keeps the link; it names a process that will be gone.
    }
  };
}

/** Moves away what a killed process left; when another was quicker and we moved *its* link, it is put back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const moved = readText(aside);
    if (moved !== null && moved !== stale) symlinkSync(moved, path);
  } catch {
    // Another one removed it, or took its place: the next attempt sees.
  } finally {
    rmSync(aside, { force: true });
  }
}

function textOf({ pid, startTicks, bootId }: Inside): string {
  return `${pid} ${startTicks ?? "-"} ${bootId}`;
}

function isInside(text: string, bootId: string): boolean {
  const [pid, ticks, boot = ""] = text.split(" ");
  return isAlive(
    { pid: Number(pid), startTicks: ticks === "-" ? null : (ticks ?? ""), bootId: boot },
    bootId,
  );
}

/** null: nobody is inside by now. */
function readText(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // EINVAL: a file of that name is none of ours, and is as good as somebody who never leaves.
    if (code === "ENOENT" || code === "EINVAL") return null;
    throw cause;
  }
}
