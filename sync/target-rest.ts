// How long a target as a whole is left alone after it failed, and what ends that sooner. A link that flaps must not make a storm.
import type { Clock } from "../device/clock.ts";
import type { SyncError } from "./errors.ts";
import { backoffMs } from "./retry.ts";

export type TargetRest = {
  /**
   * The target failed. Returns how long it rests, ms; null: it rests already, calls that fail together are one failure.
   * @param calledNs when the call began.
   */
  readonly failed: (error: SyncError, calledNs: number) => number | null;
  readonly succeeded: () => void;
  /** The network is said to be back: tries again at once; one that keeps coming back, a little later. */
  readonly wake: () => void;
  /** Milliseconds left; 0: it does not rest. */
  readonly leftMs: () => number;
  /** Rests in a row without a success between them. */
  readonly failures: () => number;
  /** The newest failure was a refusal of us as a whole. */
  readonly isRefused: () => boolean;
  /** Forgets what was; a new run looks with fresh eyes. @param keepRest what rests goes on resting. */
  readonly forget: (keepRest: boolean) => void;
};

/** How long a target rests that refuses us as a whole (wrong key, no such bucket): a matter for a person, or for fresh credentials. */
const refusedMs = 60_000;
/** Two wakes within this time are a link that flaps, ns. */
const flappingNs = 60e9;
/** Least and most time between two tries while it flaps, ms. */
const flappingGapMs = [1_500, 3_500] as const;

export function createTargetRest(clock: Pick<Clock, "monotonicNs">, random: () => number): TargetRest {
  let untilNs = 0;
  let failedNs = 0;
  let wokenNs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let isRefused = false;
  return {
    failed: (error, calledNs) => {
      if (calledNs < untilNs) return null;
      failures += 1;
      isRefused = error.kind === "permanent";
      const waitMs = isRefused
        ? Math.max(refusedMs, error.retryAfterMs ?? 0)
        : backoffMs(failures, { random, retryAfterMs: error.retryAfterMs });
      failedNs = clock.monotonicNs();
      // At least a moment: calls that began together fail a little after one another.
      untilNs = failedNs + Math.max(1, waitMs) * 1e6;
      return waitMs;
    },
    succeeded: () => {
      failures = 0;
    },
    wake: () => {
      const nowNs = clock.monotonicNs();
      const isFlapping = nowNs - wokenNs < flappingNs;
      wokenNs = nowNs;
      const [leastMs, mostMs] = flappingGapMs;
      const gapNs = isFlapping ? (leastMs + random() * (mostMs - leastMs)) * 1e6 : 0;
      untilNs = Math.min(untilNs, Math.max(nowNs, failedNs + gapNs));
      // What failed before says nothing of the new link, unless that link fails like the one before.
      if (!isFlapping) failures = 0;
    },
    leftMs: () => Math.max(0, (untilNs - clock.monotonicNs()) / 1e6),
    failures: () => failures,
    isRefused: () => isRefused,
    forget: (keepRest) => {
      failures = 0;
      isRefused = false;
      if (!keepRest) untilNs = 0;
    },
  };
}
