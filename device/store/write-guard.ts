// Looks whether the disk will take a commit before lmdb finds out the hard way: its error path for a failed write puts a message of
// up to 126 bytes into 100 (lmdb-js 3.5), which can kill the process. So a full disk is met with room that was set aside beforehand,
// and after a failure a plain file has to be writable before lmdb writes again.
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** The disk did not take a transaction. */
export class DiskFailure extends Error {
  override readonly name = "DiskFailure";
}

export type WriteGuard = {
  /** Before a commit of roughly `bytes`. @throws DiskFailure when the disk would not take it. */
  readonly admit: (bytes: number) => void;
  /** The commit failed in lmdb all the same. */
  readonly failed: () => void;
  readonly succeeded: () => void;
};

/** With more free than this nothing is set aside, bytes. */
const plentyBytes = 64 * 2 ** 20;
/** Room behind the used end of the data file for what has to be written when the disk is full: drops, receipts, the journal. */
const reserveBytes = 2 * 2 ** 20;
/** A transaction writes its tree pages anew, and each value in whole pages. */
const overheadBytes = 512 * 2 ** 10;
const chunkBytes = 256 * 2 ** 10;

/** @param usedBytes end of what lmdb uses of its data file. */
export function createWriteGuard(path: string, directory: string, usedBytes: () => number): WriteGuard {
  let isSuspicious = false;
  return {
    admit: (bytes) => {
      const neededBytes = Math.ceil(bytes * 1.25) + overheadBytes;
      try {
        // Also for the superuser the answer of a file system that became read-only is no.
        accessSync(path, constants.W_OK);
        if (isSuspicious) tryWriting(join(directory, `write-test.${process.pid}`), neededBytes);
        const { bavail, bsize } = statfsSync(directory);
        if (bavail * bsize < plentyBytes + neededBytes) setAside(path, usedBytes(), neededBytes);
      } catch (cause) {
        throw cause instanceof DiskFailure ? cause : diskFailure(directory, cause);
      }
    },
    failed: () => {
      isSuspicious = true;
    },
    succeeded: () => {
      isSuspicious = false;
    },
  };
}

/** Names what the disk said, and how full it is. */
export function diskFailure(directory: string, cause: unknown): DiskFailure {
  return new DiskFailure(
    `The disk did not take a commit in ${directory}: ${wordsOf(cause)}; ${describeRoom(directory)}`,
    { cause },
  );
}

/** EDQUOT of Linux, which Node.js calls unknown. */
const quotaErrno = -122;

function wordsOf(cause: unknown): string {
  const { errno, message } = cause as NodeJS.ErrnoException;
  return errno === quotaErrno ? `EDQUOT: the quota of this user is used up (${message})` : message;
}

function describeRoom(directory: string): string {
  try {
    const { bavail, bsize } = statfsSync(directory);
    const freeMb = Math.floor((bavail * bsize) / 1e6);
    return freeMb < 8 ? `the disk is full (${freeMb} MB free)` : `${freeMb} MB are free`;
  } catch (cause) {
    return `the disk is gone (${(cause as Error).message})`;
  }
}

function tryWriting(path: string, bytes: number): void {
  const file = openSync(path, "w");
  try {
    fill(file, 0, Math.min(bytes, 16 * 2 ** 20));
    fsyncSync(file);
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

/** Makes the data file as long as this commit and a reserve need; a disk that has no room for both has to have it for the commit. */
function setAside(path: string, usedBytes: number, neededBytes: number): void {
  const file = openSync(path, "r+");
  try {
    const { size } = fstatSync(file);
    try {
      if (size < usedBytes + neededBytes + reserveBytes)
        fill(file, size, usedBytes + neededBytes + reserveBytes);
    } catch (cause) {
      const reached = fstatSync(file).size;
      if (reached < usedBytes + neededBytes) {
        // The disk's last bytes are of more use to others than to a commit that is refused.
        ftruncateSync(file, size);
        throw cause;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Writes zeros, for a hole in a file is no room. */
function fill(file: number, from: number, to: number): void {
  const zeros = Buffer.alloc(chunkBytes);
  for (let at = from; at < to; ) at += writeSync(file, zeros, 0, Math.min(chunkBytes, to - at), at);
}
