// Which boxes of a sequence are one object, by their overlap alone: greedy and in order, as the annotation service does it.
import type { Box } from "../../device/detection.ts";
import { iou } from "../../models/boxes.ts";
import { createClusterPlaces } from "./cluster-places.ts";
import type { PlacedBox } from "./import-sequence.ts";

export type ClusterOptions = {
  /** Least overlap (intersection over union, 0..1) with a box of a cluster to be in it. */
  readonly iouThreshold: number;
  /** Boxes the model was less sure of are left out, 0..1; 0: none is. */
  readonly confidenceThreshold: number;
  /** A cluster of fewer boxes is none. */
  readonly minClusterSize: number;
  /** true: the overlap has to be above the threshold, as newer servers have it; false: at it is enough. */
  readonly strict: boolean;
};

/**
 * Clusters in the order of their first boxes. The first box that is left begins a cluster, and those behind it are looked at once, left to
 * right: whoever was passed over before its bridge came stays out. So whether a box is in a cluster depends on the boxes before it
 * alone, and one pass over all boxes, each going to the first cluster that takes it, gives the same.
 */
export function clusterBoxes(
  boxes: readonly PlacedBox[],
  options: ClusterOptions,
): readonly (readonly PlacedBox[])[] {
  const { iouThreshold, confidenceThreshold, minClusterSize, strict } = options;
  // Everything overlaps with everything by at least nothing.
  const takesAll = !strict && iouThreshold <= 0;
  const joins = (a: Box, b: Box): boolean => {
    const overlap = iou(a, b);
    return strict ? overlap > iouThreshold : overlap >= iouThreshold;
  };
  const clusters: { readonly boxes: PlacedBox[]; readonly edges: Box[] }[] = [];
  const places = createClusterPlaces(boxes.length);
  for (const box of boxes) {
    if (confidenceThreshold > 0 && !(box.confidence >= confidenceThreshold)) continue;
    const edges = edgesOf(box);
    const isHome = (cluster: number): boolean =>
      // The newest first: on the next picture a plume is nearly where it was.
      clusters[cluster]!.edges.findLast((member) => joins(member, edges)) !== undefined;
    const home = takesAll ? 0 : places.find(edges, isHome);
    if (clusters[home] === undefined) clusters[home] = { boxes: [], edges: [] };
    clusters[home].boxes.push(box);
    clusters[home].edges.push(edges);
    places.grow(home, edges);
  }
  return clusters.filter(({ boxes: own }) => own.length >= minClusterSize).map(({ boxes: own }) => own);
}

function edgesOf({ xyxyn: [left, top, right, bottom] }: PlacedBox): Box {
  return { left, top, right, bottom };
}
