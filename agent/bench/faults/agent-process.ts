// The agent as a real process: started, killed, stopped, stalled; with the last words of one that ends by itself.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accountedWaitNs, watchProcessorWaits } from "./processor-waits.ts";
import type { Standstill } from "./standstills.ts";

/** One life of the agent. */
export type AgentProcess = {
  readonly pid: number;
  /** Monotonic ns of the machine. */
  readonly startedNs: number;
  /** SIGKILL; resolves with the moment it was sent when the process is gone. */
  readonly kill: () => Promise<number>;
  /** SIGTERM, and SIGKILL when it has not gone after `patienceMs`; resolves with the moment it was sent and whether it went by itself. */
  readonly stop: (patienceMs: number) => Promise<{ readonly endedNs: number; readonly isClean: boolean }>;
  /** Stops the whole process for a while, as a swapped-out or hung one is. */
  readonly stall: (ms: number) => Promise<void>;
  /** When it could not run: it was stalled, or waited for a processor. */
  readonly standstills: () => readonly Standstill[];
  /** Resolves when it is gone, however it went. */
  readonly ended: Promise<void>;
  /** Why it ended without being asked; null: it did not. */
  readonly crash: () => string | null;
};

/** Bytes of stderr that are kept. */
const lastWordsBytes = 4000;

export function startAgent(options: {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Told of everything it writes to stderr. */
  readonly onWords?: (text: string) => void;
}): AgentProcess {
  const [program, ...words] = options.command;
  const startedNs = Number(process.hrtime.bigint());
  const child = spawn(program!, words, { env: options.env, stdio: ["ignore", "ignore", "pipe"] });
  const stalls: Standstill[] = [];
  const pid = child.pid ?? 0;
  const processor = watchProcessorWaits(() => accountedWaitNs(pid));
  let lastWords = "";
  let isAsked = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-lastWordsBytes);
    options.onWords?.(text);
  });
  let crash: string | null = null;
  child.once("error", (error) => {
    crash = error.message;
  });
  child.once("exit", (code, signal) => {
    if (!isAsked)
      crash = `the agent ended by itself (${signal ?? `exit code ${code}`}): ${lastWords.trim().split("\n").slice(-3).join(" / ")}`;
  });
  // A start that failed is told by its `error`.
  const gone = once(child, "exit")
    .then(
      () => undefined,
      () => undefined,
    )
    .finally(processor.close);
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: NodeJS.Signals): Promise<number> => {
    isAsked = true;
    processor.look();
    const endedNs = Number(process.hrtime.bigint());
    if (!isGone()) {
      child.kill(signal);
      await gone;
    }
    return endedNs;
  };
  return {
    pid,
    startedNs,
    kill: () => end("SIGKILL"),
    stop: async (patienceMs) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      const endedNs = await end("SIGTERM");
      clearTimeout(timer);
      return { endedNs, isClean: child.signalCode !== "SIGKILL" };
    },
    stall: async (ms) => {
      const fromNs = Number(process.hrtime.bigint());
      child.kill("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill("SIGCONT");
      stalls.push({ fromNs, toNs: Number(process.hrtime.bigint()) });
    },
    standstills: () => [...stalls, ...processor.waits()],
    ended: gone,
    crash: () => crash,
  };
}
