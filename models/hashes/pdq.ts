// PDQ: 256 bits that say of 16x16 low frequencies whether each lies above their median, and how much the picture gives to tell.
// The definition filters the whole picture twice by a box and then keeps 64x64 points; as all of that is linear, each point is
// computed here as one weighted sum, which costs one multiplication a pixel and no copy of the picture.
import type { Picture } from "../vision.ts";
import { bitsToHex } from "./bits.ts";

const grid = 64;
const frequencies = 16;
const bits = frequencies * frequencies;
/** Pictures with a shorter side have no hash. */
const leastSide = 5;

/** How a picture is turned and mirrored: degrees counter-clockwise, then flips. */
export const pdqVariants = [
  "original",
  "rotate90",
  "rotate180",
  "rotate270",
  "flipX",
  "flipY",
  "flipPlus1",
  "flipMinus1",
] as const;
export type PdqVariant = (typeof pdqVariants)[number];

export type Pdq = {
  /** 64 hex digits; the zero hash when the picture is smaller than 5 pixels. */
  readonly hash: string;
  /** 0..100; below 50 the hash should not be used. */
  readonly quality: number;
};

/** The PDQ hash of a picture. */
export function pdqHash(picture: Picture): Pdq {
  const transform = pdqTransform(picture);
  if (transform === null) return { hash: "0".repeat(bits / 4), quality: 0 };
  return { hash: hashOf(transform.frequencies, "original"), quality: transform.quality };
}

/** The hashes that the picture has when it is turned or mirrored, from one transform. */
export function pdqDihedralHashes(picture: Picture): Readonly<Record<PdqVariant, string>> {
  const transform = pdqTransform(picture);
  return Object.fromEntries(
    pdqVariants.map((variant) => [
      variant,
      transform === null ? "0".repeat(bits / 4) : hashOf(transform.frequencies, variant),
    ]),
  ) as Record<PdqVariant, string>;
}

function pdqTransform(picture: Picture): { frequencies: Float64Array; quality: number } | null {
  if (Math.min(picture.width, picture.height) < leastSide) return null;
  const points = pointsOf(picture);
  return { frequencies: lowFrequencies(points), quality: qualityOf(points) };
}

/** 64x64 points of the luma, filtered by two boxes a side. */
function pointsOf({ width, height, pixels }: Picture): Float64Array {
  const across = axisSums(width);
  const down = axisSums(height);
  const points = new Float64Array(grid * grid);
  const luma = new Float64Array(width);
  const row = new Float64Array(grid);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, at = y * width * 3; x < width; x += 1, at += 3)
      luma[x] = 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
    for (let j = 0; j < grid; j += 1) {
      const { first, weights } = across[j]!;
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap += 1) sum += luma[first + tap]! * weights[tap]!;
      row[j] = sum;
    }
    for (let i = 0; i < grid; i += 1) {
      const { first, weights } = down[i]!;
      if (y < first || y >= first + weights.length) continue;
      const weight = weights[y - first]!;
      for (let j = 0; j < grid; j += 1) points[i * grid + j] = points[i * grid + j]! + weight * row[j]!;
    }
  }
  return points;
}

type PointWeights = { readonly first: number; readonly weights: Float64Array };

/** For each of the 64 points of an axis: how much each pixel counts when the axis is filtered twice by its box. */
function axisSums(size: number): readonly PointWeights[] {
  const window = Math.floor((size + 127) / 128);
  const ahead = Math.floor((window + 2) / 2) - 1;
  const behind = window - 1 - ahead;
  // At the ends the box is cut off, and the mean is that of what is left.
  const box = (centre: number): readonly [first: number, last: number] => [
    Math.max(0, centre - behind),
    Math.min(size - 1, centre + ahead),
  ];
  return Array.from({ length: grid }, (_, point) => {
    const [outerFirst, outerLast] = box(Math.floor(((point + 0.5) * size) / grid));
    const [first] = box(outerFirst);
    const [, last] = box(outerLast);
    const weights = new Float64Array(last - first + 1);
    for (let middle = outerFirst; middle <= outerLast; middle += 1) {
      const [innerFirst, innerLast] = box(middle);
      const share = 1 / ((outerLast - outerFirst + 1) * (innerLast - innerFirst + 1));
      for (let at = innerFirst; at <= innerLast; at += 1) weights[at - first] = weights[at - first]! + share;
    }
    return { first, weights };
  });
}

