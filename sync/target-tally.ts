// What came of a target's deliveries, counted, with its newest problem in its own words.
import type { Clock } from "../device/clock.ts";
import type { OutboxEntry } from "../device/store/outbox.ts";

/** Counts since the line was made. */
export type Tally = {
  readonly delivered: number;
  /** Of those, how many were there already. */
  readonly already: number;
  readonly parked: number;
  readonly bytes: number;
  /** Monotonic ns of the newest acknowledgement; null before the first. */
  readonly newestAckNs: number | null;
  /** The newest failure in the target's own words; null after a success. */
  readonly problem: string | null;
};

export type TargetTally = {
  readonly read: () => Tally;
  readonly delivered: (entry: OutboxEntry, already: boolean) => void;
  readonly parked: () => void;
  readonly failed: (problem: string) => void;
};

export function createTargetTally(clock: Pick<Clock, "monotonicNs">): TargetTally {
  let [delivered, already, parked, bytes] = [0, 0, 0, 0];
  let newestAckNs: number | null = null;
  let problem: string | null = null;
  return {
    read: () => ({ delivered, already, parked, bytes, newestAckNs, problem }),
    delivered: (entry, wasThere) => {
      delivered += 1;
      if (wasThere) already += 1;
      else bytes += entry.bytes;
      newestAckNs = clock.monotonicNs();
      problem = null;
    },
    parked: () => {
      parked += 1;
    },
    failed: (words) => {
      problem = words;
    },
  };
}
