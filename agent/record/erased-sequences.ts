// Which closed sequences show frames that a person erases or brings back: one of which nothing is left is taken back where it arrived.
import { encodeTime } from "ulid";
import type { FrameRecord } from "../../device/frame.ts";
import { parseImageId } from "../../device/image-id.ts";
import type { SequenceRecord } from "../../device/sequence.ts";
import type { Store } from "../../device/store/store.ts";
import { readStoredSequence } from "../../sync/annotation/stored-sequence.ts";

/** A sequence is named by the moment it was opened, which lies so long before its last frame at the most, ms. */
const longestMs = 86_400_000;

/** Those every frame of which is erased, as far as they show one of `frames`; oldest first. */
export function erasedSequences(
  store: Store,
  frames: readonly Pick<FrameRecord, "camera" | "imgId">[],
): readonly SequenceRecord[] {
  const times = frames.map(({ imgId }) => (parseImageId(imgId) ?? 0) / 1000);
  const oldestMs = times.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  if (oldestMs === Number.POSITIVE_INFINITY) return [];
  const start = encodeTime(Math.max(0, Math.floor(oldestMs - longestMs)), 10);
  const found: SequenceRecord[] = [];
  for (const { value: sequence } of store.seen.sequences.range({ start })) {
    const { id, camera, firstImgId, lastImgId } = sequence;
    const isShown = frames.some(
      (frame) => frame.camera === camera && firstImgId <= frame.imgId && frame.imgId <= lastImgId,
    );
    if (isShown && readStoredSequence(store, id)?.isErased === true) found.push(sequence);
  }
  return found;
}
