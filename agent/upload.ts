// Sends a labels file: deletions first, then pictures to the bucket, then labels to the index. Doing it again is harmless.
import { dayOf, formatImageId, isImageId } from "../device/image-id.ts";
import type { LabelDocument } from "../device/label.ts";
import { eventProblem } from "../device/session-template.ts";
import { describeValue } from "../device/settings-file.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import type { LabelIndex } from "../sync/indexes/label-index.ts";
import { type DeletionResult, deleteLabels, nothingDeleted } from "./delete-labels.ts";
import type { Person } from "./person.ts";
import { addressOf, joinKey, splitBucket } from "./picture-address.ts";
import type { PictureFolder } from "./picture-folder.ts";
import { type LabelUpload, sendLabels } from "./upload-labels.ts";
import { type PictureUpload, sendPictures } from "./upload-pictures.ts";

export type UploadOptions = {
  /** In the order of the file. */
  readonly documents: readonly LabelDocument[];
  /** Where the pictures lie: the labels file's own folder. */
  readonly folder: PictureFolder;
  /** null: labels only; pictures are neither looked for nor deleted. */
  readonly bucket: Bucket | null;
  readonly index: LabelIndex;
  /** Folder in the bucket that everything goes under; "" for none. */
  readonly bucketFolder: string;
  /** Replaces `<event>/<YYYYMMDD>` in the keys. */
  readonly keyPrefix?: string;
  /** Replace pictures and labels that are already there. */
  readonly force: boolean;
  /** Say what would happen, change nothing. */
  readonly dryRun: boolean;
  /** Remove the local files of deleted pictures too. */
  readonly deleteLocal: boolean;
  readonly person: Person;
  /** Wall clock, microseconds since 1970: becomes upload_date. */
  readonly nowUs: () => number;
  readonly signal: AbortSignal;
};

/** What an upload did. */
export type UploadResult = {
  readonly pictures: PictureUpload;
  readonly labels: LabelUpload;
  readonly deletion: DeletionResult;
  /** Labels marked to_delete that were left alone because the answer was no. */
  readonly deletionsDeclined: number;
  /** Why nothing at all was sent; null when it was tried. */
  readonly problem: string | null;
  /** As the old tools count: labels refused, pictures already there, labels without a picture, and everything that went wrong. */
  readonly failed: number;
};

/** Uploads. @throws SyncError when bucket or index as a whole cannot be used; then nothing was changed. */
export async function upload(options: UploadOptions): Promise<UploadResult> {
  const { bucket, index, person, signal } = options;
  const doomed = options.documents.filter((document) => document.to_delete === true);
  const staying = options.documents.filter((document) => document.to_delete !== true).map(withoutMarks);
  const problem = folderProblem(staying, options);
  if (problem !== null) return refused(problem, options.documents.length);
  if (bucket !== null) await bucket.probe(signal);
  await index.probe(signal);

  const wanted = doomed.length === 0 || options.dryRun ? false : await confirmDeletion(doomed, options);
  const deletion = wanted
    ? await deleteLabels({
        documents: doomed,
        index,
        bucket,
        needed: fingerprintsByPicture(staying),
        ...(options.deleteLocal ? { localFolder: options.folder } : {}),
        person,
        signal,
      })
    : nothingDeleted;
  if (doomed.length > 0 && !wanted)
    person.tell(
      options.dryRun
        ? `${doomed.length} label(s) marked to_delete would be deleted, after asking`
        : `${doomed.length} label(s) marked to_delete were left alone`,
    );

  const newFolder = folderOfNew(options);
  const folderInBucket = (document: LabelDocument): string => homeOf(document, options) ?? newFolder;
  const { pictures, ready } = await sendPictures({ ...options, documents: staying, folderInBucket });
  const upload_date = formatImageId(options.nowUs());
  const documents = ready.map((document) =>
    // Without a bucket nothing is claimed about where the picture is.
    bucket === null
      ? { ...document, upload_date }
      : { ...document, s3_bucket: addressOf(bucket.name, folderInBucket(document)), upload_date },
  );
  const labels = await sendLabels({ ...options, documents });
  return {
    pictures,
    labels,
    deletion,
    deletionsDeclined: wanted || options.dryRun ? 0 : doomed.length,
    problem: null,
    failed:
      pictures.missing.length +
      pictures.existing.length +
      pictures.failed.length +
      labels.existing.length +
      labels.failed.length,
  };
}

