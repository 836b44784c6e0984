// The grey picture that hashes and measures are taken of.
import type { Picture } from "../vision.ts";

/** A grey picture, 8 bits, row by row. */
export type GreyPicture = { readonly width: number; readonly height: number; readonly pixels: Uint8Array };

/** ITU-R 601 luma, rounded: (299 R + 587 G + 114 B) / 1000 in 16-bit fixed point, as Pillow converts to "L". */
export function toGrey({ width, height, pixels }: Picture): GreyPicture {
  const grey = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 3) {
    grey[at] = (pixels[from]! * 19595 + pixels[from + 1]! * 38470 + pixels[from + 2]! * 7471 + 0x8000) >> 16;
  }
  return { width, height, pixels: grey };
}
