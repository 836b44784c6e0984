// Sees to it that there is always a driving guard: where one goes, neutral is written here at once and the next one comes up.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { GuardLink, GuardListener } from "./guard-link.ts";

export type GuardKeeperOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** A guard that was started already. */
  readonly first: GuardLink;
  readonly start: () => GuardLink;
  /** The board it opens. */
  readonly url: string;
  readonly listener: GuardListener;
  /** A guard that had the board is gone: "was ended by SIGKILL". */
  readonly onGone: (reason: string) => void;
  /** Writes neutral in place of a guard; the board goes on with its last pulse whoever dies. */
  readonly heal: () => Promise<void>;
  /** true: the board has to be there from the start. false: the first guard may still be coming up. */
  readonly waits: boolean;
};

/** Life: open → close. */
export type GuardKeeper = {
  /** The guard that has the board; null: none just now. */
  readonly current: () => GuardLink | null;
  /** Waits for one. @throws Error when none comes. */
  readonly arrival: () => Promise<GuardLink>;
  /** Resolves when neutral is written in place of the last guard that went. */
  readonly healed: () => Promise<void>;
  /** No more guards; the one that is there writes neutral and goes. May be called twice. */
  readonly close: () => Promise<void>;
};

// A process may need long to start on a machine that boots.
const openMs = 30_000;
const lookMs = 20;
/** A guard that had its board for so long was no false start, ms. */
const soundMs = 300;
const firstPauseMs = 100;
const longestPauseMs = 2000;
/** A bus that fails for a moment is not given up; then the next guard goes on. */
const healAttempts = 20;
const healPauseMs = 50;

/** @throws what the board said to the first guard, where it `waits`. */
export async function openGuardKeeper(options: GuardKeeperOptions): Promise<GuardKeeper> {
  const { clock, log, url, first } = options;
  const closing = new AbortController();
  let newest = first;
  let guard: GuardLink | null = null;
  let healing: Promise<void> = Promise.resolve();

  const open = async (link: GuardLink): Promise<void> => {
    link.hear(options.listener);
    await link.ask({ ask: "open", url }, openMs);
    guard = link;
  };
  const heal = async (): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await options.heal();
      } catch (cause) {
        if (attempt === 1) log.error({ cause }, "the board does not take neutral; it is tried again");
        if (attempt === healAttempts || closing.signal.aborted) return;
        await clock.sleep(healPauseMs, closing.signal).catch(() => undefined);
      }
    }
  };
  const onGone = (reason: string): void => {
    guard = null;
    healing = heal();
    options.onGone(reason);
  };
  /** Resolves when the newest guard is gone, or did not come up, with how long it had the board, ms. */
  const followNewest = async (opening: Promise<void>): Promise<number> => {
    try {
      await opening;
    } catch (cause) {
      await newest.close();
      if (!closing.signal.aborted)
        log.error({ cause }, "the driving guard could not be started; it is tried again, and nothing moves");
      return 0;
    }
    const sinceNs = clock.monotonicNs();
    const reason = await newest.gone;
    if (!closing.signal.aborted) onGone(reason);
    return (clock.monotonicNs() - sinceNs) / 1e6;
  };
  const keep = async (firstOpening: Promise<void>): Promise<void> => {
    let pauseMs = 0;
    for (let opening = firstOpening; ; ) {
      const livedMs = await followNewest(opening);
      // One that fails again and again must not keep the machine busy.
      pauseMs = livedMs > soundMs ? 0 : Math.min(2 * pauseMs + firstPauseMs, longestPauseMs);
      await clock.sleep(pauseMs, closing.signal).catch(() => undefined);
      if (closing.signal.aborted) return;
      // It comes up while neutral is written, and opens its board only then.
      const next = options.start();
      newest = next;
      opening = healing.then(() => open(next));
    }
  };
  const opening = open(first);
  if (options.waits) {
    try {
      await opening;
    } catch (cause) {
      await first.close();
      throw cause;
    }
  }
  const keeping = keep(opening);

  return {
    current: () => guard,
    arrival: async () => {
      const untilNs = clock.monotonicNs() + openMs * 1e6;
      while (guard === null) {
        if (clock.monotonicNs() > untilNs)
          throw new Error("Expected a driving guard to arm the drive, got none");
        await clock.sleep(lookMs, closing.signal);
      }
      return guard;
    },
    healed: () => healing,
    close: async () => {
      closing.abort(new DOMException("the drive was closed", "AbortError"));
      await newest.close();
      await keeping;
      await healing;
    },
  };
}