function confirmDeletion(
  doomed: readonly LabelDocument[],
  { bucket, index, person }: UploadOptions,
): Promise<boolean> {
  const what = bucket === null ? "label(s)" : "picture(s) and label(s)";
  const where = bucket === null ? index.url : `${index.url} and ${bucket.url}`;
  return person.confirm(`${doomed.length} ${what} will be deleted from ${where}. Continue?`);
}

/** The marks of the relabelling page are not part of a label, and the index's mapping refuses them. */
function withoutMarks(document: LabelDocument): LabelDocument {
  const { to_delete: _mark, tmp_fingerprint: _tmp, ...rest } = document;
  return rest as LabelDocument;
}

/**
 * The folder of this bucket a label's picture already has; null when it has none. It keeps it: relabelled frames of many
 * days must not be stored a second time under the day of the first.
 */
function homeOf(document: LabelDocument, { bucket, keyPrefix }: UploadOptions): string | null {
  if (bucket === null || keyPrefix !== undefined || !document.s3_bucket) return null;
  const [bucketName, folder] = splitBucket(document.s3_bucket);
  return bucketName === bucket.name ? folder : null;
}

/** Where new pictures go. They share a folder, whose date is that of the first label in the file. */
function folderOfNew({ documents, bucketFolder, keyPrefix }: UploadOptions): string {
  if (keyPrefix !== undefined) return joinKey(bucketFolder, keyPrefix);
  const event = documents.find((document) => document.to_delete !== true)?.event ?? "";
  return joinKey(bucketFolder, event, documents[0] === undefined ? "" : (dayOfLabel(documents[0]) ?? ""));
}

/** What is wrong with the folder of new pictures: one event for them all, in characters a key may have, and a day. */
function folderProblem(staying: readonly LabelDocument[], options: UploadOptions): string | null {
  if (options.bucket === null || options.keyPrefix !== undefined) return null;
  if (staying.every((document) => homeOf(document, options) !== null)) return null;
  const events = [...new Set(staying.map((document) => document.event))];
  if (events.length > 1)
    return `event: expected one for the whole file, got ${events.slice(0, 5).map(describeValue).join(", ")}`;
  const first = options.documents[0]!;
  if (eventProblem(events[0]) !== null || dayOfLabel(first) !== null) return eventProblem(events[0]);
  return `timestamp: expected YYYYMMDDTHH-MM-SS-ffffff in the first label (it names the day in the bucket), got ${describeValue(first.timestamp)}`;
}

function dayOfLabel({ timestamp, img_id }: LabelDocument): string | null {
  const time = timestamp || img_id;
  return isImageId(time) ? dayOf(time) : null;
}

function fingerprintsByPicture(documents: readonly LabelDocument[]): ReadonlyMap<string, readonly string[]> {
  const byPicture = new Map<string, string[]>();
  for (const { img_id, label_fingerprint } of documents)
    byPicture.set(img_id, [...(byPicture.get(img_id) ?? []), label_fingerprint]);
  return byPicture;
}

function refused(problem: string, labels: number): UploadResult {
  return {
    pictures: { uploaded: 0, missing: [], existing: [], failed: [] },
    labels: { uploaded: 0, existing: [], failed: [] },
    deletion: nothingDeleted,
    deletionsDeclined: 0,
    problem,
    failed: labels,
  };
}
