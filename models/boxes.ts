// Overlap of boxes, and greedy suppression (NMS): of boxes that overlap too much, the best stays.
import type { Candidate } from "./detectors/decoder.ts";
import type { Edges } from "./letterbox.ts";

/** Candidates looked at, best first: a model that sees boxes everywhere must not stop the camera. As YOLOv5 has it. */
const mostCandidates = 30_000;

/** Intersection over union, 0..1, whatever the unit of the edges; boxes without an area overlap with nothing. */
export function iou(a: Edges, b: Edges): number {
  const intersection = intersectionOf(a, b);
  // Nothing divided by nothing is no overlap.
  return intersection === 0 ? 0 : intersection / (areaOf(a) + areaOf(b) - intersection);
}

export function areaOf({ left, top, right, bottom }: Edges): number {
  return (right - left) * (bottom - top);
}

export function intersectionOf(a: Edges, b: Edges): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

export type Suppression = {
  /** Overlap above which the weaker of two boxes goes, 0..1. */
  readonly iou: number;
  /** true: boxes of different classes suppress each other, too. */
  readonly classAgnostic: boolean;
  readonly maxDetections: number;
};

/**
 * The candidates that stay, best first; of equal scores the earlier one is better. Costs at most `maxDetections` comparisons
 * a candidate.
 */
export function suppress(candidates: readonly Candidate[], options: Suppression): readonly Candidate[] {
  const kept: Candidate[] = [];
  const areas: number[] = [];
  for (const candidate of bestFirst(candidates).slice(0, mostCandidates)) {
    if (kept.length >= options.maxDetections) break;
    const area = areaOf(candidate);
    if (isSuppressed(candidate, area)) continue;
    kept.push(candidate);
    areas.push(area);
  }
  return kept;

  function isSuppressed(candidate: Candidate, area: number): boolean {
    for (let index = 0; index < kept.length; index++) {
      const better = kept[index]!;
      if (!options.classAgnostic && better.classIndex !== candidate.classIndex) continue;
      const shared = intersectionOf(candidate, better);
      if (shared > options.iou * (area + areas[index]! - shared)) return true;
    }
    return false;
  }
}

/** Best first; of equal scores the earlier one. */
export function bestFirst<T extends { readonly score: number }>(scored: readonly T[]): readonly T[] {
  return [...scored].sort((a, b) => b.score - a.score);
}
