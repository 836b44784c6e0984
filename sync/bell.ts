// A bell: whoever waits is woken by a ring, by time, or by being stopped, and leaves no timer behind once it is put away.
import type { Clock } from "../device/clock.ts";

export type Bell = {
  readonly ring: () => void;
  /** Waits for a ring, at most `ms` and perhaps less; returns early, without a throw, when the signal aborts. One at a time. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends the timer; the bell can be used again. */
  readonly putAway: () => void;
};

type Sleep = { readonly endsNs: number; readonly over: Promise<void>; readonly stop: () => void };

export function createBell(clock: Pick<Clock, "sleep" | "monotonicNs">): Bell {
  let wake: (() => void) | null = null;
  let sleep: Sleep | null = null;

  // A bell rings hundreds of times a second. A sleep under way that ends in time serves again: to stop one and start the
  // next costs far more than the ring.
  const sleepAtMost = (ms: number): Sleep => {
    const endsNs = clock.monotonicNs() + ms * 1e6;
    if (sleep !== null && sleep.endsNs <= endsNs) return sleep;
    sleep?.stop();
    const stopping = new AbortController();
    const started: Sleep = {
      endsNs,
      stop: () => stopping.abort(),
      over: clock
        .sleep(ms, stopping.signal)
        // Stopped: nobody waits for it any more.
        .catch(() => undefined)
        .then(() => {
          if (sleep === started) sleep = null;
        }),
    };
    sleep = started;
    return started;
  };

  return {
    ring: () => wake?.(),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const end = (): void => {
          wake = null;
          signal.removeEventListener("abort", end);
          resolve();
        };
        wake = end;
        signal.addEventListener("abort", end, { once: true });
        void sleepAtMost(ms).over.then(() => {
          // A ring may have come first, and somebody wait anew.
          if (wake === end) end();
        });
      }),
    putAway: () => {
      sleep?.stop();
      sleep = null;
    },
  };
}
