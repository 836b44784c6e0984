// Small libraries in C that come between a process and its kernel (LD_PRELOAD), built when a test wants them.
import { execFileSync, spawnSync } from "node:child_process";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Why none can be built here; false: they can. */
export const withoutLibraries: string | false =
  (process.platform !== "linux" && "only Linux lets a library come between") ||
  (spawnSync("cc", ["--version"]).status !== 0 && "no C compiler is here");

/** Builds `source` (a name beside this folder, `../device/…`) into `folder`; gives the path of the library. */
export function buildLibrary(source: string, folder: string): string {
  const library = join(folder, `${basename(source, ".c")}.so`);
  const path = fileURLToPath(new URL(source, import.meta.url));
  execFileSync("cc", ["-shared", "-fPIC", "-o", library, path, "-ldl"]);
  return library;
}
