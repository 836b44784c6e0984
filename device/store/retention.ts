// Retention: keeps the store within its budget by a ladder (warn → drop sent → thin unlabelled unsent → stop capture).
// Nothing unsent is dropped silently: every drop is counted by reason and journalled.
import type { DiskSpace } from "../disk.ts";
import type { FrameRecord } from "../frame.ts";
import type { Log } from "../log.ts";
import { storedBytes } from "./frames.ts";
import type { Store } from "./store.ts";

/** The rung of the ladder the store stands on. */
export type Pressure = "none" | "warn" | "dropping-sent" | "thinning" | "full";

export type RetentionState = {
  readonly pressure: Pressure;
  /** Bytes of live values. */
  readonly usedBytes: number;
  /** Bytes that may be used: the budget, or what the disk can still give if that is less. */
  readonly capacityBytes: number;
  /** false: capture has to stop, for only labelled or unsent pictures are left and there is no room. */
  readonly mayCapture: boolean;
};

export type RetentionLimits = {
  /** Budget for live bytes; null: the disk alone decides. */
  readonly maxBytes: number | null;
  /** Bytes of the disk that are left to others. */
  readonly keepFreeBytes: number;
  /** Targets that must have a picture before it counts as sent; none: nothing ever counts as sent. */
  readonly pictureTargets: readonly string[];
  /** The same for each of its labels. */
  readonly labelTargets: readonly string[];
};

/** Fractions of the capacity at which each rung begins; dropping goes on down to `relief`. */
export const ladder = { warn: 0.8, dropSent: 0.9, thin: 0.95, full: 0.99, relief: 0.85 } as const;

/** Frames looked at in one check, so that a check stays short on a store of millions. */
const scanLimit = 20_000;
const dropBatch = 200;

export type Retention = {
  /** Looks at the pressure and drops what the ladder allows. */
  readonly check: () => Promise<RetentionState>;
  /** The result of the newest check. */
  readonly state: () => RetentionState;
};

export function createRetention(options: {
  store: Store;
  limits: RetentionLimits;
  disk: () => DiskSpace;
  log: Log;
}): Retention {
  const { store, limits, disk, log } = options;
  let state = measure(store, limits, disk());

  const drop = async (
    reason: string,
    isDroppable: (frame: FrameRecord, position: number) => boolean,
  ): Promise<void> => {
    const aim = state.capacityBytes * ladder.relief;
    let toFree = state.usedBytes - aim;
    let batch: FrameRecord[] = [];
    let position = 0;
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      const frames = batch;
      batch = [];
      await store.commit(() => dropFrames(store, frames, reason));
      log.warn(
        { reason, frames: frames.length, first: frames[0]!.imgId, last: frames.at(-1)!.imgId },
        "frames dropped to make room",
      );
    };
    for (const frame of store.frames.range({ limit: scanLimit })) {
      if (toFree <= 0) break;
      position += 1;
      if (!isDroppable(frame, position)) continue;
      toFree -= storedBytes(frame.size);
      batch.push(frame);
      if (batch.length >= dropBatch) await flush();
    }
    await flush();
    state = measure(store, limits, disk());
  };

  return {
    state: () => state,
    check: async () => {
      state = measure(store, limits, disk());
      const fraction = (): number => state.usedBytes / state.capacityBytes;
      if (fraction() >= ladder.dropSent) await drop("sent", (frame) => isSent(store, frame, limits));
      if (fraction() >= ladder.thin) {
        await drop(
          "thinned",
          (frame, position) => position % 2 === 0 && store.labels.ofFrame(frame.imgId).length === 0,
        );
      }
      return state;
    },
  };
}

function measure(store: Store, limits: RetentionLimits, disk: DiskSpace): RetentionState {
  const usedBytes = store.counters.get("bytes");
  // The data file never shrinks: its freed pages are room as good as free disk.
  const diskCapacity = store.fileBytes() + Math.max(0, disk.freeBytes - limits.keepFreeBytes);
  const capacityBytes = Math.max(1, Math.min(limits.maxBytes ?? Number.POSITIVE_INFINITY, diskCapacity));
  const fraction = usedBytes / capacityBytes;
  const pressure: Pressure =
    fraction >= ladder.full
      ? "full"
      : fraction >= ladder.thin
        ? "thinning"
        : fraction >= ladder.dropSent
          ? "dropping-sent"
          : fraction >= ladder.warn
            ? "warn"
            : "none";
  return { pressure, usedBytes, capacityBytes, mayCapture: pressure !== "full" };
}

/** Whether every required target has a receipt for the picture and for each label, and none still waits for them. */
export function isSent(
  store: Store,
  frame: FrameRecord,
  limits: Pick<RetentionLimits, "pictureTargets" | "labelTargets">,
): boolean {
  const { outbox } = store;
  if (limits.pictureTargets.length === 0 || outbox.isOwed("picture", frame.imgId)) return false;
  if (!limits.pictureTargets.every((target) => outbox.receipt("picture", frame.imgId, target) !== null))
    return false;
  return store.labels.ofFrame(frame.imgId).every(({ label_fingerprint: fingerprint }) => {
    if (outbox.isOwed("label", fingerprint)) return false;
    return limits.labelTargets.every((target) => outbox.receipt("label", fingerprint, target) !== null);
  });
}

/** Deletes frames with all that belongs to them and books the drop. Within a commit only. */
export function dropFrames(store: Store, frames: readonly FrameRecord[], reason: string): void {
  let bytes = 0;
  let unsent = 0;
  for (const frame of frames) {
    if (store.outbox.isOwed("picture", frame.imgId)) unsent += 1;
    store.outbox.withdraw("picture", frame.imgId);
    store.outbox.forget("picture", frame.imgId);
    for (const fingerprint of store.labels.removeOfFrame(frame.imgId)) {
      store.outbox.withdraw("label", fingerprint);
      store.outbox.forget("label", fingerprint);
    }
    for (const key of [
      ...store.detections.keys({ start: [frame.imgId, "", 0], end: [frame.imgId, "\uffff", 0] }),
    ])
      store.detections.remove(key);
    store.frames.remove(frame.imgId);
    bytes += frame.size;
  }
  store.counters.add(`dropped/${reason}`, frames.length);
  store.journal.write("retention.dropped", {
    reason,
    frames: frames.length,
    bytes,
    unsent,
    first: frames[0]?.imgId,
    last: frames.at(-1)?.imgId,
  });
}