/** How much neighbouring points differ, 0..100. */
function qualityOf(points: Float64Array): number {
  const step = (from: number, to: number): number =>
    Math.abs(Math.trunc(((points[from]! - points[to]!) * 100) / 255));
  let sum = 0;
  for (let i = 0; i < grid; i += 1) {
    for (let j = 0; j < grid; j += 1) {
      const at = i * grid + j;
      if (i + 1 < grid) sum += step(at, at + grid);
      if (j + 1 < grid) sum += step(at, at + 1);
    }
  }
  return Math.min(100, Math.floor(sum / 90));
}

/** D · points · Dᵀ, where D holds the cosines of the frequencies 1 to 16 (not 0). */
function lowFrequencies(points: Float64Array): Float64Array {
  const cosines = new Float64Array(frequencies * grid);
  for (let i = 0; i < frequencies; i += 1)
    for (let j = 0; j < grid; j += 1)
      cosines[i * grid + j] = Math.sqrt(2 / grid) * Math.cos((Math.PI / (2 * grid)) * (i + 1) * (2 * j + 1));
  const half = new Float64Array(frequencies * grid);
  for (let i = 0; i < frequencies; i += 1) {
    for (let k = 0; k < grid; k += 1) {
      const cosine = cosines[i * grid + k]!;
      for (let j = 0; j < grid; j += 1)
        half[i * grid + j] = half[i * grid + j]! + cosine * points[k * grid + j]!;
    }
  }
  const result = new Float64Array(bits);
  for (let i = 0; i < frequencies; i += 1) {
    for (let j = 0; j < frequencies; j += 1) {
      let sum = 0;
      for (let k = 0; k < grid; k += 1) sum += half[i * grid + k]! * cosines[j * grid + k]!;
      result[i * frequencies + j] = sum;
    }
  }
  return result;
}

/**
 * Mirroring an axis changes the sign of its odd frequencies (those at even places, as frequency 0 is left out); a quarter turn
 * swaps the axes as well. So all eight hashes come from one transform.
 */
const variants: Readonly<Record<PdqVariant, { swap: boolean; mirrorY: boolean; mirrorX: boolean }>> = {
  original: { swap: false, mirrorY: false, mirrorX: false },
  rotate90: { swap: true, mirrorY: true, mirrorX: false },
  rotate180: { swap: false, mirrorY: true, mirrorX: true },
  rotate270: { swap: true, mirrorY: false, mirrorX: true },
  flipX: { swap: false, mirrorY: true, mirrorX: false },
  flipY: { swap: false, mirrorY: false, mirrorX: true },
  flipPlus1: { swap: true, mirrorY: false, mirrorX: false },
  flipMinus1: { swap: true, mirrorY: true, mirrorX: true },
};

function hashOf(original: Float64Array, variant: PdqVariant): string {
  const { swap, mirrorY, mirrorX } = variants[variant];
  const values = original.map((_, at) => {
    const i = Math.floor(at / frequencies);
    const j = at % frequencies;
    const value = original[swap ? j * frequencies + i : at]!;
    return (mirrorY && i % 2 === 0) !== (mirrorX && j % 2 === 0) ? -value : value;
  });
  // The lower of the two middle values, which is what Torben's method finds in an even number of them.
  const median = [...values].sort((a, b) => a - b)[bits / 2 - 1]!;
  // Bit 0 is printed last.
  return bitsToHex(bits, (bit) => values[bits - 1 - bit]! > median);
}
