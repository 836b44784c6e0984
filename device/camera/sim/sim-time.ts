// The time of a simulation: that of the clock, or, while a camera runs as fast as it is consumed, that of its frames.
import type { Clock } from "../../clock.ts";

/** Seconds of simulated time, shared by everything in one simulation. */
export type SimTime = {
  readonly nowS: () => number;
  /** Simulated seconds at a reading of the monotonic clock. */
  readonly atS: (monotonicNs: number) => number;
  /** Waits until that time has come. @throws the signal's reason when it aborts first. */
  readonly until: (seconds: number, signal: AbortSignal) => Promise<void>;
  /** From now on time only moves by `advance`, until `release`. @throws when somebody else already leads. */
  readonly lead: () => TimeLead;
};

/** Held by the one that moves time. */
export type TimeLead = {
  readonly advance: (seconds: number) => void;
  /** Gives time back to the clock; may be called twice. */
  readonly release: () => void;
};

/** Sums of thirtieths have no exact binary form. */
const toleranceS = 1e-6;

type Waiter = { readonly atS: number; readonly wake: () => void };

/** Follows the clock; 0 is the first time it is looked at, so that how long a start-up takes changes nothing. */
export function createSimTime(clock: Clock): SimTime {
  let startNs: number | null = null;
  let ledS: number | null = null;
  const waiters = new Set<Waiter>();

  const atS = (monotonicNs: number): number => {
    if (ledS !== null) return ledS;
    startNs ??= monotonicNs;
    return (monotonicNs - startNs) / 1e9;
  };
  const nowS = (): number => atS(clock.monotonicNs());

  function wakeDue(everyone: boolean): void {
    for (const waiter of waiters) {
      if (everyone || waiter.atS - toleranceS <= nowS()) waiter.wake();
    }
  }

  return {
    nowS,
    atS,
    until: async (seconds, signal) => {
      signal.throwIfAborted();
      while (nowS() < seconds - toleranceS) {
        if (ledS === null) await clock.sleep(Math.max(0.05, (seconds - nowS()) * 1000), signal);
        else await waitForLead(seconds, signal, waiters);
      }
    },
    lead: () => {
      if (ledS !== null) throw new Error("Expected one camera with pace=asap in a simulation, got a second");
      ledS = nowS();
      let released = false;
      return {
        advance: (seconds) => {
          if (released || ledS === null) return;
          ledS += seconds;
          wakeDue(false);
        },
        release: () => {
          if (released || ledS === null) return;
          released = true;
          startNs = clock.monotonicNs() - ledS * 1e9;
          ledS = null;
          wakeDue(true);
        },
      };
    },
  };
}

function waitForLead(atS: number, signal: AbortSignal, waiters: Set<Waiter>): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiters.delete(waiter);
      signal.removeEventListener("abort", abort);
    };
    const waiter: Waiter = {
      atS,
      wake: () => {
        leave();
        resolve();
      },
    };
    const abort = (): void => {
      leave();
      reject(signal.reason);
    };
    waiters.add(waiter);
    signal.addEventListener("abort", abort, { once: true });
  });
}
