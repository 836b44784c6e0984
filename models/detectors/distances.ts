// NanoDet's boxes: for each side a distribution over distances from a cell's centre, whose mean counts.
import type { Edges, Size } from "../letterbox.ts";

export type Centre = { readonly x: number; readonly y: number };

/**
 * The edges around a centre: left, top, right, bottom, each a softmax over `bins` distances of one stride. Cut off at the
 * input's border, as the reference does.
 */
export function edgesFrom(
  { x, y }: Centre,
  distribution: Float32Array,
  at: number,
  { bins, stride, input }: { readonly bins: number; readonly stride: number; readonly input: Size },
): Edges {
  const distance = (side: number) => expectation(distribution, at + side * bins, bins) * stride;
  return {
    left: clamp(x - distance(0), input.width),
    top: clamp(y - distance(1), input.height),
    right: clamp(x + distance(2), input.width),
    bottom: clamp(y + distance(3), input.height),
  };
}

/** Mean of 0, 1, 2 … weighed by the softmax of the logits. */
function expectation(logits: Float32Array, at: number, bins: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let bin = 0; bin < bins; bin++) highest = Math.max(highest, logits[at + bin]!);
  let total = 0;
  let weighed = 0;
  for (let bin = 0; bin < bins; bin++) {
    const weight = Math.exp(logits[at + bin]! - highest);
    total += weight;
    weighed += weight * bin;
  }
  return weighed / total;
}

/** NaN stays NaN, so that it is dropped. */
function clamp(value: number, highest: number): number {
  return Math.min(Math.max(value, 0), highest);
}
