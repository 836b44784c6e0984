// Closed sequences in a store, with frames that are real, small JPEGs.
import { ulid } from "ulid";
import type { FrameRecord } from "../../device/frame.ts";
import { parseImageId } from "../../device/image-id.ts";
import type { SequenceRecord } from "../../device/sequence.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import type { OutboxDraft } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import { makeJpegs } from "./pictures.ts";
import { frameEntry, frameId } from "./store.ts";

export type TestSequence = {
  /** Names it: its ULID and its frames follow from it. */
  readonly n: number;
  /** Default 3. */
  readonly frames?: number;
  readonly className?: string;
  readonly camera?: string;
  readonly target: string;
  /** false: it goes on. Default true. */
  readonly closed?: boolean;
  /** Its ULID says this time, ms since 1970; not given: it has a name that says none. */
  readonly ulidMs?: number;
};

/** Frames of one sequence before those of the next begin. */
const mostFrames = 1000;

/** The ULID of test sequence `n`. */
export function sequenceId(n: number): string {
  return `01SEQUENCE${String(n).padStart(16, "0")}`;
}

/** The img_id of frame `at` of test sequence `n`. */
export function sequenceFrameId(n: number, at: number): string {
  return frameId(n * mostFrames + at);
}

/** One picture, made once a file: a sequence shows that bytes arrive, not which. */
let picture: Promise<Uint8Array> | null = null;

export function testPicture(): Promise<Uint8Array> {
  picture ??= makeJpegs(1, { width: 64, height: 48 }).then(([jpeg]) => jpeg!);
  return picture;
}

/** Keeps a sequence that waits for a target; each frame has a box that moves to the right, and the middle one is the best. */
export async function keepSequence(store: Store, options: TestSequence): Promise<SequenceRecord> {
  const { n, frames = 3, className = "smoke", camera = "front", target, closed = true, ulidMs } = options;
  const bytes = await testPicture();
  const records = Array.from({ length: frames }, (_, at): FrameRecord => {
    const { frame } = frameEntry(n * mostFrames + at);
    return { ...frame, camera, sha256: sha256Hex(bytes), size: bytes.byteLength };
  });
  const first = records[0]!;
  const last = records.at(-1)!;
  const sequence: SequenceRecord = {
    id: ulidMs === undefined ? sequenceId(n) : ulid(ulidMs),
    camera,
    model: "post-v1",
    className,
    openedAt: first.moment,
    closedAt: closed ? last.moment : null,
    firstImgId: first.imgId,
    lastImgId: last.imgId,
    frames,
    bestScore: 0.9,
    bestImgId: records[frames >> 1]!.imgId,
    individual: null,
  };
  const draft: OutboxDraft = {
    target,
    lane: "labelled",
    kind: "sequence",
    operation: "put",
    id: sequence.id,
    imgId: null,
    bytes: frames * bytes.byteLength,
    notBeforeUs: null,
  };
  await store.commit(() => {
    store.seen.sequences.put(sequence.id, sequence);
    if (closed) store.outbox.enqueue(draft);
    records.forEach((frame, at) => {
      store.frames.add(frame, bytes);
      const left = 0.1 + (0.5 * at) / frames;
      const box = { left, top: 0.2, right: left + 0.2, bottom: 0.4 };
      store.seen.sequenceFrames.put([sequence.id, frame.imgId], {
        sequence: sequence.id,
        imgId: frame.imgId,
        box,
        confidence: 0.5,
        leadUp: false,
      });
      store.detections.put([frame.imgId, "post-v1", 0], {
        imgId: frame.imgId,
        model: "post-v1",
        index: 0,
        box,
        className,
        confidence: 0.5,
      });
    });
  });
  return sequence;
}

/** Erases frames as a person does, or drops them as retention does. */
export async function loseFrames(
  store: Store,
  imgIds: readonly string[],
  how: "erased" | "dropped",
): Promise<void> {
  await store.commit(() => {
    for (const imgId of imgIds)
      if (how === "dropped") store.frames.remove(imgId);
      else store.frames.update({ ...store.frames.get(imgId)!, erasedAtUs: 1 });
  });
}

/** Wall µs that a frame's name says. */
export function takenUs(imgId: string): number {
  return parseImageId(imgId)!;
}
