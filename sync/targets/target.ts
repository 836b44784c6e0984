// A target takes things from the outbox. Every target passes test/contracts/target.ts.
import type { Lane, OutboxEntry } from "../../device/store/outbox.ts";
import type { SyncError } from "../errors.ts";

/** What became of one entry at its target. */
export type DeliveryOutcome =
  /** The target has it (or, for `remove`, has it no more); `already`: that was so before we came. */
  | { readonly result: "delivered"; readonly reference: string | null; readonly already: boolean }
  /** There is nothing left to send: the thing was dropped or erased in the store. */
  | { readonly result: "gone" }
  /** Not its turn yet: something else has to arrive first. Not a failure. */
  | { readonly result: "early" }
  | { readonly result: "failed"; readonly error: SyncError };

/** Somewhere to send things. Idempotent by construction: delivering an entry twice leaves what delivering it once leaves. */
export type Target = {
  /** Identity in the outbox and in receipts, without secrets and stable over restarts, e.g. "s3://bucket". */
  readonly name: string;
  /** Targets that must have an entry's picture first; a run to empty drains them before this one. */
  readonly waitsFor: readonly string[];
  /** Entries per call of `deliver`. */
  readonly maxBatch: number;
  /** Bytes per call of `deliver`, of what waits and not of what happened to be read ahead; not given: whatever `maxBatch` comes to. */
  readonly maxBatchBytes?: number;
  /** Calls of `deliver` in flight at once, as it is now: it may change with what the target meets. */
  readonly concurrency: number;
  /**
   * true: a thing that fails holds what stands behind it in its lane, so that nothing is overtaken; what is refused for good stands
   * aside. `concurrency` is 1 then.
   */
  readonly inOrder?: boolean;
  /**
   * Whether a lane is worth a call now; not given: always. A target that packs waits until there is enough, but not in a run that
   * ends when nothing is left (`toEmpty`).
   */
  readonly isRipe?: (lane: Lane, options: { readonly toEmpty: boolean }) => boolean;
  /** One outcome per entry, in order. @throws SyncError when the target as a whole failed; then no entry counts as tried. */
  readonly deliver: (
    entries: readonly OutboxEntry[],
    signal: AbortSignal,
  ) => Promise<readonly DeliveryOutcome[]>;
  /** Resolves when the target answers and lets us in. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};
