// Fetches pictures by their labels' addresses into a folder, ten at a time; one that fails does not stop the others.
import type { LabelDocument } from "../device/label.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import { SyncError } from "../sync/errors.ts";
import { inParallel } from "./in-parallel.ts";
import type { Person } from "./person.ts";
import { fileNameOfLabel, placeOfPicture } from "./picture-address.ts";
import type { PictureFolder } from "./picture-folder.ts";

/** A picture that was not fetched. */
export type DownloadFailure = { readonly imgId: string; readonly fileName: string; readonly reason: string };

export type DownloadOptions = {
  readonly documents: readonly LabelDocument[];
  /** The bucket of that name; null when it cannot be reached. */
  readonly bucketNamed: (name: string) => Bucket | null;
  readonly folder: PictureFolder;
  readonly person: Person;
  readonly signal: AbortSignal;
};

const picturesAtOnce = 10;

/** Downloads each picture into its file. A file is there whole or not at all. */
export async function downloadPictures(
  options: DownloadOptions,
): Promise<{ readonly downloaded: number; readonly failed: readonly DownloadFailure[] }> {
  const { documents, person, signal } = options;
  const failed: DownloadFailure[] = [];
  let downloaded = 0;
  let lostLink: SyncError | null = null;
  const bar = person.progress("downloading", documents.length);
  try {
    await inParallel(documents, picturesAtOnce, signal, async (document) => {
      try {
        if (lostLink !== null) throw new Error(`not tried: ${lostLink.message}`);
        await download(document, options);
        downloaded += 1;
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof SyncError && cause.kind === "offline") lostLink = cause;
        failed.push({
          imgId: document.img_id,
          fileName: fileNameOfLabel(document),
          reason: (cause as Error).message,
        });
      }
      bar.step();
    });
  } finally {
    bar.end();
  }
  return { downloaded, failed };
}

async function download(
  document: LabelDocument,
  { bucketNamed, folder, signal }: DownloadOptions,
): Promise<void> {
  const place = placeOfPicture(document);
  if (place === null) throw new Error("its label has no s3_bucket: it was never uploaded");
  const bucket = bucketNamed(place.bucketName);
  if (bucket === null)
    throw new Error(`its label says it lies in bucket "${place.bucketName}", which cannot be opened`);
  const bytes = await bucket.get(place.key, signal);
  if (bytes === null) throw new Error(`${place.key} is not in ${bucket.url}`);
  if (bytes.length === 0) throw new Error(`${place.key} in ${bucket.url} is empty`);
  await folder.save(fileNameOfLabel(document), bytes);
}
