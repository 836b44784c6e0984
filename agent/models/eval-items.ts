// What identity is judged on: crops of somebody, described once by everything that is compared. Pictures are let go at once.
import { readFile } from "node:fs/promises";
import { hammingDistance, isNearDuplicate, type PictureHashes } from "../../device/picture-hashes.ts";
import { cropPicture } from "../../models/crop.ts";
import { toGrey } from "../../models/hashes/grey.ts";
import { hashPicture } from "../../models/hashes/hash-picture.ts";
import { resizeLanczos } from "../../models/hashes/lanczos.ts";
import type { LabelledItem } from "../../models/metrics/split.ts";
import { decodePicture, PictureError } from "../../models/picture.ts";
import type { Describer } from "../../models/vision.ts";
import type { Source, SourceSubject } from "../../sync/sources/source.ts";
import { normalised } from "./eval-detector.ts";

/** A crop of somebody with everything that is compared. */
export type DescribedItem = LabelledItem & {
  readonly what: string;
  readonly hashes: PictureHashes;
  /** Unit vectors by space; "grey 32x32" is the thumbnail. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
};

export const thumbnailSpace = "grey 32x32";

export type DescribeItemsOptions = {
  readonly source: Source;
  readonly root: string;
  readonly describers: readonly Describer[];
  readonly signal: AbortSignal;
  readonly onItem?: (done: number) => void;
};

export type DescribedItems = {
  readonly items: readonly DescribedItem[];
  readonly skipped: readonly { readonly what: string; readonly reason: string }[];
};

/** Reads, crops and describes everybody in a folder whose identity is known. @throws ModelError when a model cannot run. */
export async function describeItems(options: DescribeItemsOptions): Promise<DescribedItems> {
  const { source, root, describers, signal } = options;
  const items: DescribedItem[] = [];
  const skipped: { what: string; reason: string }[] = [];
  for await (const finding of source.read(root, { dataset: "eval", signal })) {
    if (finding.found === "skipped") skipped.push({ what: finding.what, reason: finding.reason });
    if (finding.found === "nothing") skipped.push({ what: root, reason: finding.reason });
    if (finding.found !== "picture") continue;
    const known = finding.subjects.filter(({ individual }) => individual != null);
    if (known.length === 0) continue;
    try {
      const picture = await decodePicture(await readFile(finding.path), { signal });
      const boxes = known.map(({ box }) => normalised(box, picture));
      const vectors = await Promise.all(
        describers.map((describer) => describer.describe(picture, boxes, { signal })),
      );
      for (const [index, subject] of known.entries()) {
        const crop = cropPicture(picture, boxes[index]!);
        items.push({
          what: finding.relativePath,
          identity: `${subject.individual!.scope}/${subject.individual!.identity}`,
          group: groupOf(subject),
          atUs: finding.takenAtMs === null ? null : finding.takenAtMs * 1000,
          hashes: hashPicture(crop),
          vectors: new Map([
            ...describers.map(({ space }, at) => [space, vectors[at]![index]!] as const),
            [thumbnailSpace, thumbnailOf(crop)],
          ]),
        });
      }
      options.onItem?.(items.length);
    } catch (cause) {
      if (signal.aborted) throw cause;
      const isPicture =
        cause instanceof PictureError || typeof (cause as { code?: unknown }).code === "string";
      if (!isPicture) throw cause;
      skipped.push({ what: finding.relativePath, reason: (cause as Error).message });
    }
  }
  return { items, skipped };
}

/** The same picture again: a copy of it in the gallery says nothing of recognising somebody. */
export function areCopies(a: DescribedItem, b: DescribedItem): boolean {
  return isNearDuplicate(a.hashes, b.hashes);
}

/** Likeness by pHash, 0..1. */
export function hashLikeness(a: DescribedItem, b: DescribedItem): number {
  return 1 - hammingDistance(a.hashes.phash, b.hashes.phash) / 64;
}

/** The dot product; NaN where one of them lacks the space. */
export function likenessIn(space: string, a: DescribedItem, b: DescribedItem): number {
  const left = a.vectors.get(space);
  const right = b.vectors.get(space);
  if (left === undefined || right === undefined) return Number.NaN;
  let sum = 0;
  for (let at = 0; at < left.length; at += 1) sum += left[at]! * right[at]!;
  return sum;
}

/** What a data set says of frames that were taken together. */
function groupOf({ metadata }: SourceSubject): string | null {
  for (const name of ["video", "sequence", "burst", "sequence_id", "camera_sequence"]) {
    const value = metadata[name];
    if (typeof value === "string" || typeof value === "number") return `${name} ${value}`;
  }
  return null;
}

/** Grey, 32x32, without its mean, of length one. */
function thumbnailOf(crop: Parameters<typeof toGrey>[0]): Float32Array {
  const { pixels } = resizeLanczos(toGrey(crop), 32, 32);
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const centred = Float32Array.from(pixels, (value) => value - mean);
  const length = Math.hypot(...centred) || 1;
  return centred.map((value) => value / length);
}
