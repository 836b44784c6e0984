// dHash: a 9x8 picture, each bit whether a pixel is brighter than its left neighbour. Bit-exact to imagehash.dhash.
import { bitsToHex } from "./bits.ts";
import type { GreyPicture } from "./grey.ts";
import { resizeLanczos } from "./lanczos.ts";

/** 64 bits as 16 hex digits, row by row. */
export function differenceHash(grey: GreyPicture): string {
  const { pixels } = resizeLanczos(grey, 9, 8);
  return bitsToHex(64, (bit) => {
    const left = Math.floor(bit / 8) * 9 + (bit % 8);
    return pixels[left + 1]! > pixels[left]!;
  });
}
