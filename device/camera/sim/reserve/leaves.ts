// Leaves that fall in a reserve: something small that moves and is no animal.
import type { Rgb } from "../colour.ts";
import { between, createRandom, pick } from "../seeded-random.ts";
import type { Light } from "./light.ts";
import { lampAt, type Place } from "./place.ts";
import { horizonPart, perMetreAt } from "./view.ts";

/** At most so many in the air. */
const atOnce = 5;
/** Half the length of one, metres. */
const leafM = 0.028;

/** Paints the leaves in the air at a time. */
export function paintLeaves(
  place: Place,
  light: Light,
  timeS: number,
  seed: number,
  pixels: Uint8ClampedArray,
): void {
  const { width, height } = place;
  for (let slot = 0; slot < atOnce; slot++) {
    const everyS = 11 + 3.7 * slot;
    const turn = Math.floor(timeS / everyS);
    const random = createRandom(seed, `leaf-${slot}-${turn}`);
    const fallS = between(random, 4, 8);
    const part = (timeS - turn * everyS) / fallS;
    if (part >= 1) continue;
    const row = horizonPart + between(random, 0.1, 0.5);
    const swing = Math.sin(timeS * between(random, 1.4, 2.4) + 6 * random());
    const perM = perMetreAt(row) * height;
    const x = between(random, 0, width) + (0.16 * swing + 0.25 * part) * perM;
    const y = part * row * height;
    const colour = pick<Rgb>(random, [
      [168, 132, 52],
      [140, 84, 40],
      [120, 128, 54],
    ]);
    const lamp = lampAt(row, (x - width / 2) / height, y / height);
    const shown: Rgb = light.isNight
      ? [115 * lamp, 115 * lamp, 115 * lamp]
      : ([0, 1, 2].map((c) => (colour[c]! * (light.sky[c]! + 0.5 * light.sun[c]!)) / 256) as [
          number,
          number,
          number,
        ]);
    // It turns as it swings: now broad, now on its edge.
    paintLeaf(
      place,
      { x, y, long: leafM * perM, broad: leafM * perM * (0.2 + 0.4 * Math.abs(swing)), row },
      shown,
      pixels,
    );
  }
}

type Leaf = {
  readonly x: number;
  readonly y: number;
  readonly long: number;
  readonly broad: number;
  readonly row: number;
};

function paintLeaf(
  place: Place,
  { x, y, long, broad, row }: Leaf,
  colour: Rgb,
  pixels: Uint8ClampedArray,
): void {
  const { width, height } = place;
  for (let py = Math.max(0, Math.floor(y - broad)); py <= Math.min(height - 1, y + broad); py++) {
    for (let px = Math.max(0, Math.floor(x - long)); px <= Math.min(width - 1, x + long); px++) {
      const inside = ((px + 0.5 - x) / long) ** 2 + ((py + 0.5 - y) / broad) ** 2;
      const at = py * width + px;
      if (inside > 1 || place.foot[at]! > row * height) continue;
      for (let c = 0; c < 3; c++) pixels[at * 3 + c] = colour[c]!;
    }
  }
}
