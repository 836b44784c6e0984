// The disk under the store: how much is free, and how many hours of capture that is.
import { statfsSync } from "node:fs";

export type DiskSpace = { readonly freeBytes: number; readonly totalBytes: number };

/** Free and total bytes of the file system of `path`, as an ordinary user sees them. */
export function readDiskSpace(path: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** Hours until `freeBytes` are used at the present rate; null when nothing is being written. */
export function hoursLeft(freeBytes: number, bytesPerSecond: number): number | null {
  return bytesPerSecond <= 0 ? null : Math.max(0, freeBytes) / bytesPerSecond / 3600;
}
