// aHash: an 8x8 picture, each bit whether a pixel is brighter than the mean. Bit-exact to imagehash.average_hash.
import { bitsToHex } from "./bits.ts";
import type { GreyPicture } from "./grey.ts";
import { resizeLanczos } from "./lanczos.ts";

/** 64 bits as 16 hex digits, row by row. */
export function averageHash(grey: GreyPicture): string {
  const { pixels } = resizeLanczos(grey, 8, 8);
  const mean = pixels.reduce((sum, pixel) => sum + pixel, 0) / 64;
  return bitsToHex(64, (bit) => pixels[bit]! > mean);
}
