// The coat of one flank of one animal as a small picture: rows are pieces of the body, columns run along them. The tone is the
// animal's, the pattern the flank's: like a tiger, an animal is drawn differently on either side.
import { mix, pack, type Rgb, scale, smoothStep } from "../colour.ts";
import { createNoiseField } from "../noise.ts";
import { between, createRandom, type Random } from "../seeded-random.ts";
import { type TextureLevels, withSmallerCopies } from "../texture.ts";
import type { Animal, Flank } from "./animal.ts";
import type { Chart } from "./body.ts";

/** Columns and rows of a coat. */
export const coatSide = 256;
/** First row and number of rows of each piece. */
export const coatRows: Readonly<Record<Chart, readonly [number, number]>> = {
  body: [0, 128],
  foreleg: [128, 40],
  hindleg: [168, 40],
  tail: [208, 32],
  ear: [240, 4],
  eye: [244, 6],
  nose: [250, 6],
};

type Wool = (u: number, v: number) => Rgb;

/** Draws a coat. */
export function createCoat(animal: Animal, flank: Flank): TextureLevels {
  const tone = createRandom(animal.coatSeed, "tone");
  const pattern = createRandom(animal.coatSeed, flank);
  const pieces = animal.species === "tiger" ? tigerCoat(tone, pattern) : raccoonCoat(tone, pattern);
  const pixels = new Uint32Array(coatSide * coatSide);
  for (const [chart, [first, rows]] of Object.entries(coatRows) as [Chart, readonly [number, number]][]) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < coatSide; column++) {
        const colour = pieces[chart]((column + 0.5) / coatSide, (row + 0.5) / rows);
        pixels[(first + row) * coatSide + column] = pack(colour);
      }
    }
  }
  return withSmallerCopies({ width: coatSide, height: coatSide, pixels }, 3);
}

function fieldOf(
  random: Random,
  cellsX: number,
  cellsY: number,
  octaves: number,
): (u: number, v: number) => number {
  const field = createNoiseField(random, { width: coatSide, height: 128, cellsX, cellsY, octaves });
  return (u, v) => field[Math.min(127, Math.floor(v * 128)) * coatSide + Math.min(255, Math.floor(u * 256))]!;
}

function tigerCoat(tone: Random, pattern: Random): Readonly<Record<Chart, Wool>> {
  const deep = tone();
  const base = mix([226, 172, 96], [188, 98, 34], deep);
  const back = scale(mix(base, [120, 66, 26], 0.3), 0.92);
  const pale: Rgb = mix([240, 230, 210], [226, 204, 170], tone());
  const ink: Rgb = mix([22, 17, 14], [64, 38, 22], tone() ** 2);
  const bellyAt = between(tone, 0.66, 0.82);
  const count = between(tone, 8, 15);
  const wide = between(tone, 0.26, 0.5);
  const slant = between(tone, -0.14, 0.14);
  const rings = between(tone, 6, 10);
  const warp = fieldOf(pattern, 9, 3, 3);
  const weight = fieldOf(pattern, 14, 5, 2);
  const gaps = fieldOf(pattern, 11, 7, 2);
  const fur = fieldOf(pattern, 64, 40, 2);
  const start = pattern();

  /** How much ink at a place of a banded piece, 0..1. */
  const stripe = (u: number, v: number, bands: number, most: number): number => {
    const phase = start + u * bands + slant * v * bands * 0.4 + 0.62 * warp(u, v);
    const fromMiddle = Math.abs(phase - Math.floor(phase) - 0.5) * 2;
    const half = most * (1 + 0.9 * weight(u, v)) * (1.05 - 0.5 * v) - Math.max(0, gaps(u, v) - 0.24) * 1.9;
    return half <= 0.03 ? 0 : 1 - smoothStep(half - 0.09, half + 0.09, fromMiddle);
  };
  const hide = (u: number, v: number): Rgb => {
    const side = mix(back, base, smoothStep(0, 0.3, v));
    return scale(
      mix(side, pale, smoothStep(bellyAt - 0.12, bellyAt + 0.12, v + 0.06 * fur(u, v))),
      1 + 0.08 * fur(u, v),
    );
  };
  const head = (u: number, v: number): Rgb => {
    const cheek = smoothStep(0.42, 0.62, v) * smoothStep(0.78, 0.84, u);
    const muzzle = smoothStep(0.93, 0.97, u) * smoothStep(0.3, 0.5, v);
    const skin = mix(hide(u, v * 0.7), pale, Math.max(cheek, muzzle));
    const brow = u < 0.93 ? stripe(u, v, count * 2.4, 0.3) * (v < 0.42 || u < 0.87 ? 1 : 0) : 0;
    return mix(skin, ink, brow);
  };
  const leg = (u: number, v: number): Rgb => {
    const skin = mix(hide(0.2 + 0.2 * u, 0.3 + 0.25 * v), pale, 0.25 * smoothStep(0.6, 1, u));
    return mix(
      skin,
      ink,
      stripe(u * 0.5 + 0.1, v, count * 1.1, wide * 0.75) * (1 - smoothStep(0.55, 0.85, u)),
    );
  };
  return {
    body: (u, v) =>
      u > 0.79
        ? head(u, v)
        : mix(hide(u, v), ink, stripe(u, v, count, wide) * (1 - 0.5 * smoothStep(0.88, 1, v))),
    foreleg: (u, v) => leg(u, v),
    hindleg: (u, v) =>
      mix(leg(u, v), ink, stripe(u * 0.45 + 0.4, v, count, wide) * (1 - smoothStep(0.4, 0.75, u))),
    tail: (u, v) => {
      const band = Math.abs(((u * rings + start) % 1) - 0.5) < 0.2 + 0.05 * warp(u, v) || u > 0.93;
      return band ? ink : mix(base, pale, smoothStep(0.5, 0.9, v));
    },
    ear: (_, v) => mix(ink, pale, v < 0.4 ? 0.5 : 0.05),
    eye: () => [30, 26, 18],
    nose: () => [112, 62, 58],
  };
}

