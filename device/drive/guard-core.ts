// The driving guard's rule, with neither process nor pipe: a drive moves only while fresh commands come, and after a stop of its own
// only when it was seen at rest and armed again. Time is the receiver's monotonic clock.
import type { Clock } from "../clock.ts";
import {
  type Drive,
  type DriveCommand,
  type FailSafe,
  type Freshness,
  localValidMs,
  neutralCommand,
  remoteValidMs,
} from "./drive.ts";
import { assertNeutralThrottle, clampCommand } from "./limits.ts";

/** A command, how long it counts, and when it was given (monotonic ns of this machine); one that lay in a pipe is no fresher for it. */
export type DatedFreshness = Freshness & { readonly sentNs?: number };

/** A drive that watches over itself. Life: as a drive's. */
export type GuardCore = Omit<Drive, "arm" | "apply" | "onFailSafe"> & {
  /** @param validMs how soon the first command has to come, default `localValidMs`. */
  readonly arm: (validMs?: number) => Promise<void>;
  readonly apply: (command: DriveCommand, freshness?: DatedFreshness) => Promise<void>;
  readonly onFailSafe: (listener: (failSafe: FailSafe) => void) => () => void;
  /** Whoever commands is gone or talks nonsense: neutral and disarmed, and reported when the car could move. */
  readonly lose: (reason: string) => Promise<void>;
  /** Resolves when the board has neutral: for a guard that is alone, giving up is no choice. */
  readonly settle: () => Promise<void>;
};

// Neutral has to be on the bus when the time is over, not to be thought of then: timers of a busy machine are late. Those of a guard by less
// than 1 ms where it may raise its priority (at a load of 5 for each core); the rest is for where it may not, and for a slow bus.
const marginMs = 30;
/** A command from afar goes through more hands before anybody can say how old it is. */
const marginShare = 0.1;

// A command may be valid for less long than the one before it, and a board may fail by itself: looked after this often while armed.
const lookMs = 20;

/** How long a command really stays in force: a little less than it is valid, and never longer than the longest that may be asked, ms. */
export function inForceMs(validMs: number): number {
  const allowedMs = Number.isFinite(validMs) ? Math.min(Math.max(validMs, 1), remoteValidMs) : localValidMs;
  return allowedMs - Math.min(Math.max(marginMs, marginShare * allowedMs), allowedMs / 4);
}

/** Watches over `board`, which belongs to it from here on. */
export function createGuardCore(board: Drive, { clock }: { readonly clock: Clock }): GuardCore {
  const closing = new AbortController();
  const listeners = new Set<(failSafe: FailSafe) => void>();
  let armed = false;
  let stops = 0;
  let watching = false;
  let asked: DriveCommand = neutralCommand;
  let askedNs = clock.monotonicNs();
  let untilNs = 0;
  let waiting: DriveCommand | null = null;
  let applying: Promise<void> | null = null;

  const disarm = (): void => {
    armed = false;
    stops += 1;
    waiting = null;
  };

  /** Neutral, and told to whom it concerns once it is written. What was asked stays: the stick may still be where it was. */
  const stop = async (cause: FailSafe["cause"], reason: string): Promise<void> => {
    const wasArmed = armed;
    const { applied } = board.state();
    const silentMs = (clock.monotonicNs() - askedNs) / 1e6;
    disarm();
    const report = (said: Pick<FailSafe, "cause" | "reason">): void => {
      if (!wasArmed) return;
      const failSafe = { ...said, atNs: clock.monotonicNs(), silentMs, applied };
      for (const listener of listeners) listener(failSafe);
    };
    try {
      await board.neutral(reason);
      report({ cause, reason });
    } catch (failure) {
      // The board itself goes on trying to write neutral.
      report({ cause: "bus", reason: `${reason}, and the board did not take neutral: ${wordsOf(failure)}` });
    }
  };

  /** Looks whether the car may still move; done before anything else, so that a guard that hung itself stops the car first. */
  const check = (): void => {
    if (!armed) return;
    if (!board.state().armed) void stop("bus", board.state().neutralReason ?? "the board failed");
    else if (clock.monotonicNs() >= untilNs) void stop("stale", "no fresh command came in time");
  };

  const watch = async (): Promise<void> => {
    if (watching) return;
    watching = true;
    try {
      while (armed) {
        const leftMs = (untilNs - clock.monotonicNs()) / 1e6;
        await clock.sleep(Math.min(Math.max(1, leftMs), lookMs), closing.signal);
        check();
      }
    } catch (cause) {
      if (!closing.signal.aborted) throw cause;
    } finally {
      watching = false;
    }
  };

  /** Hands the newest command to the board, one at a time: of a burst only the last counts. */
  const applyNewest = async (): Promise<void> => {
    // Not before the burst was looked through.
    await Promise.resolve();
    while (waiting !== null) {
      const command = waiting;
      waiting = null;
      try {
        await board.apply(command);
      } catch (cause) {
        await stop("bus", `the board failed: ${wordsOf(cause)}`);
      }
    }
  };

  return {
    name: board.name,
    moves: board.moves,
    arm: async (validMs = localValidMs) => {
      check();
      if (armed) return;
      assertNeutralThrottle(asked);
      const stopsBefore = stops;
      // The board has to know that the stick is at rest, too.
      await applying;
      await board.arm();
      if (stops !== stopsBefore) {
        await board.neutral(board.state().neutralReason ?? "stopped while arming");
        throw new Error(`Stopped while arming: ${board.state().neutralReason}`);
      }
      untilNs = clock.monotonicNs() + inForceMs(validMs) * 1e6;
      armed = true;
      void watch();
    },
    apply: async (command, freshness: DatedFreshness = { validMs: localValidMs }) => {
      const { validMs, sentNs = Number.POSITIVE_INFINITY } = freshness;
      check();
      const nowNs = clock.monotonicNs();
      const givenNs = Math.min(sentNs, nowNs);
      const endNs = givenNs + inForceMs(validMs) * 1e6;
      if (nowNs >= endNs || givenNs < askedNs) return;
      asked = clampCommand(command);
      askedNs = givenNs;
      untilNs = endNs;
      waiting = asked;
      applying ??= applyNewest().finally(() => {
        applying = null;
      });
      await applying;
    },
    neutral: async (reason) => {
      disarm();
      asked = neutralCommand;
      await board.neutral(reason);
    },
    lose: (reason) => stop("lost", reason),
    settle: async () => {
      while (!closing.signal.aborted) {
        try {
          return await board.neutral(board.state().neutralReason ?? "nobody drives");
        } catch {
          // The board has said so; tried again until it listens.
          await clock.sleep(lookMs, closing.signal).catch(() => undefined);
        }
      }
    },
    state: () => {
      const state = board.state();
      return { ...state, armed: armed && state.armed };
    },
    onFailSafe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      if (closing.signal.aborted) return;
      disarm();
      closing.abort(new DOMException("the drive was closed", "AbortError"));
      await board.close();
    },
  };
}

function wordsOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
