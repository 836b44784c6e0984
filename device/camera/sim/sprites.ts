// Pictures of the props, drawn from shapes: cones, bushes, boards with invented signs (no real sponsor). Made once per world.
import { mix, pack, type Rgb, scale, smoothStep } from "./colour.ts";
import type { Look } from "./look.ts";
import { createNoiseField } from "./noise.ts";
import type { Prop } from "./props.ts";
import { createRandom, pick, type Random } from "./seeded-random.ts";
import { type TextureLevels, withSmallerCopies } from "./texture.ts";

/** Finds the picture of a prop. */
export type Sprites = (prop: Prop) => TextureLevels;

const variants = 6;

/** Draws all pictures of a place. */
export function createSprites(look: Look, seed: number): Sprites {
  const random = createRandom(seed, "sprites");
  const cone = drawCone();
  const bushes = Array.from({ length: variants }, () => drawBush(look, random));
  const boards = Array.from({ length: variants }, () => drawBoard(random));
  return (prop) => {
    if (prop.kind === "cone") return cone;
    const all = prop.kind === "bush" ? bushes : boards;
    return all[prop.variant % variants] ?? cone;
  };
}

/** Fills a picture; u and v run 0..1 from the upper left, null is see-through. */
function draw(width: number, height: number, colourAt: (u: number, v: number) => Rgb | null): TextureLevels {
  const pixels = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colourAt((x + 0.5) / width, (y + 0.5) / height);
      pixels[y * width + x] = colour === null ? 0 : pack(colour);
    }
  }
  return withSmallerCopies({ width, height, pixels }, 7);
}

function drawCone(): TextureLevels {
  return draw(96, 128, (u, v) => {
    const fromMiddle = Math.abs(u - 0.5);
    if (v > 0.92) return fromMiddle < 0.49 ? [150, 52, 18] : null;
    if (v > 0.87) return fromMiddle < 0.46 ? [204, 78, 24] : null;
    const half = 0.06 + 0.3 * v;
    if (v < 0.02 || fromMiddle > half) return null;
    const round = 0.68 + 0.36 * Math.cos(((u - 0.42) / half) * 1.3);
    const isBand = (v > 0.28 && v < 0.44) || (v > 0.6 && v < 0.74);
    return scale(isBand ? [232, 232, 228] : [238, 96, 26], round);
  });
}

function drawBush(look: Look, random: Random): TextureLevels {
  const leaves = createNoiseField(random, { width: 128, height: 128, cellsX: 12, cellsY: 12, octaves: 3 });
  const outline = createNoiseField(random, { width: 128, height: 1, cellsX: 7, cellsY: 1, octaves: 3 });
  const tone = mix(look.trees, look.verge[0], 0.2 + 0.4 * random());
  return draw(128, 128, (u, v) => {
    const dx = (u - 0.5) / 0.5;
    const dy = (v - 0.62) / (v < 0.62 ? 0.6 : 0.4);
    const angle = Math.atan2(dy, dx) / (2 * Math.PI) + 0.5;
    const leaf = leaves[Math.floor(v * 127) * 128 + Math.floor(u * 127)]!;
    const edge = 0.84 + 0.14 * outline[Math.floor(angle * 127)]! + 0.16 * leaf;
    if (Math.hypot(dx, dy) > edge) return null;
    return scale(tone, 1.12 - 0.55 * v + 0.45 * leaf);
  });
}

/** A board: posts below, a frame, and a made-up sign of stripes, discs or bars as of writing. */
function drawBoard(random: Random): TextureLevels {
  const ground: Rgb = pick(random, [
    [242, 240, 232],
    [28, 66, 128],
    [184, 34, 40],
    [244, 196, 40],
    [24, 24, 28],
    [22, 112, 84],
  ]);
  const isPale = ground[0] + ground[1] + ground[2] > 380;
  const ink: Rgb = isPale ? [30, 34, 52] : [244, 242, 236];
  const motif = pick(random, ["chevrons", "disc", "bars", "stripes"]);
  const letters = Array.from({ length: 9 }, () => random());
  return draw(192, 96, (u, v) => {
    if (v > 0.82) return Math.abs(u - 0.15) < 0.025 || Math.abs(u - 0.85) < 0.025 ? [70, 70, 72] : null;
    if (u < 0.015 || u > 0.985 || v < 0.03 || v > 0.79) return [52, 52, 56];
    const shade = 1.04 - 0.12 * v;
    return scale(isInk(motif, u, v / 0.82, letters) ? ink : ground, shade);
  });
}

function isInk(motif: string, u: number, v: number, letters: readonly number[]): boolean {
  if (motif === "chevrons") return (u * 5 + Math.abs(v - 0.5) * 1.6) % 1 < 0.45;
  if (motif === "stripes") return v > 0.62 && v < 0.8 ? true : isLetter(u, v, 0.2, 0.5, letters);
  if (motif === "disc") {
    const isDisc = Math.hypot((u - 0.2) * 2, v - 0.5) < 0.3;
    return isDisc || (u > 0.4 && isLetter(u, v, 0.3, 0.7, letters));
  }
  return isLetter(u, v, 0.22, 0.78, letters);
}

/** Blocks that look like a word from afar. */
function isLetter(u: number, v: number, top: number, bottom: number, letters: readonly number[]): boolean {
  if (u < 0.08 || u > 0.92 || v < top || v > bottom) return false;
  const place = (u - 0.08) / 0.84 / (1 / letters.length);
  const shape = letters[Math.floor(place)] ?? 0;
  const inside = place % 1;
  const rise = (v - top) / (bottom - top);
  if (inside > 0.78) return false;
  if (inside < 0.24) return shape > 0.12;
  if (smoothStep(0, 0.2, rise) < 0.5) return shape > 0.3;
  if (Math.abs(rise - 0.5) < 0.1) return shape > 0.5;
  if (rise > 0.9) return shape < 0.6;
  return inside > 0.55 && shape > 0.65;
}
