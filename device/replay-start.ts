// The one moment at which everything that is replayed together begins: pictures and stick states of one recording keep the
// intervals they had to each other only when both count from the same moment.
import type { Clock } from "./clock.ts";

/** Monotonic ns at which the replay begins. The first who asks fixes it, a little ahead, so that all are ready by then. */
export type ReplayStart = () => number;

/** Opening files and reading the first item takes some milliseconds; nobody minds waiting for a twentieth of a second. */
const leadMs = 50;

/** Makes the common beginning of the replays of one machine. */
export function createReplayStart(clock: Pick<Clock, "monotonicNs">): ReplayStart {
  let startNs: number | null = null;
  return () => {
    startNs ??= clock.monotonicNs() + leadMs * 1e6;
    return startNs;
  };
}
