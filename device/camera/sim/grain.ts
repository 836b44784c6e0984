// The grain of a camera's sensor: small, new in every picture, and the same again for the same time.
import { createRandom } from "./seeded-random.ts";

/** A prime, so that neighbouring rows and pictures do not repeat it visibly. */
const tileSize = 65_521;

/** Draws the grain of a sensor; `strength` 1 is a daylight sensor's: at most 14 levels up or down, mostly few. */
export function createGrainTile(seed: number, strength: number): Int8Array {
  const random = createRandom(seed, "grain");
  const gain = Math.round(64 * strength);
  return Int8Array.from({ length: tileSize }, () => {
    const level = Math.round(9 * (random() + random() + random() - 1.5));
    return (level * gain) >> 6;
  });
}

/** Adds grain to a picture. */
export function addGrain(tile: Int8Array, pixels: Uint8ClampedArray, timeS: number): void {
  // A thousandth of a second is another picture.
  let from = Math.abs(Math.imul(Math.round(timeS * 1000) + 1, 0x9e3779b1)) % tileSize;
  for (let at = 0; at < pixels.length; from = 0) {
    const end = Math.min(pixels.length, at + tileSize - from);
    for (; at < end; at++, from++) pixels[at] = pixels[at]! + tile[from]!;
  }
}
