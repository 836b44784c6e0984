// pHash: the 8x8 lowest frequencies of a 32x32 picture, each bit whether one lies above their median. Exact to imagehash.phash.
import { bitsToHex } from "./bits.ts";
import { cosineTransform } from "./cosine.ts";
import type { GreyPicture } from "./grey.ts";
import { resizeLanczos } from "./lanczos.ts";

const side = 32;
const kept = 8;

/** 64 bits as 16 hex digits, row by row, the mean of the picture (DC) included. */
export function perceptualHash(grey: GreyPicture): string {
  const { pixels } = resizeLanczos(grey, side, side);
  const columns = Array.from({ length: side }, (_, x) =>
    cosineTransform(Array.from({ length: side }, (_, y) => pixels[y * side + x]!)),
  );
  const low = Array.from({ length: kept }, (_, row) =>
    cosineTransform(columns.map((column) => column[row]!)).slice(0, kept),
  ).flat();
  const sorted = [...low].sort((a, b) => a - b);
  const median = (sorted[31]! + sorted[32]!) / 2;
  return bitsToHex(kept * kept, (bit) => low[bit]! > median);
}
