// A sequence of the store in the words of the annotation API. Pure: what is read and sent is left to others.
import type { Box } from "../../device/detection.ts";
import type { SequenceFrame, SequenceRecord } from "../../device/sequence.ts";
import type { NewDetection, NewSequence, Prediction, SourceApi, Track } from "../clients/annotation-api.ts";
import { detectionKey, sequenceKey } from "./keys.ts";
import { wholeDegrees } from "./whole-degrees.ts";

/** A camera as reviewers know it. */
export type CameraPlace = {
  /** Signed 32 bit. */
  readonly id: number;
  readonly name: string;
  /** Degrees, north and east positive. */
  readonly lat: number;
  readonly lon: number;
  /** Where the middle of the picture looks, degrees clockwise from north, any number of turns; null: not known. */
  readonly azimuth: number | null;
};

export type Organisation = { readonly id: number; readonly name: string };

export type SequenceContext = {
  readonly sourceApi: SourceApi;
  readonly organisation: Organisation;
  readonly place: CameraPlace;
  /** Wall µs of the first frame and of the last. */
  readonly firstUs: number;
  readonly lastUs: number;
};

/** The sequence. Never scored: the window's score is not that of the service's temporal model. */
export function draftSequence(
  { id }: Pick<SequenceRecord, "id">,
  { sourceApi, organisation, place, firstUs, lastUs }: SequenceContext,
): NewSequence {
  return {
    source_api: sourceApi,
    alert_api_id: sequenceKey(id),
    camera_name: place.name,
    camera_id: place.id,
    organisation_name: organisation.name,
    organisation_id: organisation.id,
    lat: place.lat,
    lon: place.lon,
    recorded_at: formatIso(firstUs),
    last_seen_at: formatIso(Math.max(firstUs, lastUs)),
    ...(place.azimuth === null ? {} : { azimuth: wholeDegrees(place.azimuth) }),
  };
}

/** A box that a model saw. */
export type SeenBox = { readonly box: Box; readonly confidence: number; readonly className: string };

/** A frame of the sequence. @param others what else was seen on it, for the reviewer to look at. */
export function draftDetection(
  frame: Pick<SequenceFrame, "imgId" | "box" | "confidence">,
  {
    sequenceId,
    className,
    takenUs,
    others,
  }: {
    readonly sequenceId: number;
    readonly className: string;
    readonly takenUs: number;
    readonly others: readonly SeenBox[];
  },
): NewDetection {
  const own =
    frame.box === null ? [] : predictionsOf([{ box: frame.box, confidence: frame.confidence, className }]);
  const beside = predictionsOf(others);
  return {
    sequence_id: sequenceId,
    alert_api_id: detectionKey(frame.imgId),
    recorded_at: formatIso(takenUs),
    algo_predictions: own,
    ...(beside.length === 0 ? {} : { others_bboxes: beside }),
  };
}

/** The one object of the sequence over its frames. None: it has no box that shows anything. @param detectionIds of the service, by img_id. */
export function draftTracks(
  frames: readonly Pick<SequenceFrame, "imgId" | "box">[],
  {
    detectionIds,
    isSmoke,
  }: { readonly detectionIds: ReadonlyMap<string, number>; readonly isSmoke: boolean },
): readonly Track[] {
  const bboxes = frames.flatMap(({ imgId, box }) => {
    const id = detectionIds.get(imgId);
    const edges = box === null ? null : edgesOf(box);
    return id === undefined || edges === null ? [] : [{ detection_id: id, xyxyn: edges }];
  });
  if (bboxes.length === 0) return [];
  return [{ is_smoke: isSmoke, smoke_type: null, false_positive_types: [], bboxes }];
}

/** Wall µs as ISO 8601 in UTC, with its microseconds. */
export function formatIso(wallUs: number): string {
  const us = Math.floor(wallUs);
  const micros = String(((us % 1000) + 1000) % 1000).padStart(3, "0");
  return new Date(Math.floor(us / 1000)).toISOString().replace("Z", `${micros}Z`);
}

function predictionsOf(boxes: readonly SeenBox[]): readonly Prediction[] {
  return boxes.flatMap(({ box, confidence, className }) => {
    const xyxyn = edgesOf(box);
    return xyxyn === null ? [] : [{ xyxyn, confidence: clamp(confidence), class_name: className }];
  });
}

/** The edges within the picture; null: nothing of it is within. */
export function edgesOf({ left, top, right, bottom }: Box): Prediction["xyxyn"] | null {
  const edges = [clamp(left), clamp(top), clamp(right), clamp(bottom)] as const;
  return edges[0] < edges[2] && edges[1] < edges[3] ? edges : null;
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
