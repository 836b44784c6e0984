// How the program is started from its sources, whatever the working directory.
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** Executable and words before the verb. */
export const theProgram: readonly string[] = [
  process.execPath,
  ...["--import", join(root, "node_modules/tsx/dist/esm/index.mjs")],
  join(root, "scripts/outrider.ts"),
];
