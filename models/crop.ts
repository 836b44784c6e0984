// A part of a picture: which pixels a box means, and those pixels as a picture of their own.
import type { Box } from "../device/detection.ts";
import type { Size } from "./letterbox.ts";
import type { Region } from "./preprocess.ts";
import type { Picture } from "./vision.ts";

/** Fewer pixels than this on a side say nothing; a smaller box grows around its middle. */
const leastPixels = 4;

/** The whole pixels a box covers, cut off at the picture's border; never fewer than 4 a side where the picture has them. */
export function regionOf(box: Box, { width, height }: Size): Region {
  const across = span(box.left * width, box.right * width, width);
  const down = span(box.top * height, box.bottom * height, height);
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

/** A copy of the pixels in a box. */
export function cropPicture(picture: Picture, box: Box): Picture {
  const { left, top, width, height } = regionOf(box, picture);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * 3;
    pixels.set(picture.pixels.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, pixels };
}

/** From edges in pixels, which may lie anywhere or be no numbers at all, to a run of whole pixels within 0..limit. */
function span(from: number, to: number, limit: number): { readonly start: number; readonly length: number } {
  const low = clamp(Math.floor(Number.isNaN(from) ? 0 : from), limit);
  const high = clamp(Math.ceil(Number.isNaN(to) ? limit : to), limit);
  const least = Math.min(leastPixels, limit);
  if (high - low >= least) return { start: low, length: high - low };
  const start = Math.min(Math.max(0, Math.floor((low + high - least) / 2)), limit - least);
  return { start, length: least };
}

function clamp(value: number, limit: number): number {
  return Math.min(Math.max(value, 0), limit);
}
