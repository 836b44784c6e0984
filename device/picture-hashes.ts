// Perceptual hashes of a picture as they travel and are stored, how far two lie apart, and when two pictures count as the same.

/** Hashes of one picture; models/hashes makes them. Hex, the first bit highest. */
export type PictureHashes = {
  /** 64 bits each, 16 digits. */
  readonly phash: string;
  readonly dhash: string;
  readonly ahash: string;
  /** 256 bits, 64 digits. */
  readonly pdq: string;
  /** 0..100: how much there is in the picture that PDQ can tell apart. */
  readonly quality: number;
};

/**
 * When two pictures are the same one, resized or re-encoded. Flipped, turned and cropped pictures are not the same by this.
 * Measured on photographs: copies (JPEG down to quality 30, sizes from a quarter to 1.5) lie up to 6 and 44 bits apart, pictures
 * of different things 12 and 96 bits or more. Drawings that are their own mirror image are missed when resized: half of their
 * frequencies are zero, and those bits are chance. `outrider bench near-duplicates --pictures DIR` says it for pictures of one's own.
 */
export const nearDuplicateLimits = {
  /** pHash bits that may differ. Random pairs differ in 32 ± 4. */
  phash: 8,
  /** PDQ bits that may differ: twice the 31 of its authors, for they shrink all pictures alike first. Random pairs: 128 ± 8. */
  pdq: 64,
  /** Below this quality PDQ says little (its authors' limit), and only equal pHash counts. */
  quality: 50,
} as const;

/**
 * Whether two pictures are copies of one another. Both hashes must agree, for they fail on different pictures: pHash alone takes
 * two skies for one. Of pictures with next to nothing in them (fog, night) only those with equal pHash count.
 * A small animal that walks into a still scene changes next to none of these bits: good for finding copies, never a reason to
 * throw a frame away.
 */
export function isNearDuplicate(a: PictureHashes, b: PictureHashes): boolean {
  return areNear({
    phash: hammingDistance(a.phash, b.phash),
    quality: Math.min(a.quality, b.quality),
    pdq: () => hammingDistance(a.pdq, b.pdq),
  });
}

/** The rule of isNearDuplicate, for who has the distances: bits apart, and the lesser quality of the two. */
export function areNear(pair: { phash: number; quality: number; pdq: () => number }): boolean {
  const { phash, pdq, quality } = nearDuplicateLimits;
  if (pair.quality < quality) return pair.phash === 0;
  return pair.phash <= phash && pair.pdq() <= pdq;
}

/** Bits in which two hashes of one kind differ. @throws RangeError when they are not of one length. */
export function hammingDistance(a: string, b: string): number {
  if (a.length !== b.length)
    throw new RangeError(`Expected two hashes of one length, got ${a.length} and ${b.length} digits`);
  let distance = 0;
  for (let at = 0; at < a.length; at += 8)
    distance += countBits(
      Number.parseInt(a.slice(at, at + 8), 16) ^ Number.parseInt(b.slice(at, at + 8), 16),
    );
  return distance;
}

/** Bits that are set in a 32-bit number. */
export function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
