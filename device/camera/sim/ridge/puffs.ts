// Smoke and dust as soft puffs, gathered in a layer of their own and then laid over the picture, behind what stands nearer.

import { smoothStep } from "../colour.ts";
import { createNoiseField } from "../noise.ts";
import { createRandom } from "../seeded-random.ts";
import type { Terrain } from "./terrain.ts";

/** One puff. Pixels; opacity and shade (0 black, 1 lit) 0..1. */
export type Puff = {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly opacity: number;
  readonly shade: number;
  readonly variant: number;
};

/** Pictures of puffs: `side` × `side` entries each of opacity and light, 0..1. */
export type PuffShapes = readonly { readonly opacity: Float32Array; readonly light: Float32Array }[];

/** A layer of smoke, empty again after every picture. */
export type SmokeLayer = {
  readonly opacity: Float32Array;
  readonly light: Float32Array;
  left: number;
  top: number;
  right: number;
  bottom: number;
};

const side = 64;

export function createPuffShapes(seed: number): PuffShapes {
  const random = createRandom(seed, "puffs");
  return Array.from({ length: 8 }, () => {
    const billows = createNoiseField(random, { width: side, height: side, cellsX: 5, cellsY: 5, octaves: 4 });
    const opacity = new Float32Array(side * side);
    const light = new Float32Array(side * side);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const dx = ((x + 0.5) / side) * 2 - 1;
        const dy = ((y + 0.5) / side) * 2 - 1;
        const at = y * side + x;
        const billow = billows[at]!;
        opacity[at] = 1 - smoothStep(0.25, 0.95, Math.hypot(dx, dy) - 0.42 * billow);
        light[at] = Math.max(0, Math.min(1, 0.72 - 0.3 * dy + 0.35 * billow));
      }
    }
    return { opacity, light };
  });
}

export function createSmokeLayer(terrain: Pick<Terrain, "width" | "height">): SmokeLayer {
  const count = terrain.width * terrain.height;
  return { opacity: new Float32Array(count), light: new Float32Array(count), ...emptyBounds() };
}

function emptyBounds(): { left: number; top: number; right: number; bottom: number } {
  return { left: Number.POSITIVE_INFINITY, top: Number.POSITIVE_INFINITY, right: 0, bottom: 0 };
}

/** Adds puffs, the first ones lowest. */
export function gather(
  layer: SmokeLayer,
  shapes: PuffShapes,
  puffs: readonly Puff[],
  terrain: Terrain,
): void {
  for (const puff of puffs) {
    const shape = shapes[puff.variant % shapes.length]!;
    const firstX = Math.max(0, Math.floor(puff.x - puff.radius));
    const lastX = Math.min(terrain.width - 1, Math.ceil(puff.x + puff.radius));
    const firstY = Math.max(0, Math.floor(puff.y - puff.radius));
    const lastY = Math.min(terrain.height - 1, Math.ceil(puff.y + puff.radius));
    if (firstX > lastX || firstY > lastY) continue;
    layer.left = Math.min(layer.left, firstX);
    layer.right = Math.max(layer.right, lastX + 1);
    layer.top = Math.min(layer.top, firstY);
    layer.bottom = Math.max(layer.bottom, lastY + 1);
    const scale = side / (2 * puff.radius);
    for (let y = firstY; y <= lastY; y++) {
      const row = Math.floor((y + 0.5 - puff.y + puff.radius) * scale);
      if (row < 0 || row >= side) continue;
      for (let x = firstX; x <= lastX; x++) {
        const column = Math.floor((x + 0.5 - puff.x + puff.radius) * scale);
        if (column < 0 || column >= side) continue;
        const at = row * side + column;
        const cover = shape.opacity[at]! * puff.opacity;
        if (cover <= 0.004) continue;
        const to = y * terrain.width + x;
        layer.light[to] = layer.light[to]! * (1 - cover) + shape.light[at]! * puff.shade * cover;
        layer.opacity[to] = layer.opacity[to]! * (1 - cover) + cover;
      }
    }
  }
}

export type LayOptions = {
  /** Nearer ridges hide it. */
  readonly ridge: number;
  /** Colour of fully lit smoke, and of the haze before it with its share 0..1. */
  readonly lit: readonly [number, number, number];
  readonly haze: readonly [number, number, number];
  readonly hazeShare: number;
};

/** What of a layer can be seen: bounds in pixels and mean opacity within. */
export type SmokeSeen = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly opacity: number;
};

/** Fainter smoke is left out of the bounds, as nobody could point at it. */
const faintest = 0.12;

/** Lays the layer over the picture and empties it; null when nothing of it is to be seen. */
export function lay(
  layer: SmokeLayer,
  terrain: Terrain,
  options: LayOptions,
  pixels: Uint8ClampedArray,
): SmokeSeen | null {
  const { lit, haze, hazeShare, ridge } = options;
  const keepLit = 1 - hazeShare;
  const seen = { left: terrain.width, top: terrain.height, right: 0, bottom: 0 };
  let shown = 0;
  let sum = 0;
  for (let y = layer.top; y < layer.bottom; y++) {
    for (let x = layer.left; x < layer.right; x++) {
      const at = y * terrain.width + x;
      const cover = layer.opacity[at]!;
      if (cover === 0) continue;
      const light = layer.light[at]!;
      layer.opacity[at] = 0;
      layer.light[at] = 0;
      if (terrain.ridge[at]! > ridge) continue;
      const out = at * 3;
      const keep = 1 - cover;
      pixels[out] = pixels[out]! * keep + light * lit[0] * keepLit + haze[0] * hazeShare * cover;
      pixels[out + 1] = pixels[out + 1]! * keep + light * lit[1] * keepLit + haze[1] * hazeShare * cover;
      pixels[out + 2] = pixels[out + 2]! * keep + light * lit[2] * keepLit + haze[2] * hazeShare * cover;
      if (cover * keepLit < faintest) continue;
      shown += 1;
      sum += cover * keepLit;
      if (x < seen.left) seen.left = x;
      if (x >= seen.right) seen.right = x + 1;
      if (y < seen.top) seen.top = y;
      seen.bottom = y + 1;
    }
  }
  Object.assign(layer, emptyBounds());
  return shown < 6 ? null : { ...seen, opacity: sum / shown };
}
