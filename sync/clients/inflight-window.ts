// How many messages may be unacknowledged at a time, and how many callers may wait for a place: both finite.
import { SyncError } from "../errors.ts";

/** Counts places. Life: create → acquire/release… → close once. */
export type InflightWindow = {
  readonly inflight: () => number;
  /** Resolves with a function that gives the place back (callable twice). @throws SyncError when too many wait already; the signal's reason; the close reason. */
  readonly acquire: (signal: AbortSignal) => Promise<() => void>;
  /** Everybody who waits, now or later, gets `reason`. */
  readonly close: (reason: Error) => void;
};

type Waiter = { readonly take: () => void; readonly fail: (reason: unknown) => void };

export function createInflightWindow(limit: number, maxWaiting: number): InflightWindow {
  const waiters = new Set<Waiter>();
  let inflight = 0;
  let closeReason: Error | null = null;

  const takePlace = (): (() => void) => {
    inflight += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      inflight -= 1;
      const [next] = waiters;
      next?.take();
    };
  };

  const waitForPlace = (signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiters.delete(waiter);
        signal.removeEventListener("abort", onAbort);
      };
      const waiter: Waiter = {
        take: () => {
          leave();
          resolve(takePlace());
        },
        fail: (reason) => {
          leave();
          reject(reason);
        },
      };
      const onAbort = (): void => waiter.fail(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      waiters.add(waiter);
    });

  return {
    inflight: () => inflight,
    acquire: async (signal) => {
      signal.throwIfAborted();
      if (closeReason !== null) throw closeReason;
      if (inflight < limit) return takePlace();
      if (waiters.size >= maxWaiting)
        throw new SyncError(
          "retryable",
          `Expected at most ${maxWaiting} messages to wait for the broker, one more came`,
        );
      return waitForPlace(signal);
    },
    close: (reason) => {
      closeReason = reason;
      for (const waiter of [...waiters]) waiter.fail(reason);
    },
  };
}
