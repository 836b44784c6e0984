// Keeps one worker for models going: another one when it is lost, ever more slowly when that goes on, none when too many hang.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import { type Session, type StartThread, startSession } from "./session.ts";
import { ModelError, type VisionStatus } from "./vision.ts";

export type SessionKeeperOptions = {
  readonly log: Log;
  readonly clock: Pick<Clock, "sleep">;
  readonly threads: number;
  readonly startThread?: StartThread;
  /** Called with each worker that stands in for a lost one, before anybody else gets it. */
  readonly onReplacement: (session: Session) => Promise<void>;
};

/** Life: keep → session … → close. */
export type SessionKeeper = {
  /** The worker, started if need be. @throws ModelError: closed, it cannot be started, or too many hang. */
  readonly session: () => Promise<Session>;
  /** To be called after each answer: what was lost before counts no more. */
  readonly noteAnswer: () => void;
  /** To be called with what went wrong without the worker being lost. */
  readonly noteProblem: (problem: string) => void;
  readonly status: () => VisionStatus;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** After so many losses without an answer in between, somebody should look. */
const failedAfter = 3;

/** Each worker that hangs holds its models' memory and perhaps a core; with so many of them, no other is started. */
const mostHanging = 3;

const closedMessage = "Expected open models, got closed ones";

export function keepSession(options: SessionKeeperOptions): SessionKeeper {
  const { log, clock, threads, startThread, onReplacement } = options;
  const stop = new AbortController();
  let current: Session | null = null;
  let starting: Promise<Session> | null = null;
  let hanging = 0;
  let restarts = 0;
  let lossesInARow = 0;
  let isAnswering = true;
  let problem: string | null = null;

  const session = (): Promise<Session> => {
    if (stop.signal.aborted) return Promise.reject(new ModelError(closedMessage));
    if (starting !== null) return starting;
    const begun = start();
    starting = begun;
    // The next one who asks tries again.
    begun.catch(() => {
      if (starting === begun) starting = null;
    });
    return begun;
  };

  const start = async (): Promise<Session> => {
    try {
      if (hanging >= mostHanging)
        throw new ModelError(
          `${hanging} workers hang in models; no other is started before one of them ends`,
        );
      const waitMs = restartWaitMs(lossesInARow);
      if (waitMs > 0) await clock.sleep(waitMs, stop.signal);
      stop.signal.throwIfAborted();
      const started = startSession({ clock, threads, startThread });
      current = started;
      void started.lost.then((reason) => {
        if (reason !== null) replace(started, reason);
      });
      return started;
    } catch (cause) {
      throw cause instanceof ModelError
        ? cause
        : new ModelError(`The worker cannot be started: ${cause}`, { cause });
    }
  };

  const replace = (lost: Session, reason: string): void => {
    current = null;
    starting = null;
    isAnswering = false;
    restarts += 1;
    lossesInARow += 1;
    hanging += 1;
    void lost.gone.then(() => {
      hanging -= 1;
    });
    problem = reason;
    log.warn({ restarts }, `models: ${reason}; starting the worker again`);
    // A thread that crashed is gone a moment later; one that hangs is not, and counts.
    void standIn().catch((cause: Error) => {
      if (stop.signal.aborted) return;
      problem = cause.message;
      log.error({}, `models: ${cause.message}`);
    });
  };

  const standIn = async (): Promise<void> => onReplacement(await session());

  return {
    session,
    noteAnswer: () => {
      isAnswering = true;
      lossesInARow = 0;
    },
    noteProblem: (words) => {
      problem = words;
    },
    status: () => ({ state: stateOf(), restarts, problem }),
    close: async () => {
      stop.abort(new ModelError(closedMessage));
      await current?.close();
    },
  };

  function stateOf(): VisionStatus["state"] {
    if (lossesInARow >= failedAfter || hanging >= mostHanging) return "failed";
    if (!isAnswering) return "starting";
    return current?.isBusy() ? "busy" : "idle";
  }
}

/** None after the first loss, then doubling up to half a minute, ms. */
function restartWaitMs(lossesInARow: number): number {
  return lossesInARow < 2 ? 0 : Math.min(30_000, 500 * 2 ** (lossesInARow - 2));
}
