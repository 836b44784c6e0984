// Retention: keeps the store within its budget by a ladder (warn → drop sent → thin unlabelled unsent → stop capture).
// Nothing unsent is dropped silently: every drop is counted by reason and journalled.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DiskSpace } from "../disk.ts";
import { type FrameRecord, isFromDataset } from "../frame.ts";
import type { Log } from "../log.ts";
import { answers } from "../sighting.ts";
import { awaitedFrames, shownFrames } from "./awaited-frames.ts";
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
  /**
   * Targets that closed sequences go to with their pictures: frames of one that waits for them stay until the store is so full that
   * unlabelled frames would be thinned. Where pictures go nowhere else, frames of sequences that these have may be dropped for room.
   * Default none.
   */
  readonly sequenceTargets?: readonly string[];
  /** Targets that are sent to and not waited for; default none. */
  readonly optionalTargets?: readonly string[];
};

/** Fractions of the capacity at which each rung begins; dropping goes on down to `relief`. */
export const ladder = { warn: 0.8, dropSent: 0.9, thin: 0.95, full: 0.99, relief: 0.85 } as const;

/** Frames looked at for one rung of one check; the next check goes on where this one ended, so that no frame is out of reach. */
const scanLimit = 20_000;
/** Frames looked at, or dropped, before others have their turn: the stick must not wait for housekeeping. */
const pageFrames = 100;

export type Retention = {
  /** Looks at the pressure and drops what the ladder allows, oldest first. A check under way is shared. */
  readonly check: () => Promise<RetentionState>;
  /** The result of the newest check. */
  readonly state: () => RetentionState;
};

/** A rung of the ladder that drops: from which fraction on, and what it may take. */
type Rung = {
  readonly reason: "erased" | "sent" | "shown" | "awaited" | "thinned";
  readonly from: number;
  readonly mayDrop: (frame: FrameRecord) => boolean;
  /** Of those it may take, every how many-th it takes. */
  readonly every: number;
};

export function createRetention(options: {
  store: Store;
  limits: RetentionLimits;
  disk: () => DiskSpace;
  log: Log;
}): Retention {
  const { store, limits, disk, log } = options;
  let state = measureRoom(store, limits, disk());
  let checking: Promise<RetentionState> | null = null;
  /** As it was when the present check began: what is awaited since then is the newest, which is dropped last. */
  let isAwaited: (frame: FrameRecord) => boolean = () => false;
  /** The same of those that went; asked only where pictures go nowhere else. */
  let isShown: (frame: FrameRecord) => boolean = () => false;
  const rungs: readonly Rung[] = [
    { reason: "erased", from: ladder.dropSent, mayDrop: (frame) => isForgotten(store, frame), every: 1 },
    {
      reason: "sent",
      from: ladder.dropSent,
      mayDrop: (frame) => !isAwaited(frame) && isSent(store, frame, limits),
      every: 1,
    },
    {
      reason: "shown",
      from: ladder.dropSent,
      mayDrop: (frame) => isShown(frame) && !isAwaited(frame) && isAllElseSent(store, frame, limits),
      every: 1,
    },
    // A reviewer gets less to see then, but what will never be anywhere else is kept.
    { reason: "awaited", from: ladder.thin, mayDrop: (frame) => isSent(store, frame, limits), every: 1 },
    {
      reason: "thinned",
      from: ladder.thin,
      // Every second one, so that what is left still covers the whole time.
      mayDrop: (frame) => isUnlabelled(store, frame),
      every: 2,
    },
  ];
  /** Where the next scan of a rung begins: behind what was looked at last; undefined: at the oldest frame. */
  const cursors = new Map<Rung, string | undefined>();

  const climb = async (rung: Rung): Promise<void> => {
    let toFree = state.usedBytes - state.capacityBytes * ladder.relief;
    let looked = 0;
    let matches = 0;
    let wrapped = cursors.get(rung) === undefined;
    while (toFree > 0 && looked < scanLimit) {
      const start = cursors.get(rung);
      const page = [...store.frames.range({ limit: pageFrames, ...(start === undefined ? {} : { start }) })];
      looked += page.length;
      const batch: FrameRecord[] = [];
      for (const frame of page) {
        cursors.set(rung, `${frame.imgId}\0`);
        if (toFree <= 0) break;
        if (!rung.mayDrop(frame)) continue;
        matches += 1;
        if (matches % rung.every !== 0) continue;
        toFree -= storedBytes(frame.size);
        batch.push(frame);
      }
      if (batch.length > 0) await drop(rung, batch);
      if (page.length < pageFrames) {
        cursors.delete(rung);
        if (wrapped) break;
        wrapped = true;
      }
      await nextTurn();
    }
    state = measureRoom(store, limits, disk());
  };
  const drop = async (rung: Rung, candidates: readonly FrameRecord[]): Promise<void> => {
    const dropped = await store.commit(() => {
      // Looked at once more: an undone erase may owe a frame again since it was chosen.
      const frames = candidates.flatMap(({ imgId }) => store.frames.get(imgId) ?? []).filter(rung.mayDrop);
      if (frames.length > 0) dropFrames(store, frames, rung.reason);
      return frames;
    });
    if (dropped.length === 0) return;
    log.warn(
      { reason: rung.reason, frames: dropped.length, first: dropped[0]!.imgId, last: dropped.at(-1)!.imgId },
      "frames dropped to make room",
    );
  };
  const check = async (): Promise<RetentionState> => {
    state = measureRoom(store, limits, disk());
    const isAt = ({ from }: Rung): boolean => state.usedBytes / state.capacityBytes >= from;
    if (rungs.some(isAt)) {
      const { sequenceTargets = [], pictureTargets } = limits;
      isAwaited = awaitedFrames(store, sequenceTargets);
      if (pictureTargets.length === 0) isShown = shownFrames(store, sequenceTargets);
    }
    for (const rung of rungs) if (isAt(rung)) await climb(rung);
    return state;
  };

  return {
    state: () => state,
    check: () => {
      checking ??= check().finally(() => {
        checking = null;
      });
      return checking;
    },
  };
}

