// What a picture is worth: how sharp, how large, how bright, how much contrast, in one score, and what is wrong with it.
import type { GreyPicture } from "./hashes/grey.ts";

export type QualityIssue = "blurry" | "small" | "dark" | "bright" | "low-contrast";

export type PictureQuality = {
  /** Variance of the Laplacian; below 100 a picture of usual size looks blurred. */
  readonly sharpness: number;
  /** Pixels of the shorter side. */
  readonly minSide: number;
  /** Mean grey level, 0..255. */
  readonly brightness: number;
  /** Standard deviation of the grey levels. */
  readonly contrast: number;
  /** 0..100. */
  readonly score: number;
  readonly issues: readonly QualityIssue[];
};

/** Limits of what counts as an issue. */
export const qualityLimits = {
  sharpness: 100,
  minSide: 200,
  dark: 40,
  bright: 215,
  contrast: 30,
  /** The least score of a picture that is accepted without an issue. */
  score: 40,
} as const;

/** Measures a picture of at least 1x1. */
export function measureQuality(grey: GreyPicture): PictureQuality {
  const { mean: brightness, variance } = momentsOf(grey.pixels);
  const contrast = Math.sqrt(variance);
  const sharpness = laplacianVariance(grey);
  const minSide = Math.min(grey.width, grey.height);
  const score =
    0.3 * Math.min(100, sharpness / 5) +
    0.3 * Math.min(100, minSide / 10) +
    0.2 * (100 - Math.abs(128 - brightness) / 1.28) +
    0.2 * Math.min(100, contrast / 0.7);
  const issues: QualityIssue[] = [];
  if (sharpness < qualityLimits.sharpness) issues.push("blurry");
  if (minSide < qualityLimits.minSide) issues.push("small");
  if (brightness < qualityLimits.dark) issues.push("dark");
  if (brightness > qualityLimits.bright) issues.push("bright");
  if (contrast < qualityLimits.contrast) issues.push("low-contrast");
  return { sharpness, minSide, brightness, contrast, score, issues };
}

/** Whether a picture is good enough to recognise an individual on. */
export function isGoodEnough({ score, issues }: Pick<PictureQuality, "score" | "issues">): boolean {
  return score >= qualityLimits.score && issues.length === 0;
}

/** Variance of the 3x3 Laplacian (4 neighbours), mirrored at the edges without repeating them, as OpenCV does it. */
export function laplacianVariance({ width, height, pixels }: GreyPicture): number {
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < height; y += 1) {
    const above = mirrored(y - 1, height) * width;
    const below = mirrored(y + 1, height) * width;
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      const left = x === 0 ? mirrored(-1, width) : x - 1;
      const right = x === width - 1 ? mirrored(width, width) : x + 1;
      const edge =
        pixels[above + x]! +
        pixels[below + x]! +
        pixels[row + left]! +
        pixels[row + right]! -
        4 * pixels[row + x]!;
      sum += edge;
      squares += edge * edge;
    }
  }
  const count = width * height;
  return squares / count - (sum / count) ** 2;
}

function mirrored(at: number, length: number): number {
  if (length === 1) return 0;
  return at < 0 ? -at : at >= length ? 2 * length - 2 - at : at;
}

function momentsOf(pixels: Uint8Array): { readonly mean: number; readonly variance: number } {
  let sum = 0;
  let squares = 0;
  for (const level of pixels) {
    sum += level;
    squares += level * level;
  }
  const mean = sum / pixels.length;
  return { mean, variance: Math.max(0, squares / pixels.length - mean * mean) };
}
