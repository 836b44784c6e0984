// The machine's clock, run many times as fast: seconds of waiting beside a real child process pass in tenths of a second.
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../device/clock.ts";

export type FastClock = Clock & {
  /** Every wait that was asked for, ms of this clock. */
  readonly slept: readonly number[];
};

/** @param speed e.g. 10: a second lasts 100 ms. @param startNs when it begins to count; two processes that give 0 have one clock. */
export function createFastClock(speed: number, startNs = Number(process.hrtime.bigint())): FastClock {
  const slept: number[] = [];
  const monotonicNs = (): number => Math.round((Number(process.hrtime.bigint()) - startNs) * speed);
  return {
    slept,
    monotonicNs,
    now: () => {
      const ns = monotonicNs();
      return {
        wallUs: 1.7e15 + Math.round(ns / 1000),
        monotonicNs: ns,
        bootId: "fast",
        clockSynchronised: true,
      };
    },
    sleep: async (ms, signal) => {
      slept.push(ms);
      await delay(ms / speed, undefined, { signal });
    },
  };
}
