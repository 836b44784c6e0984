// A sequence of the platform as one sequence an object: what it is about keeps its id, what else was on the pictures gets one of its own.

import { wholeDegrees } from "../../sync/annotation/whole-degrees.ts";
import type { Prediction } from "../../sync/clients/annotation-api.ts";
import { parseUtc } from "../../sync/utc-time.ts";
import { followObjects, type SeenBox } from "./follow-objects.ts";
import type { ImportDetection, ImportSequence } from "./import-sequence.ts";
import { enclosing } from "./tracks.ts";

/** Where the camera looked and how wide, degrees; null: not known. */
export type CameraView = {
  readonly azimuth: number | null;
  readonly angleOfView: number | null;
};

/** Ids of siblings are above those the platform gives; each of its sequences has room for so many. */
const siblingBase = 1_000_000_000;
const siblingsOfOne = 1000;

/**
 * The primary object first (most boxes that the platform itself gave to this sequence, then the earliest), its siblings by their beginning.
 * Where nothing was seen often enough to be an object, the sequence as it is.
 * @param sequence with detections by capture time, and every box on a picture once.
 */
export function splitObjects(sequence: ImportSequence, view: CameraView): readonly ImportSequence[] {
  const seen = boxesOf(sequence);
  const objects = inOrder(followObjects(seen));
  if (objects.length === 0) return [sequence];
  const kept = objects.slice(0, siblingsOfOne);
  const inObjects = kept.reduce((sum, { length }) => sum + length, 0);
  const leftOut = seen.length - inObjects;
  const problem = {
    of: `sequence ${sequence.sourceId}`,
    problem: `${leftOut} of ${seen.length} boxes are left out: they are in none of its ${kept.length} objects`,
  };
  return kept.map((own, position) => ({
    ...objectSequence(sequence, { own, position, others: kept.filter((each) => each !== own).flat(), view }),
    problems: position > 0 ? [] : [...sequence.problems, ...(leftOut === 0 ? [] : [problem])],
  }));
}

/** Id at the source of a sequence, whose alert_api_id may be that of an object that was split off. */
export function sourceIdOf(alertApiId: number): number {
  return alertApiId < siblingBase ? alertApiId : Math.floor((alertApiId - siblingBase) / siblingsOfOne);
}

/** Whether it was split off from a sequence that stands for something else. */
export function isSibling({ sourceId, draft }: ImportSequence): boolean {
  return draft.alert_api_id !== sourceId;
}

function boxesOf({ detections }: ImportSequence): readonly SeenBox[] {
  return detections.flatMap(({ recorded_at, algo_predictions, others_bboxes = [] }, detection) => {
    const atUs = parseUtc(recorded_at)!;
    const place = (prediction: Prediction, isOwn: boolean): SeenBox => ({
      detection,
      atUs,
      prediction,
      isOwn,
    });
    return [
      ...algo_predictions.map((each) => place(each, true)),
      ...others_bboxes.map((each) => place(each, false)),
    ];
  });
}

type TrackedObject = readonly SeenBox[];

function inOrder(objects: readonly TrackedObject[]): readonly TrackedObject[] {
  const startOf = (object: TrackedObject): number => object[0]!.atUs;
  const ownOf = (object: TrackedObject): number => object.filter(({ isOwn }) => isOwn).length;
  const [primary] = objects.toSorted((a, b) => ownOf(b) - ownOf(a) || startOf(a) - startOf(b));
  const siblings = objects.filter((object) => object !== primary).sort((a, b) => startOf(a) - startOf(b));
  return primary === undefined ? [] : [primary, ...siblings];
}

function objectSequence(
  { sourceId, draft, detections }: ImportSequence,
  {
    own,
    position,
    others,
    view,
  }: {
    readonly own: TrackedObject;
    readonly position: number;
    readonly others: TrackedObject;
    readonly view: CameraView;
  },
): Omit<ImportSequence, "problems"> {
  const places = [...new Set(own.map(({ detection }) => detection))].sort((a, b) => a - b);
  const lane = places.map((place): ImportDetection => {
    const { others_bboxes: _, ...detection } = detections[place]!;
    const beside = others.filter((box) => box.detection === place).map(({ prediction }) => prediction);
    return {
      ...detection,
      algo_predictions: [merged(own.filter((box) => box.detection === place))],
      ...(beside.length === 0 ? {} : { others_bboxes: beside }),
    };
  });
  const azimuth = laneAzimuth(own[0]!, view);
  return {
    sourceId,
    draft: {
      ...draft,
      alert_api_id: position === 0 ? sourceId : siblingBase + sourceId * siblingsOfOne + position,
      platform_alert_id: sourceId,
      recorded_at: lane[0]!.recorded_at,
      last_seen_at: lane.at(-1)!.recorded_at,
      ...(azimuth === null ? {} : { azimuth }),
    },
    detections: lane,
  };
}

/** One box a picture: around all of them, as sure as the surest (a third of real boxes have confidence 0, so nothing can be weighted). */
function merged(boxes: TrackedObject): Prediction {
  const predictions = boxes.map(({ prediction }) => prediction);
  return {
    xyxyn: predictions.map(({ xyxyn }) => xyxyn).reduce(enclosing),
    confidence: Math.max(...predictions.map(({ confidence }) => confidence)),
    class_name: predictions[0]!.class_name,
  };
}

/** Where the object is from the camera, whole degrees; null: not known. */
function laneAzimuth({ prediction }: SeenBox, { azimuth, angleOfView }: CameraView): number | null {
  if (azimuth === null || angleOfView === null) return null;
  const [left, , right] = prediction.xyxyn;
  // To a tenth first, as the platform has its directions.
  return wholeDegrees(Number((azimuth + angleOfView * ((left + right) / 2 - 0.5)).toFixed(1)));
}
