// Fair-weather clouds over a ridge: heaps with flat bottoms that drift with the wind and come round again.
import { smoothStep } from "../colour.ts";
import { createNoiseField } from "../noise.ts";
import { between, createRandom, type Random } from "../seeded-random.ts";
import type { Terrain } from "./terrain.ts";

export type Cloud = {
  /** Where it is at time 0, and how high: parts of the height. */
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly tall: number;
  /** Low ones over far ridges drift slowly. */
  readonly pace: number;
  readonly cover: number;
  /** Opacity and light, 0..255, `cloudWidth` × `cloudHeight`. */
  readonly opacity: Uint8Array;
  readonly light: Uint8Array;
};

const cloudWidth = 192;
const cloudHeight = 80;
/** Clouds that leave on one side come back on the other after so many picture heights. */
const loop = 3.4;

export function createClouds(seed: number): Cloud[] {
  const random = createRandom(seed, "clouds");
  const count = 4 + Math.floor(random() * 5);
  return Array.from({ length: count }, (_, index) => {
    const y = 0.06 + 0.3 * (index / count) + between(random, -0.03, 0.03);
    const near = 1 - y / 0.45;
    const wide = between(random, 0.22, 0.5) * (0.45 + 0.8 * near);
    return {
      x: between(random, 0, loop),
      y,
      wide,
      tall: wide * between(random, 0.28, 0.42),
      pace: 0.35 + 0.8 * near,
      cover: between(random, 0.6, 0.95),
      ...drawCloud(random),
    };
  });
}

function drawCloud(random: Random): { readonly opacity: Uint8Array; readonly light: Uint8Array } {
  const noise = createNoiseField(random, {
    width: cloudWidth,
    height: cloudHeight,
    cellsX: 7,
    cellsY: 3,
    octaves: 5,
  });
  const heaps = Array.from({ length: 7 }, () => ({
    x: between(random, 0.16, 0.84),
    y: between(random, 0.5, 0.72),
    r: between(random, 0.12, 0.3),
  }));
  const opacity = new Uint8Array(cloudWidth * cloudHeight);
  const light = new Uint8Array(cloudWidth * cloudHeight);
  for (let row = 0; row < cloudHeight; row++) {
    for (let column = 0; column < cloudWidth; column++) {
      const u = (column + 0.5) / cloudWidth;
      const v = (row + 0.5) / cloudHeight;
      const billow = noise[row * cloudWidth + column]!;
      let inside = -1;
      for (const heap of heaps)
        inside = Math.max(inside, 1 - Math.hypot((u - heap.x) / heap.r, (v - heap.y) / (heap.r * 1.5)));
      const shape = inside + 0.75 * billow - 1.6 * smoothStep(0.7, 0.95, v);
      const edge = smoothStep(0, 0.08, u) * (1 - smoothStep(0.92, 1, u)) * smoothStep(0, 0.1, v);
      opacity[row * cloudWidth + column] = 255 * edge * smoothStep(0.02, 0.5, shape);
      light[row * cloudWidth + column] = Math.max(0, Math.min(255, 255 * (1.02 - 0.36 * v + 0.22 * billow)));
    }
  }
  return { opacity, light };
}

/** Paints the clouds behind the ridges; says how many are in the picture. */
export function paintClouds(
  clouds: readonly Cloud[],
  terrain: Terrain,
  drift: number,
  tint: readonly [number, number, number],
  pixels: Uint8ClampedArray,
): number {
  const { width, height, ridge } = terrain;
  let shown = 0;
  for (const cloud of clouds) {
    const x = cloud.x + drift * cloud.pace * 0.9;
    const left = (x - Math.floor(x / loop) * loop - 0.8) * height;
    const top = cloud.y * height;
    const perX = cloudWidth / (cloud.wide * height);
    const perY = cloudHeight / (cloud.tall * height);
    let any = false;
    for (let y = Math.max(0, Math.ceil(top)); y < Math.min(height, top + cloud.tall * height); y++) {
      const row = Math.min(cloudHeight - 1, Math.floor((y + 0.5 - top) * perY));
      for (let px = Math.max(0, Math.ceil(left)); px < Math.min(width, left + cloud.wide * height); px++) {
        const at = row * cloudWidth + Math.min(cloudWidth - 1, Math.floor((px + 0.5 - left) * perX));
        const solid = cloud.opacity[at]!;
        const to = y * width + px;
        if (solid === 0 || ridge[to] !== 0) continue;
        const cover = (solid * cloud.cover) / 255;
        const light = (cloud.light[at]! * cover) / 255;
        const out = to * 3;
        pixels[out] = pixels[out]! * (1 - cover) + tint[0] * light;
        pixels[out + 1] = pixels[out + 1]! * (1 - cover) + tint[1] * light;
        pixels[out + 2] = pixels[out + 2]! * (1 - cover) + tint[2] * light;
        any ||= cover > 0.3;
      }
    }
    if (any) shown += 1;
  }
  return shown;
}
