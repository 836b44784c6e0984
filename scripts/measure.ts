// What every bench shares: its work folder, what it is given, and how its result is printed.
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createLog } from "../agent/log.ts";
import { createSystemClock } from "../device/clock.ts";
import { printResult, type VerbContext } from "./cli.ts";
import { createTerminalPerson } from "./terminal-person.ts";

/** Options of every bench. */
export type BenchOptions = { readonly json?: boolean; readonly work?: string };

/** How this very program was started: the executable and the words before the verb. */
export function ourselves(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1]!];
}

/** What every bench is given. */
export type BenchDeps = ReturnType<typeof depsOf>;

function depsOf(context: VerbContext, work: string) {
  return {
    work,
    clock: createSystemClock(),
    log: createLog({ level: "warn", stream: context.stderr }),
    env: context.env,
    random: Math.random,
    person: createTerminalPerson(context, { yes: true }),
    signal: context.signal,
  };
}

/** Runs a measurement in its work folder and prints the machine with it: a figure without one says little. */
export async function measure(
  context: VerbContext,
  options: BenchOptions,
  work: (deps: BenchDeps) => Promise<readonly [result: object, text: string]>,
): Promise<void> {
  const folder =
    options.work === undefined ? mkdtempSync(join(tmpdir(), "outrider-bench-")) : resolve(options.work);
  try {
    const [result, text] = await work(depsOf(context, folder));
    const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, Node ${process.versions.node}`;
    printResult(context, options.json ?? false, { machine, ...result }, `machine: ${machine}\n${text}`);
  } finally {
    if (options.work === undefined) rmSync(folder, { recursive: true, force: true });
  }
}
