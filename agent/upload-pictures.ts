// The pictures of an upload: read from the labels file's folder, put into the bucket ten at a time.
import { createHash } from "node:crypto";
import type { LabelDocument } from "../device/label.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import { SyncError } from "../sync/errors.ts";
import { inParallel } from "./in-parallel.ts";
import type { Person } from "./person.ts";
import { fileNameOfLabel, joinKey } from "./picture-address.ts";
import type { PictureFolder } from "./picture-folder.ts";

/** What became of the pictures, by img_id. */
export type PictureUpload = {
  readonly uploaded: number;
  /** No such file in the folder; their labels are not sent. */
  readonly missing: readonly string[];
  /** Already in the bucket and left as they are; their labels are sent. */
  readonly existing: readonly string[];
  /** Could not be read or sent; their labels are not sent. */
  readonly failed: readonly { readonly imgId: string; readonly reason: string }[];
};

export type SendPicturesOptions = {
  readonly documents: readonly LabelDocument[];
  readonly folder: PictureFolder;
  /** null: nothing is looked for, and every label may go. */
  readonly bucket: Bucket | null;
  /** Folder of the bucket a label's picture belongs in. */
  readonly folderInBucket: (document: LabelDocument) => string;
  readonly force: boolean;
  readonly dryRun: boolean;
  readonly person: Person;
  readonly signal: AbortSignal;
};

type Outcome = "uploaded" | "missing" | "existing" | { readonly reason: string };

const picturesAtOnce = 10;

/** Sends each picture once, however many labels it has, and says which labels may follow. */
export async function sendPictures(
  options: SendPicturesOptions,
): Promise<{ readonly pictures: PictureUpload; readonly ready: readonly LabelDocument[] }> {
  const { documents, bucket, person, signal } = options;
  if (bucket === null)
    return { pictures: { uploaded: 0, missing: [], existing: [], failed: [] }, ready: documents };
  const outcomes = new Map<string, Outcome>();
  const once = new Map(documents.map((document) => [document.img_id, document]));
  const bar = person.progress(options.dryRun ? "checking pictures" : "pictures", once.size);
  let lostLink: SyncError | null = null;
  try {
    const there = options.force ? new Set<string>() : await keysThere(once.values(), bucket, options);
    await inParallel(once.values(), picturesAtOnce, signal, async (document) => {
      // Without a link every further picture would only wait for its own timeout.
      const outcome =
        lostLink === null
          ? await sendPicture(document, bucket, there, options).catch((cause: unknown) => {
              signal.throwIfAborted();
              if (cause instanceof SyncError && cause.kind === "offline") lostLink = cause;
              return { reason: (cause as Error).message };
            })
          : { reason: `not tried: ${lostLink.message}` };
      outcomes.set(document.img_id, outcome);
      bar.step();
    });
  } finally {
    bar.end();
  }
  return {
    pictures: summary(documents, outcomes),
    ready: documents.filter((one) => maySend(outcomes.get(one.img_id))),
  };
}

/**
 * The keys that the folders of these pictures hold already, so that an upload that is done again sends no picture twice over a
 * slow link. Where listing is not allowed, each put finds out for itself.
 */
async function keysThere(
  documents: Iterable<LabelDocument>,
  bucket: Bucket,
  { folderInBucket, signal }: SendPicturesOptions,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  try {
    for (const folder of new Set([...documents].map(folderInBucket))) {
      for await (const { key } of bucket.list(folder === "" ? "" : `${joinKey(folder)}/`, signal))
        keys.add(key);
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof SyncError)) throw cause;
  }
  return keys;
}

async function sendPicture(
  document: LabelDocument,
  bucket: Bucket,
  there: ReadonlySet<string>,
  { folder, folderInBucket, force, dryRun, signal }: SendPicturesOptions,
): Promise<Outcome> {
  const name = fileNameOfLabel(document);
  const key = joinKey(folderInBucket(document), document.img_id);
  if ((await folder.look(name)) === "absent") return "missing";
  if (there.has(key)) return "existing";
  if (dryRun) return "uploaded";
  const bytes = await folder.read(name);
  if (bytes === null) return "missing";
  // An empty file is what a power cut leaves of a picture.
  if (bytes.length === 0) return { reason: `${name} is empty` };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { outcome } = await bucket.put(key, bytes, { ifAbsent: !force, sha256, signal });
  return outcome === "exists" ? "existing" : "uploaded";
}

function maySend(outcome: Outcome | undefined): boolean {
  return outcome === "uploaded" || outcome === "existing";
}

/** Counted per picture, but missing and failed ones per label: each label that cannot go is one failure. */
function summary(documents: readonly LabelDocument[], outcomes: ReadonlyMap<string, Outcome>): PictureUpload {
  const idsOf = (wanted: Outcome): string[] =>
    [...outcomes].filter(([, outcome]) => outcome === wanted).map(([imgId]) => imgId);
  return {
    uploaded: idsOf("uploaded").length,
    missing: documents.map((one) => one.img_id).filter((imgId) => outcomes.get(imgId) === "missing"),
    existing: idsOf("existing"),
    failed: documents.flatMap(({ img_id: imgId }) => {
      const outcome = outcomes.get(imgId);
      return typeof outcome === "object" ? [{ imgId, reason: outcome.reason }] : [];
    }),
  };
}
