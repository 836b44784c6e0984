// All hashes of a picture at once. Pure and synchronous: large pictures belong into a worker thread (a 12-megapixel picture takes
// some tenths of a second).
import type { PictureHashes } from "../../device/picture-hashes.ts";
import type { Picture } from "../vision.ts";
import { averageHash } from "./average.ts";
import { differenceHash } from "./difference.ts";
import { toGrey } from "./grey.ts";
import { pdqHash } from "./pdq.ts";
import { perceptualHash } from "./perceptual.ts";

/** Hashes a picture of any size from 1x1. */
export function hashPicture(picture: Picture): PictureHashes {
  const grey = toGrey(picture);
  const { hash: pdq, quality } = pdqHash(picture);
  return {
    phash: perceptualHash(grey),
    dhash: differenceHash(grey),
    ahash: averageHash(grey),
    pdq,
    quality,
  };
}
