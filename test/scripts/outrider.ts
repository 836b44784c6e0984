// Runs the real command line in a folder of its own, as a person would.
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs `outrider ...words` in `cwd`; stdin is empty. @param whileRunning gets the process once it said `after`, e.g. to send it a signal. */
export function outrider(
  cwd: string,
  words: readonly string[],
  options: {
    env?: Record<string, string>;
    whileRunning?: { after: RegExp; act: (kill: (signal: NodeJS.Signals) => void) => void };
  } = {},
): Promise<Ran> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(
    process.execPath,
    [
      "--import",
      join(root, "node_modules/tsx/dist/esm/index.mjs"),
      join(root, "scripts/outrider.ts"),
      ...words,
    ],
    {
      cwd,
      env: { PATH, HOME, XDG_CACHE_HOME: join(cwd, "cache"), ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let { whileRunning } = options;
  const look = (): void => {
    if (whileRunning === undefined || !whileRunning.after.test(stdout + stderr)) return;
    whileRunning.act((signal) => child.kill(signal));
    whileRunning = undefined;
  };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, stdout, stderr }));
  });
}
