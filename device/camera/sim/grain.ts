// The grain of a camera's sensor: small, new in every picture, and the same again for the same time.
import { createRandom } from "./seeded-random.ts";

/** Odd and large, so that neighbouring rows and pictures do not repeat it visibly. */
const tileSize = 65_521;

/** Draws the grain of a sensor: about −14..14, mostly small. */
export function createGrainTile(seed: number): Int8Array {
  const random = createRandom(seed, "grain");
  return Int8Array.from({ length: tileSize }, () => Math.round(9 * (random() + random() + random() - 1.5)));
}

/** Adds grain to a picture; `strength` 1 is a daylight sensor's. */
export function addGrain(tile: Int8Array, pixels: Uint8ClampedArray, timeS: number, strength: number): void {
  const gain = Math.round(64 * strength);
  // A thousandth of a second is another picture.
  let from = Math.abs(Math.imul(Math.round(timeS * 1000) + 1, 0x9e3779b1)) % tileSize;
  let at = 0;
  while (at < pixels.length) {
    const end = Math.min(pixels.length, at + tileSize - from);
    for (; at < end; at++, from++) pixels[at] = pixels[at]! + ((tile[from]! * gain) >> 6);
    from = 0;
  }
}
