// The edge engine's way with boxes: of a group that touches, however little, the strongest stays; what lies on a mask does not count.
import type { Box } from "../device/detection.ts";
import { areaOf, intersectionOf } from "./boxes.ts";

export type ScoredBox = {
  readonly box: Box;
  /** 0..1. */
  readonly confidence: number;
};

/**
 * Weakest first: a box goes when it touches any other that is still there. The rest, weakest first; of equal confidences the
 * earlier one counts as weaker.
 */
export function keepStrongest<T extends ScoredBox>(boxes: readonly T[]): readonly T[] {
  const left = boxes.toSorted((a, b) => a.confidence - b.confidence);
  for (let index = 0; index < left.length; ) {
    const one = left[index]!;
    if (left.some((other, at) => at !== index && doTouch(one.box, other.box))) left.splice(index, 1);
    else index += 1;
  }
  return left;
}

/** Whether two boxes share an area. */
export function doTouch(a: Box, b: Box): boolean {
  return intersectionOf(a, b) > 0;
}

/** Overlap with a mask (IoU) above which a box does not count. */
const mostMasked = 0.1;

/** The boxes that lie on no mask. */
export function dropMasked<T extends { readonly box: Box }>(
  boxes: readonly T[],
  masks: readonly Box[],
): readonly T[] {
  return boxes.filter(({ box }) => masks.every((mask) => guardedIou(box, mask) <= mostMasked));
}

/** The boxes narrower than a share of the picture; 1 and more is no limit. */
export function dropWide<T extends { readonly box: Box }>(
  boxes: readonly T[],
  maxBoxWidth: number,
): readonly T[] {
  return maxBoxWidth >= 1 ? boxes : boxes.filter(({ box }) => box.right - box.left < maxBoxWidth);
}

/** As the edge engine computes it: two boxes without an area do not divide by zero. */
function guardedIou(a: Box, b: Box): number {
  const shared = intersectionOf(a, b);
  return shared / (areaOf(a) + areaOf(b) - shared + 1e-7);
}
