// A sequence from elsewhere in the words of the store: frames, boxes, a label each, and the sequence. Pure: what is kept is written by others.
import type { Box, Detection } from "../../device/detection.ts";
import { labelFingerprint } from "../../device/fingerprint.ts";
import { datasetPrefix, type FrameRecord, fileNameOf } from "../../device/frame.ts";
import { dayOf, formatImageId, parseImageId } from "../../device/image-id.ts";
import type { LabelDocument } from "../../device/label.ts";
import type { SequenceFrame, SequenceRecord } from "../../device/sequence.ts";
import type { Prediction } from "../../sync/clients/annotation-api.ts";
import type { ReadPicture } from "../ingest/picture-messages.ts";
import type { ImportDetection, ImportSequence } from "./import-sequence.ts";
import { enclosing } from "./tracks.ts";

/** Prefix of the counts of sequences that came from elsewhere, by source. */
export const importedCounts = "imported/";

/** The camera's name as the store has it: a name with a slash would be two parts of a count. */
export function cameraOf({ draft }: ImportSequence): string {
  return draft.camera_name.replaceAll(/[/\p{Cc}]+/gu, "-");
}

/** The frame of a picture. Its prefix says that it is somebody's reference: it is not sent on by itself, and not thinned for room. */
export function frameOf(
  sequence: ImportSequence,
  { imgId, picture, detection }: { imgId: string; picture: ExaminedPicture; detection: ImportDetection },
): FrameRecord {
  const { source_api: source } = sequence.draft;
  return {
    imgId,
    camera: cameraOf(sequence),
    sequence: 0,
    moment: momentAt(parseImageId(imgId)!),
    sha256: picture.sha256,
    size: picture.bytes.byteLength,
    mediaType: picture.mediaType,
    width: picture.width,
    height: picture.height,
    run: null,
    prefix: `${datasetPrefix}${source}/${dayOf(imgId)}`,
    erasedAtUs: null,
    truth: { source, detection: detection.alert_api_id, bucketKey: detection.picture.bucketKey },
  };
}

export type ExaminedPicture = Omit<ReadPicture, "modifiedMs">;

/** All boxes of a picture, its own first: whoever trains on it must not take what another sequence is about for nothing. */
export function boxesOf(
  { draft }: ImportSequence,
  { algo_predictions, others_bboxes = [] }: ImportDetection,
): readonly Omit<Detection, "imgId" | "index">[] {
  return [...algo_predictions, ...others_bboxes].map((prediction) => ({
    model: draft.source_api,
    box: edgesOf(prediction.xyxyn),
    className: prediction.class_name,
    confidence: prediction.confidence,
  }));
}

/** What the source says of a picture, as the document that searches and exports read. One for each sequence it is in. */
export function labelOf(
  sequence: ImportSequence,
  {
    frame,
    detection,
    nowUs,
  }: { readonly frame: FrameRecord; readonly detection: ImportDetection; readonly nowUs: number },
): LabelDocument {
  const { draft } = sequence;
  const { imgId } = frame;
  const now = formatImageId(nowUs);
  const body = {
    event: `${datasetPrefix}${draft.source_api}`,
    track: frame.camera,
    track_picture: "",
    track_type: "camera post",
    comment: "",
    dataset: [{ name: draft.source_api, comment: "", created_on_date: now, query: null }],
    s3_bucket: "",
    raw_picture: true,
    upload_date: null,
    img_id: imgId,
    file_name: fileNameOf(imgId, frame.mediaType),
    file_type: frame.mediaType.replace("image/", ""),
    timestamp: imgId,
    label: {
      label_direction: null,
      label_speed: null,
      created_by: `${draft.source_api}/${draft.alert_api_id}`,
      created_on_date: now,
    },
    source: {
      api: draft.source_api,
      sequence: draft.alert_api_id,
      alert: draft.platform_alert_id ?? draft.alert_api_id,
      detection: detection.alert_api_id,
      organisation: draft.organisation_name,
      lat: draft.lat,
      lon: draft.lon,
      ...(draft.azimuth === undefined ? {} : { azimuth: draft.azimuth }),
      ...(draft.is_wildfire_alertapi === undefined ? {} : { kind: draft.is_wildfire_alertapi }),
      ...(draft.temporal_model_score === undefined ? {} : { temporal_score: draft.temporal_model_score }),
    },
    objects: detection.algo_predictions,
  };
  return { ...body, label_fingerprint: labelFingerprint(body) };
}

/** What the sequence shows on a frame: the box around its boxes. */
export function sequenceFrameOf(
  id: string,
  imgId: string,
  { algo_predictions }: ImportDetection,
): SequenceFrame {
  const edges = algo_predictions.map(({ xyxyn }) => xyxyn);
  return {
    sequence: id,
    imgId,
    box: edges.length === 0 ? null : edgesOf(edges.reduce(enclosing)),
    confidence: Math.max(0, ...algo_predictions.map(({ confidence }) => confidence)),
    leadUp: false,
  };
}

/**
 * The sequence of its frames; it is over. Its times are theirs: of a late upload the source says when it came. @param frames one or more.
 */
export function sequenceRecordOf(
  id: string,
  sequence: ImportSequence,
  frames: readonly SequenceFrame[],
): SequenceRecord {
  const { draft, detections } = sequence;
  const ordered = frames.toSorted((a, b) => (a.imgId < b.imgId ? -1 : 1));
  const best = ordered.reduce((one, other) => (other.confidence > one.confidence ? other : one));
  return {
    id,
    camera: cameraOf(sequence),
    model: draft.source_api,
    className: detections.flatMap(({ algo_predictions: [first] }) => first?.class_name ?? [])[0] ?? "smoke",
    openedAt: momentAt(parseImageId(ordered[0]!.imgId)!),
    closedAt: momentAt(parseImageId(ordered.at(-1)!.imgId)!),
    firstImgId: ordered[0]!.imgId,
    lastImgId: ordered.at(-1)!.imgId,
    frames: ordered.length,
    bestScore: best.confidence,
    bestImgId: best.imgId,
    individual: null,
  };
}

/** Nobody here knows which boot it was, nor how its clock was. */
function momentAt(wallUs: number): FrameRecord["moment"] {
  return { wallUs, monotonicNs: 0, bootId: "imported", clockSynchronised: false };
}

function edgesOf([left, top, right, bottom]: Prediction["xyxyn"]): Box {
  return { left, top, right, bottom };
}
