// A bell: whoever waits is woken by a ring, by time, or by being stopped, and leaves no timer behind.
import type { Clock } from "../device/clock.ts";

export type Bell = {
  readonly ring: () => void;
  /** Waits for a ring, at most `ms`; returns early, without a throw, when the signal aborts. One at a time. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
};

export function createBell(clock: Pick<Clock, "sleep">): Bell {
  let waiting: AbortController | null = null;
  return {
    ring: () => waiting?.abort(),
    wait: async (ms, signal) => {
      if (signal.aborted) return;
      const sleeper = new AbortController();
      const stop = (): void => sleeper.abort();
      waiting = sleeper;
      signal.addEventListener("abort", stop, { once: true });
      try {
        await clock.sleep(ms, sleeper.signal);
      } catch {
        // Rung or stopped: the caller looks for itself which.
      } finally {
        waiting = null;
        signal.removeEventListener("abort", stop);
      }
    },
  };
}
