// A TypeScript file run as a child process, with its lines and its end awaited with a bound.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

export type Child = {
  readonly pid: number;
  /** The next line of its stdout. @throws after a minute, and when it ends without one. */
  readonly line: () => Promise<string>;
  readonly send: (line: string) => void;
  /** Kills it (SIGKILL, unless told otherwise) and resolves when it is gone, with every line it still said. */
  readonly kill: (signal?: NodeJS.Signals) => Promise<readonly string[]>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;
};

/** As patient as a machine with much else to do needs it. */
const lineMs = 60_000;

/** Starts `file` (beside this one); killed when the test ends. @param env beside our own environment. */
export function startChild(
  t: Pick<TestContext, "after">,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", path, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  const takers: ((line: string | null) => void)[] = [];
  const reader = createInterface({ input: child.stdout! });
  reader.on("line", (line) => {
    const taker = takers.shift();
    if (taker === undefined) lines.push(line);
    else taker(line);
  });
  const closed = once(reader, "close");
  void closed.then(() => {
    for (const taker of takers.splice(0)) taker(null);
  });
  let stderr = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  const ended = Promise.all([once(child, "exit"), closed]).then(([[code, signal]]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stderr,
  }));
  child.stdin!.on("error", () => undefined);
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return {
    pid: child.pid!,
    line: () =>
      new Promise((resolve, reject) => {
        const ready = lines.shift();
        if (ready !== undefined) return resolve(ready);
        const timer = setTimeout(
          () => reject(new Error(`Expected a line of ${file} within ${lineMs} ms; ${stderr}`)),
          lineMs,
        );
        takers.push((line) => {
          clearTimeout(timer);
          if (line === null) reject(new Error(`${file} ended without a line: ${stderr}`));
          else resolve(line);
        });
      }),
    send: (line) => void child.stdin!.write(`${line}\n`),
    kill: async (signal = "SIGKILL") => {
      child.kill(signal);
      await ended;
      return lines.splice(0);
    },
    ended,
  };
}