function raccoonCoat(tone: Random, pattern: Random): Readonly<Record<Chart, Wool>> {
  const warm = tone();
  const dark = between(tone, 0.72, 1.25);
  const base = scale(mix([120, 118, 114], [142, 108, 76], warm), dark);
  const back = scale(mix(base, [50, 44, 40], 0.5), 0.9);
  const pale = scale(mix([196, 190, 182], [206, 182, 148], warm), 0.8 + 0.25 * dark);
  const ink: Rgb = mix([24, 22, 22], [58, 42, 34], tone());
  const rings = between(tone, 4, 7.4);
  const patchy = between(tone, 0.02, 0.3);
  const isDarkPatch = tone() < 0.5;
  const spots = tone() < 0.5 ? between(tone, 0.2, 0.36) : 9;
  const mask = between(tone, 0.03, 0.055);
  const patches = fieldOf(pattern, 5, 3, 2);
  const dapple = fieldOf(pattern, 16, 8, 1);
  const fur = fieldOf(pattern, 64, 24, 3);
  const ringAt = pattern();

  const hide = (u: number, v: number): Rgb => {
    const side = mix(back, base, smoothStep(0.05, 0.45, v));
    const belly = mix(side, pale, 0.55 * smoothStep(0.7, 0.95, v));
    const patch = smoothStep(patchy, patchy + 0.1, patches(u, v)) * (1 - smoothStep(0.74, 0.9, u));
    const patched = mix(belly, isDarkPatch ? ink : pale, 0.72 * patch);
    const spot = smoothStep(spots, spots + 0.08, dapple(u, v)) * (v < 0.8 && u < 0.74 ? 1 : 0);
    return scale(mix(patched, isDarkPatch ? pale : ink, 0.7 * spot), 1 + 0.3 * fur(u, v));
  };
  return {
    body: (u, v) => {
      if (u < 0.8) return hide(u, v);
      const face = mix(hide(u, v), pale, smoothStep(0.82, 0.86, u) * (v > 0.55 ? 0.9 : 0.55));
      const masked = (1 - smoothStep(mask, mask + 0.015, Math.abs(u - 0.905))) * smoothStep(0.16, 0.3, v);
      return mix(mix(face, pale, smoothStep(0.95, 0.975, u)), ink, 0.94 * masked);
    },
    foreleg: (u, v) =>
      mix(scale(hide(0.5 + 0.1 * u, 0.5), 0.9), ink, 0.3 + 0.6 * smoothStep(0.35, 0.8, u) - 0.1 * v),
    hindleg: (u, v) => mix(hide(0.1 + 0.3 * u, 0.3 + 0.4 * v), ink, 0.9 * smoothStep(0.4, 0.85, u)),
    tail: (u, v) => {
      const band = smoothStep(0.2, 0.3, Math.abs(((u * rings + ringAt) % 1) - 0.5));
      return scale(mix(ink, pale, (u > 0.94 ? 0 : 1) * band * 0.85), 1 + 0.35 * fur(u, v) - 0.2 * v);
    },
    ear: (_, v) => mix(ink, pale, v < 0.5 ? 0.8 : 0.3),
    eye: () => [12, 10, 10],
    nose: () => [18, 16, 16],
  };
}
