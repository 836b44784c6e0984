// The few crops of each sequence that tell who it is: large, sharp enough for the detector to be sure, whole, and not all alike.
import type { Box } from "../../device/detection.ts";
import type { Identification } from "../identify/identifier.ts";

export type Portrait = {
  readonly imgId: string;
  readonly box: Box;
  /** How good a crop it is; only compared with others. */
  readonly quality: number;
  readonly identification: Identification;
};

export type Portraits = {
  /** Whether a crop is worth describing: it shows more than those taken so far, or another moment. */
  readonly wants: (sequence: string, quality: number, atNs: number) => boolean;
  /** Adds one; returns all of the sequence, best first. */
  readonly add: (sequence: string, portrait: Portrait, atNs: number) => readonly Portrait[];
  readonly forget: (sequence: string) => void;
};

/** Crops of one sequence that are described: each costs a run of the embedder, and more tell little more. */
const mostPortraits = 6;
/** Crops this long apart show another pose. */
const apartNs = 600e6;
/** A crop that is so many times better is taken at once. */
const muchBetter = 1.25;
/** Crops with a shorter side are no use, pixels. */
const leastSide = 20;

export function createPortraits(): Portraits {
  const taken = new Map<string, { readonly portraits: Portrait[]; lastNs: number }>();
  return {
    wants: (sequence, quality, atNs) => {
      if (quality <= 0) return false;
      const known = taken.get(sequence);
      if (known === undefined) return true;
      if (known.portraits.length >= mostPortraits) return false;
      const best = Math.max(...known.portraits.map((each) => each.quality));
      // The last place is kept for a crop that is the best of all.
      if (known.portraits.length === mostPortraits - 1) return quality > best;
      return quality > best * muchBetter || (atNs - known.lastNs >= apartNs && quality > best / 2);
    },
    add: (sequence, portrait, atNs) => {
      const known = taken.get(sequence) ?? { portraits: [], lastNs: atNs };
      known.portraits.push(portrait);
      known.lastNs = atNs;
      taken.set(sequence, known);
      return known.portraits.toSorted((a, b) => b.quality - a.quality);
    },
    forget: (sequence) => void taken.delete(sequence),
  };
}

/**
 * How good a crop would be: its shorter side in pixels times the confidence; halved where it touches the edge of the picture (half
 * an animal), and 0 where it is too small or another box covers much of it.
 */
export function portraitQuality(
  seen: { readonly box: Box; readonly confidence: number },
  picture: { readonly width: number; readonly height: number },
  others: readonly Box[],
): number {
  const { left, top, right, bottom } = seen.box;
  const side = Math.min((right - left) * picture.width, (bottom - top) * picture.height);
  if (side < leastSide) return 0;
  const isCovered = others.some((other) => {
    const width = Math.min(right, other.right) - Math.max(left, other.left);
    const height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
    return width > 0 && height > 0 && width * height > 0.2 * (right - left) * (bottom - top);
  });
  if (isCovered) return 0;
  const isCut = left < 0.005 || top < 0.005 || right > 0.995 || bottom > 0.995;
  return side * seen.confidence * (isCut ? 0.5 : 1);
}
