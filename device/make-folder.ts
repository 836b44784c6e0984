// Makes a folder with those above it, one at a time: Node.js 20 tries for ever where a file system takes no folders (/proc).
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Makes `path` and what is missing above it; one that is there is left as it is. @throws Error with the path and the reason. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !isFolder(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // Another process was quicker.
      if (code === "EEXIST" && isFolder(folder)) continue;
      // What is above it is there, so that is not what is missing.
      if (code === "ENOENT") throw new Error(`${dirname(folder)} takes no folders, so not ${path} either`);
      throw cause;
    }
  }
}

/** @throws Error when something else is there, or nobody may look. */
function isFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isDirectory()) throw new Error(`Expected ${path} to be a folder`);
  return true;
}
