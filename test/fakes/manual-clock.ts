// A clock that moves only when a test says so. sleep() ends when advance() passes its time.
import type { Clock } from "../../device/clock.ts";

export type ManualClock = Clock & {
  /** Moves every clock on and lets those who slept run, waking the earliest first. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the wall clock, and says whether it is to be believed from now on. Who sleeps notices nothing. */
  readonly setWall: (wallUs: number, synchronised: boolean) => void;
  /** How many sleep right now. */
  readonly sleepers: () => number;
};

type Sleeper = { readonly atNs: number; readonly wake: () => void };

/** @param startWallUs wall clock at the start, microseconds since 1970 UTC. */
export function createManualClock(startWallUs = Date.UTC(2024, 4, 1) * 1000): ManualClock {
  const startNs = 1e12;
  const sleepers = new Set<Sleeper>();
  let ns = startNs;
  let wall = { us: startWallUs, atNs: startNs, synchronised: true };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    monotonicNs: () => ns,
    now: () => ({
      wallUs: wall.us + Math.round((ns - wall.atNs) / 1000),
      monotonicNs: ns,
      bootId: "manual",
      clockSynchronised: wall.synchronised,
    }),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        };
        const sleeper: Sleeper = {
          atNs: ns + ms * 1e6,
          wake: () => {
            sleepers.delete(sleeper);
            signal.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        signal.addEventListener("abort", onAbort, { once: true });
        sleepers.add(sleeper);
      }),
    advance: async (ms) => {
      const endNs = ns + ms * 1e6;
      for (;;) {
        await settle();
        const [next] = [...sleepers].sort((a, b) => a.atNs - b.atNs);
        if (next === undefined || next.atNs > endNs) break;
        ns = next.atNs;
        next.wake();
      }
      ns = endNs;
      await settle();
    },
    setWall: (us, synchronised) => {
      wall = { us, atNs: ns, synchronised };
    },
    sleepers: () => sleepers.size,
  };
}
