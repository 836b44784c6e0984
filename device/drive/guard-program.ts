// How the guard's process is started: from TypeScript under tsx and Deno, and as built.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Tells the guard's file that it is a program, and a person who looks at the processes what it is. */
export const guardWord = "outrider-guard";

// The type of import.meta is not the same everywhere this is checked.
const { resolve, url: here } = import.meta as {
  readonly resolve: (specifier: string) => string;
  readonly url: string;
};

export type GuardChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts the process; a start that fails is told by its `error` event. In a session of its own: Ctrl-C and a closed terminal are for us. */
export function startGuardProgram(beside = here): GuardChild {
  const isSource = /\.ts$/.test(beside);
  const file = fileURLToPath(new URL(`./guard-process.${isSource ? "ts" : "js"}`, beside));
  return spawn(process.execPath, [...runnerOf(isSource), file, guardWord], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
}

function runnerOf(isSource: boolean): readonly string[] {
  if (process.versions.deno !== undefined) return ["run", "-A"];
  // A heap that stays small is collected quickly.
  const small = "--max-semi-space-size=2";
  return isSource ? [small, "--import", resolve("tsx")] : [small];
}
