// Whether the system says that the link costs money: NetworkManager is asked now and then; where it is not, nothing does.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Clock } from "../device/clock.ts";

export type MeteredWatch = {
  /** What was said last. */
  readonly isMetered: () => boolean;
  /** Asks again and again until the signal aborts. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
};

/** Asks the system; text as nmcli prints it. @throws when there is no NetworkManager. */
export type AskMetered = (signal: AbortSignal) => Promise<string>;

const askEveryMs = 15_000;
/** NetworkManager starts after us at boot: it is asked again, rarely. */
const missingEveryMs = 120_000;

/** nmcli of NetworkManager, for all devices. */
export const askNetworkManager: AskMetered = async (signal) => {
  const words = ["-t", "-f", "GENERAL.STATE,GENERAL.METERED,IP4.GATEWAY,IP6.GATEWAY", "dev", "show"];
  // The signal ends our waiting only. Given to execFile it may come between a start that failed (no nmcli) and the word of it, and Node.js
  // then signals process 0: ourselves, and everything that was started with us.
  const answer = promisify(execFile)("nmcli", words, { timeout: 5_000 });
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const forget = (): void => signal.removeEventListener("abort", stop);
    answer.then(forget, forget);
  });
  return (await Promise.race([answer, stopped])).stdout;
};

export function createMeteredWatch(deps: {
  readonly ask: AskMetered;
  /** false: nobody looks at the answer now, so no process is started for it. Not given: always. */
  readonly isWanted?: () => boolean;
  readonly clock: Clock;
}): MeteredWatch {
  const { isWanted = () => true } = deps;
  let isMetered = false;
  return {
    isMetered: () => isMetered,
    follow: async (signal) => {
      while (!signal.aborted) {
        if (!isWanted()) {
          await deps.clock.sleep(askEveryMs, signal).catch(() => undefined);
          continue;
        }
        const answer = await deps.ask(signal).catch(() => null);
        // Nobody to ask from the start: not metered, as without this mode. One who is too busy to answer takes nothing back: the next
        // answer would come after minutes of a link that costs money.
        if (answer !== null) isMetered = saysMetered(answer);
        await deps.clock.sleep(answer === null ? missingEveryMs : askEveryMs, signal).catch(() => undefined);
      }
    },
  };
}

/**
 * Whether a connected device with a way out is metered: "yes" and "yes (guessed)" are. A blank line stands between devices, and a
 * free one of them makes the link free, for the system prefers it.
 */
export function saysMetered(answer: string): boolean {
  const ways = answer
    .split(/\n\s*\n/)
    .map((device) => new Map(device.split("\n").map((line) => splitOnce(line))))
    .filter((facts) => /^100\b/.test(facts.get("GENERAL.STATE") ?? ""))
    .filter((facts) => ["IP4.GATEWAY", "IP6.GATEWAY"].some((name) => hasGateway(facts.get(name))));
  return ways.length > 0 && ways.every((facts) => /^yes\b/.test(facts.get("GENERAL.METERED") ?? ""));
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at), line.slice(at + 1)];
}

function hasGateway(gateway: string | undefined): boolean {
  return gateway !== undefined && gateway !== "" && gateway !== "--";
}
