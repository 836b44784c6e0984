// A child program: started, always read, and stopped for good by asking ever less kindly.
import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "../clock.ts";
import { sleepUnless } from "./sleep-unless.ts";

export type ChildOptions = {
  readonly program: string;
  readonly args: readonly string[];
  /** Every chunk of stdout, at once; the pipe is never left unread unless pause() was called. */
  readonly onOutput: (chunk: Buffer) => void;
  /** Every line of stderr, cut to a bound. */
  readonly onErrorLine: (line: string) => void;
  readonly clock: Clock;
  /** How long each of SIGINT, SIGTERM and SIGKILL is given, ms. */
  readonly graceMs: number;
  /** Sends a signal; default: child.kill. */
  readonly sendSignal?: (child: ChildProcess, signal: NodeJS.Signals) => void;
};

/** A started program. Life: startChild → stop. */
export type Child = {
  readonly pid: number | undefined;
  /** Resolves when the process is gone (or could not be started), with why, for a person. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Resolves when stdout was read to its end. */
  readonly drained: Promise<void>;
  /** Lets the pipe fill, for a source that can wait. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly isPaused: () => boolean;
  /** SIGINT, SIGTERM, SIGKILL. stuck: it lives on after all three, as a process inside a dead driver does. May be called twice. */
  readonly stop: () => Promise<"exited" | "stuck">;
};

export type ChildExit = { readonly isClean: boolean; readonly words: string };

const longestLine = 500;

/** Starts a program with stdin closed. @throws nothing: a program that cannot be started has exited. */
export function startChild(options: ChildOptions): Child {
  const { program, clock, graceMs } = options;
  const child = spawn(program, options.args, { stdio: ["ignore", "pipe", "pipe"] });
  const send = options.sendSignal ?? ((target, signal) => target.kill(signal));
  const gone = new AbortController();
  let stopping: Promise<"exited" | "stuck"> | null = null;

  const exited = new Promise<ChildExit>((resolve) => {
    child.once("error", (error) =>
      resolve({ isClean: false, words: `could not be started: ${error.message}` }),
    );
    child.once("exit", (code, signal) => resolve({ isClean: code === 0, words: exitWords(code, signal) }));
  });
  void exited.then(() => gone.abort());
  const drained = new Promise<void>((resolve) => {
    child.stdout.once("close", resolve);
  });

  child.stdout.on("data", options.onOutput);
  readLines(child, options.onErrorLine);
  // A pipe that breaks with its program: the exit tells why.
  child.stdout.on("error", () => undefined);
  child.stderr.on("error", () => undefined);

  async function climb(): Promise<"exited" | "stuck"> {
    for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
      if (!gone.signal.aborted) send(child, signal);
      if (await sleepUnless(clock, graceMs, gone.signal)) return "exited";
    }
    // Nothing can be done for it here; it must at least not keep this process alive nor its pipes open.
    child.unref();
    child.stdout.destroy();
    child.stderr.destroy();
    return "stuck";
  }

  return {
    pid: child.pid,
    exited,
    drained,
    pause: () => child.stdout.pause(),
    resume: () => child.stdout.resume(),
    isPaused: () => child.stdout.isPaused(),
    stop: () => {
      child.stdout.resume(); // A program that waits for its pipe hears no SIGINT.
      stopping ??= climb();
      return stopping;
    },
  };
}

function exitWords(code: number | null, signal: NodeJS.Signals | null): string {
  return code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
}

/** Splits stderr into lines; an endless line is cut, so that a flood costs no memory. */
function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split(/[\r\n]+/);
    rest = lines.pop()!.slice(0, longestLine);
    for (const line of lines) if (line !== "") onLine(line.slice(0, longestLine));
  });
  child.stderr?.once("end", () => {
    if (rest !== "") onLine(rest);
  });
}
