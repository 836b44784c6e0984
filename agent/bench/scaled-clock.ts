// A clock that runs faster than the real one, so that a recorded drive of a minute is replayed in seconds with its true intervals.
import type { Clock } from "../../device/clock.ts";

/** @param speed how many seconds of this clock pass in a real one. */
export function createScaledClock(clock: Clock, speed: number): Clock {
  const start = clock.now();
  const monotonicNs = (): number =>
    Math.round(start.monotonicNs + (clock.monotonicNs() - start.monotonicNs) * speed);
  return {
    monotonicNs,
    now: () => {
      const ns = monotonicNs();
      return {
        ...clock.now(),
        monotonicNs: ns,
        wallUs: Math.floor(start.wallUs + (ns - start.monotonicNs) / 1000),
      };
    },
    sleep: (ms, signal) => clock.sleep(ms / speed, signal),
  };
}
