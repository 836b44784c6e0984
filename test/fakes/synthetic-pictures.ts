// Pictures made by whole-number formulas, so that any language makes the same ones: what the golden vectors of hashes are about.
import type { Picture } from "../../models/vision.ts";

export type SyntheticKind = "noise" | "flat" | "ramp" | "tent" | "stripes" | "waves" | "grain";

/** A picture; the same arguments make the same one. */
export function syntheticPicture(kind: SyntheticKind, width: number, height: number, seed = 1): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let c = 0; c < 3; c += 1, at += 1) pixels[at] = valueAt(kind, { x, y, c, width, height, seed });
  return { width, height, pixels };
}

type Place = { x: number; y: number; c: number; width: number; height: number; seed: number };

function valueAt(kind: SyntheticKind, { x, y, c, width, height, seed }: Place): number {
  switch (kind) {
    case "noise":
      return scramble(x, y, c, seed) & 255;
    case "flat":
      return (seed * 37) & 255;
    case "ramp":
      return Math.floor((x * 255) / Math.max(1, width - 1));
    case "tent":
      return Math.floor((Math.abs(2 * y - (height - 1)) * 255) / Math.max(1, height - 1));
    case "stripes":
      return (Math.floor((x + 2 * y) / 5) + c) % 2 === 0 ? 230 : 25;
    case "waves":
      return waves(x, y, c, { width, height, seed });
    case "grain":
      return Math.max(
        0,
        Math.min(255, waves(x, y, c, { width, height, seed }) + (scramble(x, y, c, seed) % 31) - 15),
      );
  }
}

/** Three triangle waves of different lengths and directions, by the seed. */
function waves(
  x: number,
  y: number,
  c: number,
  { width, height, seed }: { width: number; height: number; seed: number },
): number {
  const u = Math.floor((x * 1000) / width);
  const v = Math.floor((y * 1000) / height);
  const long = triangle(u * ((seed % 3) + 1) + v + seed * 131, 1400);
  const middle = triangle(u + v * ((seed % 5) + 1) + seed * 57, 700);
  const short = triangle(3 * u + 999 - v + c * 90 + seed * 211, 480);
  return Math.floor((long * 4 + middle * 2 + short) / 7);
}

function triangle(at: number, length: number): number {
  const phase = at % length;
  return Math.floor((Math.min(phase, length - phase) * 510) / length);
}

function scramble(x: number, y: number, c: number, seed: number): number {
  let word =
    Math.imul(x + 1, 0x9e3779b1) ^ Math.imul(y + 1, 0x85ebca6b) ^ Math.imul(c + seed * 3, 0xc2b2ae35);
  word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
  word = Math.imul(word ^ (word >>> 12), 0x297a2d39);
  return (word ^ (word >>> 15)) >>> 0;
}
