// What an import came to, counted while it runs.
import type { ImportProblem } from "./import-sequence.ts";
import type { SequencePreview } from "./preview.ts";

/** Stable names: scripts read them. */
export type ImportResult = {
  readonly totalSequences: number;
  /** In place now, by this run. */
  readonly successfulSequences: number;
  readonly failedSequences: number;
  readonly annotationsCreated: number;
  readonly annotationsUpdated: number;
  /** There already, nothing to do. */
  readonly skippedSequences: number;
  /** Sequences with a person's work. */
  readonly leftAlone: readonly string[];
  /** Temporal scores that had changed. */
  readonly refreshedScores: number;
  /** Alerts without a box that were parked for reviewers. */
  readonly skippedAlerts: number;
  /** Detections, or frames of the store, that were made. */
  readonly detectionsCreated: number;
  readonly retriedCalls: number;
  readonly retriedSequences: number;
  readonly rolledBack: readonly string[];
  /** Days and sequences that failed, and why. */
  readonly problems: readonly ImportProblem[];
  /** Records that did not go in while the rest of their sequence did. */
  readonly leftOut: readonly ImportProblem[];
  /** The same of earlier runs. */
  readonly leftOutBefore: readonly ImportProblem[];
  /** Boxes that were left out, and other things worth a look. */
  readonly notes: readonly ImportProblem[];
  readonly stopped: boolean;
  readonly dryRun: boolean;
  /** What would be made; a dry run's only. */
  readonly preview: readonly SequencePreview[];
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** A result to be filled in. */
export type Tally = Mutable<ImportResult>;

export function createTally(dryRun: boolean): Tally {
  return {
    totalSequences: 0,
    successfulSequences: 0,
    failedSequences: 0,
    annotationsCreated: 0,
    annotationsUpdated: 0,
    skippedSequences: 0,
    leftAlone: [],
    refreshedScores: 0,
    skippedAlerts: 0,
    detectionsCreated: 0,
    retriedCalls: 0,
    retriedSequences: 0,
    rolledBack: [],
    problems: [],
    leftOut: [],
    leftOutBefore: [],
    notes: [],
    stopped: false,
    dryRun,
    preview: [],
  };
}
