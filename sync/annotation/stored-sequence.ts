// A closed sequence as the store has it now, with what is left of its pictures.
import { parseImageId } from "../../device/image-id.ts";
import type { SequenceFrame, SequenceRecord } from "../../device/sequence.ts";
import type { Store } from "../../device/store/store.ts";
import type { SeenBox } from "./drafts.ts";

export type StoredSequence = {
  readonly record: SequenceRecord;
  /** In the order of their times, those without a picture included. */
  readonly frames: readonly SequenceFrame[];
  /** Whether there is a picture to send: not dropped for room, not erased. Whether its bytes are whole shows when they are read. */
  readonly hasPicture: (imgId: string) => boolean;
  /** Every frame was erased by a person. */
  readonly isErased: boolean;
  /** Wall µs of the exposure, put right where the clock was not set; of a frame that is gone what its name says. */
  readonly takenUs: (imgId: string) => number;
  /** What its model saw on the frame beside the sequence itself. */
  readonly others: (frame: SequenceFrame) => readonly SeenBox[];
};

/** null: there is no such sequence, or it is not over. */
export function readStoredSequence(
  store: Pick<Store, "frames" | "seen" | "detections">,
  id: string,
): StoredSequence | null {
  const record = store.seen.sequences.get(id);
  if (record === null || record.closedAt === null) return null;
  const frames = [...store.seen.sequenceFrames.range({ start: [id, ""], end: [id, "\uffff"] })].map(
    ({ value }) => value,
  );
  return {
    record,
    frames,
    hasPicture: (imgId) => store.frames.get(imgId)?.erasedAtUs === null,
    isErased:
      frames.length > 0 &&
      frames.every(({ imgId }) => (store.frames.get(imgId)?.erasedAtUs ?? null) !== null),
    takenUs: (imgId) => {
      const frame = store.frames.get(imgId);
      return frame?.correctedWallUs ?? frame?.moment.wallUs ?? parseImageId(imgId) ?? 0;
    },
    others: ({ imgId, box: own }) =>
      [
        ...store.detections.range({
          start: [imgId, record.model, 0],
          end: [imgId, record.model, Number.MAX_SAFE_INTEGER],
        }),
      ].flatMap(({ value: { box, className, confidence } }) =>
        own !== null && isSame(box, own) ? [] : [{ box, className, confidence }],
      ),
  };
}

function isSame(one: SeenBox["box"], other: SeenBox["box"]): boolean {
  return (
    one.left === other.left &&
    one.top === other.top &&
    one.right === other.right &&
    one.bottom === other.bottom
  );
}
