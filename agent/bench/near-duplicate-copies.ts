// Copies of real pictures, resized and re-encoded: how many are recognised as near duplicates, and how many different pictures are.
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import sharp from "sharp";
import { hammingDistance, isNearDuplicate, type PictureHashes } from "../../device/picture-hashes.ts";
import { hashPicture } from "../../models/hashes/hash-picture.ts";
import { decodePicture, PictureError } from "../../models/picture.ts";
import type { Picture } from "../../models/vision.ts";

export type CopyKind = {
  readonly name: string;
  readonly copies: number;
  readonly recognised: number;
  /** Bits that the copy furthest off differs in. */
  readonly worstPhash: number;
  readonly worstPdq: number;
};

/** Two files of the folder that are judged near duplicates of one another. */
export type MatchedPair = {
  readonly a: string;
  readonly b: string;
  readonly phash: number;
  readonly pdq: number;
};

export type CopiesResult = {
  readonly pictures: number;
  /** Pictures with next to nothing in them; their copies are not counted below. */
  readonly empty: readonly string[];
  /** Files that no picture could be read from, with the reason. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
  readonly kinds: readonly CopyKind[];
  readonly pairs: number;
  readonly matched: readonly MatchedPair[];
  /** The pair nearest to one another that was not matched; null: there is none. */
  readonly nearestApart: MatchedPair | null;
};

const pictureName = /\.(jpe?g|png|webp|tiff?|gif|bmp|ppm|pgm)$/i;
/** A copy with a shorter side than this is none that anybody would keep. */
const leastSide = 48;

type Known = { readonly file: string; readonly hashes: PictureHashes };

/** Makes copies of every picture below a folder, in memory, and hashes them. */
export async function measureCopies(
  folder: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<CopiesResult> {
  const known: Known[] = [];
  const empty: string[] = [];
  const skipped: { file: string; reason: string }[] = [];
  const kinds = new Map<string, CopyKind>();
  for (const path of await picturesBelow(folder)) {
    signal.throwIfAborted();
    const file = relative(folder, path);
    try {
      const picture = await decodePicture(await readFile(path), { signal });
      const hashes = hashPicture(picture);
      known.push({ file, hashes });
      if (hashes.quality < 50) empty.push(file);
      else await countCopies(picture, hashes, kinds);
    } catch (cause) {
      if (!(cause instanceof PictureError)) throw cause;
      skipped.push({ file, reason: cause.message });
    }
  }
  return {
    pictures: known.length,
    empty,
    skipped,
    kinds: [...kinds.values()],
    ...comparePairs(known),
  };
}

async function countCopies(
  picture: Picture,
  original: PictureHashes,
  kinds: Map<string, CopyKind>,
): Promise<void> {
  for (const [name, make] of Object.entries(copyKinds)) {
    const bytes = await make(picture);
    if (bytes === null) continue;
    const copy = hashPicture(await decodePicture(bytes));
    const before = kinds.get(name) ?? { name, copies: 0, recognised: 0, worstPhash: 0, worstPdq: 0 };
    kinds.set(name, {
      name,
      copies: before.copies + 1,
      recognised: before.recognised + (isNearDuplicate(original, copy) ? 1 : 0),
      worstPhash: Math.max(before.worstPhash, hammingDistance(original.phash, copy.phash)),
      worstPdq: Math.max(before.worstPdq, hammingDistance(original.pdq, copy.pdq)),
    });
  }
}

const copyKinds: Readonly<Record<string, (picture: Picture) => Promise<Uint8Array | null>>> = {
  exact: (picture) => open(picture).png({ compressionLevel: 1 }).toBuffer(),
  "JPEG 95": (picture) => open(picture).jpeg({ quality: 95 }).toBuffer(),
  "JPEG 75": (picture) => open(picture).jpeg({ quality: 75 }).toBuffer(),
  "JPEG 50": (picture) => open(picture).jpeg({ quality: 50 }).toBuffer(),
  "JPEG 30": (picture) => open(picture).jpeg({ quality: 30 }).toBuffer(),
  "WebP 50": (picture) => open(picture).webp({ quality: 50 }).toBuffer(),
  "1.5 x": (picture) => resized(picture, 1.5, 100),
  "0.75 x": (picture) => resized(picture, 0.75, 100),
  "0.5 x": (picture) => resized(picture, 0.5, 100),
  "0.25 x": (picture) => resized(picture, 0.25, 100),
  "0.5 x, JPEG 75": (picture) => resized(picture, 0.5, 75),
  "0.25 x, JPEG 75": (picture) => resized(picture, 0.25, 75),
};

function open({ width, height, pixels }: Picture): ReturnType<typeof sharp> {
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** null: it would be too small. */
async function resized(picture: Picture, factor: number, quality: number): Promise<Uint8Array | null> {
  const width = Math.round(picture.width * factor);
  const height = Math.round(picture.height * factor);
  if (Math.min(width, height) < leastSide) return null;
  return open(picture).resize(width, height, { fit: "fill" }).jpeg({ quality }).toBuffer();
}

function comparePairs(known: readonly Known[]): Pick<CopiesResult, "pairs" | "matched" | "nearestApart"> {
  const matched: MatchedPair[] = [];
  let nearestApart: MatchedPair | null = null;
  for (const [at, a] of known.entries()) {
    for (const b of known.slice(at + 1)) {
      const pair: MatchedPair = {
        a: a.file,
        b: b.file,
        phash: hammingDistance(a.hashes.phash, b.hashes.phash),
        pdq: hammingDistance(a.hashes.pdq, b.hashes.pdq),
      };
      if (isNearDuplicate(a.hashes, b.hashes)) matched.push(pair);
      else if (nearestApart === null || pair.phash < nearestApart.phash) nearestApart = pair;
    }
  }
  return { pairs: (known.length * (known.length - 1)) / 2, matched, nearestApart };
}

async function picturesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && pictureName.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The figures for a person. */
export function describeCopies(result: CopiesResult): string {
  const { pictures, empty, skipped, kinds, pairs, matched, nearestApart } = result;
  const bits = ({ phash, pdq }: MatchedPair): string => `pHash ${phash}, PDQ ${pdq} bits apart`;
  return [
    `${pictures} pictures${empty.length === 0 ? "" : `, of which ${empty.length} with next to nothing in them (no copies made): ${empty.join(", ")}`}`,
    ...skipped.map(({ file, reason }) => `skipped ${file}: ${reason}`),
    ...kinds.map(
      ({ name, copies, recognised, worstPhash, worstPdq }) =>
        `${name.padEnd(16)} ${recognised} of ${copies} recognised (recall ${(recognised / copies).toFixed(3)}); furthest: pHash ${worstPhash}, PDQ ${worstPdq} bits`,
    ),
    `among the pictures themselves: ${matched.length} of ${pairs} pairs matched${matched.length === 0 ? "" : "; a false match is one of these that shows different things:"}`,
    ...matched.map((pair) => `  ${pair.a} = ${pair.b} (${bits(pair)})`),
    ...(nearestApart === null
      ? []
      : [`nearest pair not matched: ${nearestApart.a}, ${nearestApart.b} (${bits(nearestApart)})`]),
  ].join("\n");
}
