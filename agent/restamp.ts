// Frames that were stamped by a clock nobody had set get the right time, once, beside the first one: their names stay, for these are
// keys. What was not sent yet goes to the folder of its true day, and its labels say the true time.
import { setImmediate as nextTurn } from "node:timers/promises";
import { type ClockAnchor, wallUsBy } from "../device/clock-watch.ts";
import type { FrameRecord } from "../device/frame.ts";
import { dayOf, formatImageId } from "../device/image-id.ts";
import type { Store } from "../device/store/store.ts";

/** A stretch of a boot in which the clock was not synchronised. */
export type UnsetStretch = {
  readonly bootId: string;
  /** What held in it. */
  readonly anchor: ClockAnchor;
  /** Its end, monotonic ns of the same boot. */
  readonly untilNs: number;
};

/** Frames of one commit. */
const batchFrames = 200;
/** Names lie a little beside the moment (bumped when taken), and stamping takes its time, µs. */
const marginUs = 60_000_000;

/**
 * Gives the frames of a stretch the time that `truth` says. What was stamped anew before stays as it is, so it may be repeated.
 * Resolves with the number of frames.
 */
export async function restampFrames(
  store: Store,
  { anchor, bootId, untilNs }: UnsetStretch,
  { truth, signal }: { readonly truth: ClockAnchor; readonly signal: AbortSignal },
): Promise<number> {
  const start = formatImageId(Math.max(0, wallUsBy(anchor, anchor.monotonicNs) - marginUs));
  const end = formatImageId(wallUsBy(anchor, untilNs) + marginUs);
  const isMeant = ({ moment, correctedWallUs }: FrameRecord): boolean =>
    moment.bootId === bootId && !moment.clockSynchronised && correctedWallUs === undefined;
  let stamped = 0;
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    const imgIds = batch;
    batch = [];
    stamped += await store.commit(() => {
      const frames = imgIds.flatMap((imgId) => store.frames.get(imgId) ?? []).filter(isMeant);
      for (const frame of frames) restamp(store, frame, wallUsBy(truth, frame.moment.monotonicNs));
      return frames.length;
    });
    await nextTurn();
  };
  for (const frame of store.frames.range({ start, end })) {
    if (signal.aborted) break;
    if (isMeant(frame)) batch.push(frame.imgId);
    if (batch.length >= batchFrames) await flush();
  }
  if (batch.length > 0) await flush();
  // Their times are those of their frames, read when they are sent.
  const sequences = [...store.outbox.waitingIds("sequence", null)];
  if (sequences.length > 0)
    await store.commit(() => {
      for (const id of sequences) store.outbox.clockIsSet("sequence", id);
    });
  return stamped;
}

/** Within a commit only. */
function restamp(store: Store, frame: FrameRecord, correctedWallUs: number): void {
  const trueTime = formatImageId(correctedWallUs);
  // Nothing of what waited for the clock can be on its way under the old folder.
  const wasHeld = store.outbox.clockIsSet("picture", frame.imgId);
  store.frames.update({
    ...frame,
    correctedWallUs,
    prefix: wasHeld ? frame.prefix.replace(/\d{8}$/, dayOf(trueTime)) : frame.prefix,
  });
  store.outbox.clockIsSet("detection", frame.imgId);
  for (const label of store.labels.ofFrame(frame.imgId)) {
    // The fingerprint does not hold the time, so it stays (fingerprint.ts).
    if (store.outbox.clockIsSet("label", label.label_fingerprint))
      store.labels.update({ ...label, timestamp: trueTime });
  }
}
