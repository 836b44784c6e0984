// The program that the bench starts and kills: the built one, for it starts in a third of the time of the sources.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
// The type of import.meta is not the same everywhere this is checked.
const { filename, dirname } = import.meta as { readonly filename: string; readonly dirname: string };

/**
 * Builds the sources into `work` and gives how to start that; `self` when it is the built program already, or nothing here can build.
 * @param self the executable and the words before the verb.
 */
export async function builtProgram(self: readonly string[], work: string): Promise<readonly string[]> {
  const root = resolve(dirname, "../../..");
  const esbuild = join(root, "node_modules/.bin/esbuild");
  if (!/\.ts$/.test(filename) || !existsSync(esbuild)) return self;
  const place = join(work, "program");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(place, "scripts"), { recursive: true });
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: { build: string };
  };
  // The very command of package.json, but into our folder.
  const words = scripts.build.split("&&").at(-1)!.trim().split(/\s+/).slice(1);
  const elsewhere = words.map((word) =>
    word.startsWith("--outdir=") ? `--outdir=${join(place, "dist")}` : word,
  );
  await run(esbuild, [...elsewhere, "--log-level=error"], { cwd: root });
  for (const path of ["package.json", "scripts/bin.mjs"]) cpSync(join(root, path), join(place, path));
  for (const path of ["node_modules", "models"]) symlinkSync(join(root, path), join(place, path));
  return [process.execPath, join(place, "scripts/bin.mjs")];
}
