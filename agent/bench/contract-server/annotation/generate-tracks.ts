// The server's own making of annotations from predictions (its version of August 2026): greedy, in order, IoU strictly above the threshold.
import { faultOfBox, type PredictionRow, type Xyxyn } from "./boxes.ts";

export type TrackRow = {
  readonly is_smoke: boolean;
  readonly smoke_type: string | null;
  readonly false_positive_types: readonly string[];
  readonly bboxes: readonly { readonly detection_id: number; readonly xyxyn: Xyxyn }[];
};

export type Thresholds = {
  readonly confidence_threshold: number;
  readonly iou_threshold: number;
  readonly min_cluster_size: number;
};

type Placed = { readonly detection_id: number; readonly xyxyn: Xyxyn };

/** @param detections in the order of their capture times. */
export function generateTracks(
  detections: readonly { readonly id: number; readonly predictions: readonly PredictionRow[] }[],
  { confidence_threshold, iou_threshold, min_cluster_size }: Thresholds,
): readonly TrackRow[] {
  const boxes = detections.flatMap(({ id, predictions }) =>
    predictions
      .filter(({ confidence }) => confidence_threshold === 0 || confidence >= confidence_threshold)
      .map(({ xyxyn }) => ({ detection_id: id, xyxyn })),
  );
  return clusterStrictly(boxes, iou_threshold)
    .filter((cluster) => cluster.length >= min_cluster_size)
    .map((cluster) => oneBoxADetection(cluster))
    .filter((bboxes) => bboxes.length > 0)
    .map((bboxes) => ({ is_smoke: true, smoke_type: null, false_positive_types: [], bboxes }));
}

/** One scan over what is left for every cluster: a box that was passed over before its bridge joined stays out. */
export function clusterStrictly<Box extends { readonly xyxyn: Xyxyn }>(
  boxes: readonly Box[],
  threshold: number,
): readonly (readonly Box[])[] {
  const clusters: Box[][] = [];
  let left = boxes;
  while (left.length > 0) {
    const [first, ...others] = left as [Box, ...Box[]];
    const cluster = [first];
    left = others.filter((box) => {
      const joins = cluster.some((member) => iouOf(member.xyxyn, box.xyxyn) > threshold);
      if (joins) cluster.push(box);
      return !joins;
    });
    clusters.push(cluster);
  }
  return clusters;
}

/** Intersection over union; 0 where both are empty. */
export function iouOf(a: Xyxyn, b: Xyxyn): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const inter = Math.max(0, width) * Math.max(0, height);
  const union = areaOf(a) + areaOf(b) - inter;
  return union > 0 ? inter / union : 0;
}

function areaOf([x1, y1, x2, y2]: Xyxyn): number {
  return (x2 - x1) * (y2 - y1);
}

/** Boxes of one detection become their enclosing box, in the order the detections were first seen. */
function oneBoxADetection(cluster: readonly Placed[]): readonly Placed[] {
  const merged = new Map<number, Xyxyn>();
  for (const { detection_id, xyxyn } of cluster) {
    if (faultOfBox(xyxyn) !== null) continue;
    const was = merged.get(detection_id) ?? xyxyn;
    merged.set(detection_id, [
      Math.min(was[0], xyxyn[0]),
      Math.min(was[1], xyxyn[1]),
      Math.max(was[2], xyxyn[2]),
      Math.max(was[3], xyxyn[3]),
    ]);
  }
  return [...merged].map(([detection_id, xyxyn]) => ({ detection_id, xyxyn }));
}
