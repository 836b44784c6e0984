// Puts one picture of a sequence from elsewhere into the store: frame, boxes, label, origin. Doing it twice leaves what doing it once leaves.
import { type FrameRecord, isFromDataset } from "../../device/frame.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { LabelDocument } from "../../device/label.ts";
import type { Origin } from "../../device/origin.ts";
import { packHashes } from "../../device/store/hashes.ts";
import type { Store } from "../../device/store/store.ts";
import { parseUtc } from "../../sync/utc-time.ts";
import { isSameBox } from "../ingest/crop.ts";
import { freeImageId } from "../ingest/free-time.ts";
import { originKey } from "../ingest/origin-key.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { ImportDetection, ImportSequence } from "./import-sequence.ts";
import { boxesOf, cameraOf, type ExaminedPicture, frameOf, labelOf } from "./store-words.ts";

/**
 * Identical bytes are one picture when they were taken together: a camera that froze shows them again, and that is another moment. A frame
 * that this device captured itself stays apart: it is sent on, and what was brought in is not.
 */
const togetherUs = 1e6;
/** Frames looked at for that. */
const mostTogether = 256;

/** The frame a detection was kept as; null: it was not, or the frame was dropped since. */
export function keptFrame(
  store: Store,
  sequence: ImportSequence,
  detection: ImportDetection,
): FrameRecord | null {
  const origin = store.seen.origins.get(originKey(pathOf(sequence, detection)));
  return origin === null ? null : store.frames.get(origin.imgId);
}

/** Within a commit. @param read null: the frame is there (`keptFrame`). @returns the frame; one that a person erased stays erased. */
export function placeDetection(
  sequence: ImportSequence,
  detection: ImportDetection,
  { store, read, nowUs }: { store: Store; read: ExaminedPicture | null; nowUs: number },
): FrameRecord {
  const frame =
    read === null ? keptFrame(store, sequence, detection)! : placeFrame(sequence, detection, { store, read });
  if (read !== null) bookOrigin(sequence, detection, { store, read, imgId: frame.imgId });
  if (frame.erasedAtUs !== null) return frame;
  placeBoxes(sequence, detection, { store, imgId: frame.imgId });
  placeLabel(labelOf(sequence, { frame, detection, nowUs }), store);
  return frame;
}

/** What the source says now, e.g. that it was smoke after all, takes the place of what it said; what else became of the label stays. */
function placeLabel(label: LabelDocument, store: Store): void {
  const there = store.labels.get(label.label_fingerprint);
  if (there === null) return void store.labels.add(label);
  const { source, objects } = label;
  const said = fingerprintOf([there.source ?? null, there.objects ?? null]);
  if (said !== fingerprintOf([source, objects])) store.labels.update({ ...there, source, objects });
}

function placeFrame(
  sequence: ImportSequence,
  detection: ImportDetection,
  { store, read }: { store: Store; read: ExaminedPicture },
): FrameRecord {
  const takenUs = parseUtc(detection.recorded_at)!;
  const camera = cameraOf(sequence);
  const there = takenTogether(store, takenUs).find(
    (frame) => frame.sha256 === read.sha256 && frame.camera === camera && isFromDataset(frame),
  );
  if (there !== undefined) return there;
  const imgId = freeImageId(store, takenUs);
  const frame = frameOf(sequence, { imgId, picture: read, detection });
  store.frames.add(frame, read.bytes);
  if (!store.seen.contents.has(read.fileSha256)) store.seen.contents.put(read.fileSha256, imgId);
  store.seen.hashes.put(imgId, packHashes(read.hashes));
  return frame;
}

function takenTogether(store: Store, takenUs: number): readonly FrameRecord[] {
  const start = formatImageId(Math.max(0, takenUs - togetherUs));
  return [...store.frames.range({ start, end: formatImageId(takenUs + togetherUs), limit: mostTogether })];
}

function bookOrigin(
  sequence: ImportSequence,
  detection: ImportDetection,
  { store, read, imgId }: { store: Store; read: ExaminedPicture; imgId: string },
): void {
  const path = pathOf(sequence, detection);
  const origin: Origin = {
    path,
    dataset: sequence.draft.source_api,
    size: read.fileSize,
    modifiedMs: Math.floor(parseUtc(detection.recorded_at)! / 1000),
    sha256: read.fileSha256,
    imgId,
    sightings: [],
    said: fingerprintOf(detection.algo_predictions),
  };
  store.seen.origins.put(originKey(path), origin);
}

/** Boxes that another sequence has brought to the same picture are there already. */
function placeBoxes(
  sequence: ImportSequence,
  detection: ImportDetection,
  { store, imgId }: { store: Store; imgId: string },
): void {
  const { source_api: model } = sequence.draft;
  const range = { start: [imgId, model, 0], end: [imgId, `${model}\0`, 0] } as const;
  const there = [...store.detections.range({ start: [...range.start], end: [...range.end] })].map(
    ({ value }) => value,
  );
  let index = there.reduce((last, each) => Math.max(last, each.index), -1) + 1;
  for (const box of boxesOf(sequence, detection)) {
    if (there.some((each) => each.className === box.className && isSameBox(each.box, box.box))) continue;
    store.detections.put([imgId, model, index], { ...box, imgId, index });
    index += 1;
  }
}

/** What the origin of a detection is called; a picture that is in several sequences has one for each. */
function pathOf({ draft }: ImportSequence, { alert_api_id: id }: ImportDetection): string {
  return `${draft.source_api}/sequences/${draft.alert_api_id}/detections/${id}`;
}
