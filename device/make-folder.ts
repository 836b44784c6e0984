// Makes a folder with those above it, one at a time: Node.js 20 tries for ever where a file system takes no folders (/proc).
import { mkdirSync, type Stats, statSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Makes `path` and what is missing above it; one that is there is left as it is. @throws Error with the path and the reason. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !isFolder(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (cause) {
      if (isTaken(cause) && isFolder(folder)) continue;
      throw isMissing(cause) && isFolder(dirname(folder)) ? takesNone(folder, path) : cause;
    }
  }
}

/**
 * As makeFolder, for places that may answer late (a share, a drive that wakes up): nothing else waits for them.
 * Resolves with the folders made, the topmost first.
 */
export async function makeFolderAsync(path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let at = resolve(path); !(await isFolderAsync(at)); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      await mkdir(folder);
    } catch (cause) {
      if (isTaken(cause) && (await isFolderAsync(folder))) continue;
      throw isMissing(cause) && (await isFolderAsync(dirname(folder))) ? takesNone(folder, path) : cause;
    }
  }
  return missing;
}

/** Another process was quicker. */
function isTaken(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === "EEXIST";
}

/** Something above it is missing; when it is not, the place takes no folders. */
function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === "ENOENT";
}

function takesNone(folder: string, path: string): Error {
  const words = `${dirname(folder)} takes no folders, so not ${path} either`;
  return Object.assign(new Error(words), { code: "EPERM" });
}

/** @throws Error when something else is there, or nobody may look. */
function isFolder(path: string): boolean {
  return holds(path, statSync(path, { throwIfNoEntry: false }) ?? null);
}

async function isFolderAsync(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw cause;
  });
  return holds(path, found);
}

function holds(path: string, found: Stats | null): boolean {
  if (found === null) return false;
  if (!found.isDirectory())
    throw Object.assign(new Error(`Expected ${path} to be a folder`), { code: "ENOTDIR" });
  return true;
}
