// Takes labels out of the index, and pictures out of the bucket that no label names any more.
import type { LabelDocument } from "../device/label.ts";
import type { LabelQuery } from "../device/query.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { inBatches, inParallel } from "./in-parallel.ts";
import type { Person } from "./person.ts";
import { placeOfPicture } from "./picture-address.ts";
import type { PictureFolder } from "./picture-folder.ts";

/** What happened to labels and pictures that were to go. Ids are fingerprints of labels and img_ids of pictures. */
export type DeletionResult = {
  readonly labelsRemoved: number;
  /** Labels the index did not have. */
  readonly labelsAbsent: readonly string[];
  readonly picturesRemoved: number;
  /** Pictures that stay, or were not there, each with its reason. */
  readonly picturesFailed: readonly { readonly imgId: string; readonly reason: string }[];
  /** Files removed from the labels file's folder. */
  readonly filesRemoved: number;
};

export const nothingDeleted: DeletionResult = {
  labelsRemoved: 0,
  labelsAbsent: [],
  picturesRemoved: 0,
  picturesFailed: [],
  filesRemoved: 0,
};

export type DeleteOptions = {
  readonly documents: readonly LabelDocument[];
  readonly index: LabelIndex;
  /** null: pictures are left alone. */
  readonly bucket: Bucket | null;
  /** Pictures that labels about to be sent name: they stay. */
  readonly needed: ReadonlyMap<string, readonly string[]>;
  /** Given: the local file of each picture goes too. */
  readonly localFolder?: PictureFolder;
  readonly person: Person;
  readonly signal: AbortSignal;
};

// A bulk request of fingerprints is small; 500 keep it far below every server's limit.
const labelsPerRequest = 500;
const picturesAtOnce = 10;

/**
 * Removes the labels, then each uploaded picture that no other label names, asked afresh for every picture.
 * Done twice it does nothing more. @throws SyncError when the index cannot be used.
 */
export async function deleteLabels(options: DeleteOptions): Promise<DeletionResult> {
  const { documents, index, bucket, person, signal } = options;
  if (documents.length === 0) return nothingDeleted;
  const labelsAbsent: string[] = [];
  for (const batch of inBatches(
    documents.map((document) => document.label_fingerprint),
    labelsPerRequest,
  )) {
    const removed = await index.remove(batch, signal);
    labelsAbsent.push(...batch.filter((_, position) => !removed[position]));
  }
  const labelsRemoved = documents.length - labelsAbsent.length;
  if (bucket === null) return { ...nothingDeleted, labelsRemoved, labelsAbsent };

  // What was just removed must not be found by the question below.
  await index.refresh(signal);
  const uploaded = [...new Map(documents.filter(placeOfPicture).map((one) => [one.img_id, one])).values()];
  const picturesFailed: { imgId: string; reason: string }[] = [];
  let picturesRemoved = 0;
  let filesRemoved = 0;
  const bar = person.progress("deleting pictures", uploaded.length);
  try {
    await inParallel(uploaded, picturesAtOnce, signal, async (document) => {
      const reason = await removePicture(document, bucket, options);
      if (reason !== null) picturesFailed.push({ imgId: document.img_id, reason });
      else {
        picturesRemoved += 1;
        const files = (await options.localFolder?.removePictures(document.img_id)) ?? 0;
        filesRemoved += files;
      }
      bar.step();
    });
  } finally {
    bar.end();
  }
  return { labelsRemoved, labelsAbsent, picturesRemoved, picturesFailed, filesRemoved };
}

/** null: it is gone. Otherwise why it is not. */
async function removePicture(
  document: LabelDocument,
  bucket: Bucket,
  { index, needed, signal }: DeleteOptions,
): Promise<string | null> {
  const place = placeOfPicture(document)!;
  if (place.bucketName !== bucket.name)
    return `its label says it lies in bucket "${place.bucketName}", this one is "${bucket.name}"`;
  try {
    const others = [
      ...(needed.get(document.img_id) ?? []),
      ...(await labelsOfPicture(index, document.img_id, signal)),
    ];
    if (others.length > 0) return `other labels name it: ${[...new Set(others)].join(", ")}`;
    return (await bucket.remove(place.key, signal)) ? null : `${place.key} is not in ${bucket.url}`;
  } catch (cause) {
    signal.throwIfAborted();
    // Not knowing whether another label names it is a reason to keep it.
    return (cause as Error).message;
  }
}

/** Fingerprints of all labels of one picture. */
export async function labelsOfPicture(
  index: LabelIndex,
  imgId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // match_phrase finds the id also in an index that somebody made without the mapping, where it is analysed text.
  const query: LabelQuery = {
    conditions: [{ field: "img_id", type: "match_phrase", clause: "filter", parameters: { query: imgId } }],
  };
  const fingerprints: string[] = [];
  for await (const document of index.search(query, signal)) {
    if (document.img_id === imgId) fingerprints.push(document.label_fingerprint);
  }
  return fingerprints;
}
