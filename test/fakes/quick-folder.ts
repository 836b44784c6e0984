// A folder for a test that is about what is written, not about the disk: in memory where the machine offers that, for each commit of a store
// waits for the disk, and beside other tests that takes most of the time. What a killed process wrote is there all the same.
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

const inMemory = "/dev/shm";
/** Containers give as little as 64 MiB of it, which is soon full. */
const leastFreeBytes = 1024 ** 3;

/** Made now, removed with the test. @param prefix of its name: `outrider-import-` */
export function makeQuickFolder(t: Pick<TestContext, "after">, prefix: string): string {
  const folder = mkdtempSync(join(hasMemory() ? inMemory : tmpdir(), prefix));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function hasMemory(): boolean {
  try {
    accessSync(inMemory, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize >= leastFreeBytes;
  } catch {
    return false; // Not Linux, or not offered here.
  }
}
