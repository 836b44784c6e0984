// What came of one sequence.
import type { Annotated } from "./annotate.ts";
import type { ImportProblem } from "./import-sequence.ts";
import type { FoundSequence } from "./import-source.ts";

export type Outcome = {
  /**
   * done: it is there. skipped: it was there already, nothing to do. left alone: a person works on it. boxless: it is there, with nothing to
   * annotate. refused: it breaks a rule, which trying again does not mend.
   */
  readonly kind: "done" | "skipped" | "left alone" | "boxless" | "refused";
  /** Why it is refused, or what went wrong beside it. */
  readonly problems: readonly ImportProblem[];
  /** Records that did not go in; of a skipped one, in an earlier run. */
  readonly leftOut: readonly ImportProblem[];
  readonly notes: readonly ImportProblem[];
  /** Detections, or frames of the store, that were made. */
  readonly detections: number;
  readonly annotated: Annotated | null;
  /** Its temporal score had changed. */
  readonly refreshed: boolean;
  /** Its alert was parked, for want of boxes. */
  readonly alertSkipped: boolean;
};

/** An outcome with nothing else to tell but what is given. */
export function outcome(kind: Outcome["kind"], told: Partial<Outcome> = {}): Outcome {
  const nothing = {
    problems: [],
    leftOut: [],
    notes: [],
    detections: 0,
    annotated: null,
    refreshed: false,
    alertSkipped: false,
  };
  return { kind, ...nothing, ...told };
}

/** A sequence and what is to be done with it. */
export type Job = {
  readonly found: FoundSequence;
  /** @param isAgain it failed before in this run. @throws SyncError when it could not be finished. */
  readonly run: (isAgain: boolean) => Promise<Outcome>;
};