/** How full the store is; nothing is dropped. */
export function measureRoom(
  store: Pick<Store, "counters" | "fileBytes">,
  limits: Pick<RetentionLimits, "maxBytes" | "keepFreeBytes">,
  disk: DiskSpace,
): RetentionState {
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

/** Whether a person erased the frame and no target has to give it back any more. */
function isForgotten(store: Store, frame: FrameRecord): boolean {
  if (frame.erasedAtUs === null || store.outbox.isOwed("picture", frame.imgId)) return false;
  return store.labels
    .ofFrame(frame.imgId)
    .every(({ label_fingerprint: fingerprint }) => !store.outbox.isOwed("label", fingerprint));
}

function isUnlabelled(store: Store, frame: FrameRecord): boolean {
  if (frame.erasedAtUs !== null || isFromDataset(frame)) return false;
  if (store.labels.ofFrame(frame.imgId).length > 0) return false;
  // A person or a data set said who is in it: that is a label, too.
  for (const sighting of store.sightings.of("frame", frame.imgId)) {
    if (answers(sighting)) return false;
  }
  // A model saw something on it: that is what a camera post is there for.
  const seen = store.detections.keys({
    start: [frame.imgId, "", 0],
    end: [frame.imgId, "\uffff", 0],
    limit: 1,
  });
  return [...seen].length === 0;
}

/** Whether every required target has a receipt for the picture and for each label, and none still waits for them. */
export function isSent(
  store: Store,
  frame: FrameRecord,
  limits: Pick<RetentionLimits, "pictureTargets" | "labelTargets" | "optionalTargets">,
): boolean {
  const { outbox } = store;
  if (limits.pictureTargets.length === 0) return false;
  if (!limits.pictureTargets.every((target) => outbox.receipt("picture", frame.imgId, target) !== null))
    return false;
  return isAllElseSent(store, frame, limits);
}

/** Whether nothing of the frame is owed to a required target any more, and its labels are there; its picture is another matter. */
function isAllElseSent(
  { outbox, labels }: Store,
  frame: FrameRecord,
  limits: Pick<RetentionLimits, "labelTargets" | "optionalTargets">,
): boolean {
  const { optionalTargets } = limits;
  if (frame.erasedAtUs !== null) return false;
  if (outbox.isOwed("picture", frame.imgId, optionalTargets)) return false;
  if (outbox.isOwed("detection", frame.imgId)) return false;
  return labels.ofFrame(frame.imgId).every(({ label_fingerprint: fingerprint }) => {
    if (!limits.labelTargets.every((target) => outbox.receipt("label", fingerprint, target) !== null))
      return false;
    return !outbox.isOwed("label", fingerprint, optionalTargets);
  });
}

/** Deletes frames with all that belongs to them and books the drop. Within a commit only. */
export function dropFrames(store: Store, frames: readonly FrameRecord[], reason: string): void {
  let bytes = 0;
  let unsent = 0;
  let sightings = 0;
  let sightingsKept = 0;
  for (const frame of frames) {
    for (const sighting of [...store.sightings.of("frame", frame.imgId)]) {
      // What an individual is recognised by outlives its picture, unless somebody wanted the picture gone.
      if (reason !== "erased" && answers(sighting)) {
        sightingsKept += 1;
        continue;
      }
      store.sightings.remove(sighting.id);
      sightings += 1;
    }
    if (store.outbox.isOwed("picture", frame.imgId)) unsent += 1;
    store.outbox.withdraw("picture", frame.imgId);
    store.outbox.forget("picture", frame.imgId);
    store.outbox.withdraw("detection", frame.imgId);
    store.outbox.forget("detection", frame.imgId);
    for (const fingerprint of store.labels.removeOfFrame(frame.imgId)) {
      store.outbox.withdraw("label", fingerprint);
      store.outbox.forget("label", fingerprint);
    }
    for (const key of [
      ...store.detections.keys({ start: [frame.imgId, "", 0], end: [frame.imgId, "\uffff", 0] }),
    ])
      store.detections.remove(key);
    store.frames.remove(frame.imgId);
    if (store.seen.contents.get(frame.sha256) === frame.imgId) store.seen.contents.remove(frame.sha256);
    bytes += frame.size;
  }
  store.counters.add(`dropped/${reason}`, frames.length);
  if (sightings > 0) store.counters.add("sightings.dropped", sightings);
  store.journal.write("retention.dropped", {
    reason,
    frames: frames.length,
    bytes,
    unsent,
    ...(sightings + sightingsKept === 0 ? {} : { sightings, sightingsKept }),
    first: frames[0]?.imgId,
    last: frames.at(-1)?.imgId,
  });
}
