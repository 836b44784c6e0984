// What systemd wants to hear from a service (sd_notify(3)). Node.js has no datagram sockets of the file system, so the words go
// through the program systemd-notify, one short process for several words; the unit needs `NotifyAccess=all`.
import { execFile } from "node:child_process";
import type { Log } from "../device/log.ts";
import type { Environment } from "./credentials.ts";

/** Who started us wants to hear how we are. */
export type Notifier = {
  /** Milliseconds within which systemd wants a sign of life; null: it does not watch. */
  readonly watchdogMs: number | null;
  /** Says words such as `READY=1`; resolves when they are out or could not be said. Never throws. */
  readonly say: (words: readonly string[]) => Promise<void>;
};

const patienceMs = 5_000;

/** null: nobody wants to hear anything (no NOTIFY_SOCKET). */
export function openNotifier({
  env,
  log,
  pid,
}: {
  env: Environment;
  log: Log;
  pid: number;
}): Notifier | null {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, PATH } = env;
  if (!NOTIFY_SOCKET) return null;
  const watchdogUs = Number(WATCHDOG_USEC);
  const isMeant = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
  let saidProblem: string | null = null;
  return {
    watchdogMs: Number.isFinite(watchdogUs) && watchdogUs > 0 && isMeant ? watchdogUs / 1000 : null,
    say: (words) =>
      new Promise((resolve) => {
        const child = { timeout: patienceMs, env: { NOTIFY_SOCKET, PATH: PATH ?? "" } };
        execFile("systemd-notify", words.map(oneLine), child, (problem) => {
          if (problem !== null && problem.message !== saidProblem)
            log.error({ reason: problem.message }, "systemd could not be told how the service is");
          saidProblem = problem?.message ?? null;
          resolve();
        });
      }),
  };
}

/** A line break would begin another word. */
function oneLine(word: string): string {
  return word.replaceAll(/[\r\n]+/g, " ").slice(0, 1000);
}
