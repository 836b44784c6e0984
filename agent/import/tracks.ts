// The objects of a sequence as an annotation has them: at most one box a detection.
import type { Prediction, Track } from "../../sync/clients/annotation-api.ts";
import { problemOfBox } from "../../sync/clients/annotation-rules.ts";
import { type ClusterOptions, clusterBoxes } from "./cluster.ts";
import type { ImportProblem, PlacedBox } from "./import-sequence.ts";

/** A detection of a sequence, as the annotation API has it. */
export type TrackedDetection = {
  /** At the annotation API. */
  readonly id: number;
  readonly predictions: readonly Prediction[];
};

type Told = {
  /** Told of every box that is left out. */
  readonly onProblem: (problem: ImportProblem) => void;
};

/** A track for each cluster of boxes. @param detections by capture time. @returns none when nothing is left; whoever asks reports that. */
export function tracksOf(
  detections: readonly TrackedDetection[],
  options: ClusterOptions & Told,
): readonly Track[] {
  return clusterBoxes(placedBoxes(detections), options).flatMap(
    (boxes) => trackOf(boxes, detections, options) ?? [],
  );
}

/** The one track of a sequence that holds one object (split-objects.ts), however it moved; none when it has no box. */
export function trackOfObject(detections: readonly TrackedDetection[], told: Told): readonly Track[] {
  const track = trackOf(placedBoxes(detections), detections, told);
  return track === null ? [] : [track];
}

function placedBoxes(detections: readonly TrackedDetection[]): readonly PlacedBox[] {
  return detections.flatMap(({ predictions }, detection) =>
    predictions.map((prediction) => ({ ...prediction, detection })),
  );
}

/** Boxes of one detection become the box around them: a plume that a detector cut in two is one plume, and the server takes one box. */
function trackOf(
  boxes: readonly PlacedBox[],
  detections: readonly TrackedDetection[],
  { onProblem }: Told,
): Track | null {
  const byDetection = new Map<number, PlacedBox["xyxyn"]>();
  for (const box of boxes) {
    const { id } = detections[box.detection]!;
    const problem = problemOfBox(box.xyxyn);
    if (problem !== null) {
      onProblem({ of: `detection ${id}`, problem });
      continue;
    }
    const there = byDetection.get(id);
    byDetection.set(id, there === undefined ? box.xyxyn : enclosing(there, box.xyxyn));
  }
  if (byDetection.size === 0) return null;
  return {
    is_smoke: true,
    smoke_type: null,
    false_positive_types: [],
    bboxes: [...byDetection].map(([detection_id, xyxyn]) => ({ detection_id, xyxyn })),
  };
}

/** The box around two. */
export function enclosing(a: Prediction["xyxyn"], b: Prediction["xyxyn"]): Prediction["xyxyn"] {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}
