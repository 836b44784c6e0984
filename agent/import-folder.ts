// A picture folder with a labels file, brought into the store: every label it has, every picture that is a picture.
import { lstatSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import sharp, { type Metadata } from "sharp";
import type { CapturedFrame, FrameRecord } from "../device/frame.ts";
import { dayOf, isImageId, parseImageId } from "../device/image-id.ts";
import type { LabelDocument } from "../device/label.ts";
import { eventProblem } from "../device/session-template.ts";
import { sha256Hex } from "../device/store/frames.ts";
import type { Store } from "../device/store/store.ts";
import type { DeliveryPlan } from "./deliveries.ts";
import { fileNameOfLabel, joinKey } from "./picture-address.ts";

export type ImportResult = {
  readonly frames: number;
  readonly labels: number;
  /** Labels that were in the store already. */
  readonly alreadyThere: number;
  /** What was left out, with the reason. */
  readonly skipped: readonly { readonly imgId: string; readonly reason: string }[];
};

export type ImportOptions = {
  readonly store: Store;
  readonly directory: string;
  readonly documents: readonly LabelDocument[];
  readonly plan: DeliveryPlan;
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
};

/** Pictures larger than this are refused, bytes; and more pixels than this, so that no picture can fill the memory. */
const maxPictureBytes = 64 * 1024 * 1024;
const maxPixels = 100_000_000;
/** Labels, and bytes of pictures, on their way to the disk at once. */
const inFlight = 64;
const inFlightBytes = 64 * 1024 * 1024;

/** Brings labels and their pictures in. Idempotent: what is there already is counted and left alone. */
export async function importFolder(options: ImportOptions): Promise<ImportResult> {
  const { store, signal } = options;
  const tally = { frames: 0, labels: 0, alreadyThere: 0 };
  const skipped: { imgId: string; reason: string }[] = [];
  let waiting: Promise<void>[] = [];
  let waitingBytes = 0;
  const flush = async (): Promise<void> => {
    await Promise.all(waiting);
    waiting = [];
    waitingBytes = 0;
  };
  let done = 0;
  for (const document of options.documents) {
    signal.throwIfAborted();
    done += 1;
    options.onProgress(done);
    const picture = await readPicture(document, options);
    if (typeof picture === "string") {
      skipped.push({ imgId: document.img_id, reason: picture });
      continue;
    }
    const bytes = picture?.bytes.byteLength ?? 0;
    const adding = store.commit(() => addLabel(document, picture, options), bytes + labelBytes);
    waiting.push(
      adding.then((added) => {
        if (added === "label" || added === "frame and label") tally.labels += 1;
        if (added === "frame and label") tally.frames += 1;
        if (added === "nothing") tally.alreadyThere += 1;
      }),
    );
    waitingBytes += bytes;
    if (waiting.length >= inFlight || waitingBytes >= inFlightBytes) await flush();
  }
  await flush();
  return { ...tally, skipped };
}

type Picture = { readonly frame: FrameRecord; readonly bytes: Uint8Array };

/** Roughly what a label takes in the store. */
const labelBytes = 2000;

/** Within a commit. `picture` null: the frame is there, or was when we looked. */
function addLabel(
  document: LabelDocument,
  picture: Picture | null,
  { store, plan }: ImportOptions,
): "nothing" | "label" | "frame and label" {
  const isNew = !store.frames.has(document.img_id);
  if (isNew && picture !== null) store.frames.add(picture.frame, picture.bytes);
  const frame = store.frames.get(document.img_id);
  if (frame === null || !store.labels.add(document)) return "nothing";
  const missing = plan
    .ofFrame(frame, [document])
    .filter(({ target, kind, id }) => store.outbox.receipt(kind, id, target) === null);
  for (const draft of missing) store.outbox.enqueue({ ...draft, notBeforeUs: null });
  return isNew ? "frame and label" : "label";
}

/** The picture of a label; null: not needed, for its frame is in the store; or the reason why the label cannot come in. */
async function readPicture(
  document: LabelDocument,
  options: ImportOptions,
): Promise<Picture | null | string> {
  const known = options.store.frames.get(document.img_id);
  if (known !== null) return known.erasedAtUs === null ? null : "its frame is in the store, and was erased";
  const wallUs = isImageId(document.img_id) ? parseImageId(document.img_id) : null;
  if (wallUs === null) return `expected img_id to be YYYYMMDDTHH-MM-SS-ffffff, got "${document.img_id}"`;
  const name = fileNameOfLabel(document);
  if (name !== basename(name)) return `expected file_name to stay in its folder, got "${name}"`;
  const path = join(options.directory, name);
  let bytes: Buffer;
  try {
    const { size, isFile } = describeFile(path);
    if (!isFile) return `${path} is no plain file`;
    if (size > maxPictureBytes) return `${path}: expected at most ${maxPictureBytes} bytes, got ${size}`;
    bytes = readFileSync(path);
  } catch (cause) {
    return `its picture cannot be read: ${(cause as Error).message}`;
  }
  try {
    const { width, height, format } = await examinePicture(bytes);
    const mediaType = mediaTypes[format ?? ""];
    if (mediaType === undefined)
      return `${path}: expected a JPEG, PNG or WebP picture, got ${format ?? "something else"}`;
    const frame: FrameRecord = {
      imgId: document.img_id,
      camera: "imported",
      sequence: 0,
      moment: { ...momentOfImport, wallUs },
      sha256: sha256Hex(bytes),
      size: bytes.byteLength,
      mediaType,
      width: width ?? null,
      height: height ?? null,
      run: null,
      prefix: joinKey(
        eventProblem(document.event) === null ? document.event! : "imported",
        dayOf(document.img_id),
      ),
      erasedAtUs: null,
    };
    return { frame, bytes };
  } catch (cause) {
    return `${path} is no picture: ${(cause as Error).message}`;
  }
}

/** Nobody knows any more which boot it was, nor how its clock was. */
const momentOfImport = { monotonicNs: 0, bootId: "imported", clockSynchronised: false };

/** Reads a picture to its last line: one that was cut off has a good head. */
async function examinePicture(bytes: Buffer): Promise<Metadata> {
  const picture = sharp(bytes, { limitInputPixels: maxPixels, failOn: "truncated" });
  const metadata = await picture.metadata();
  await picture.stats();
  return metadata;
}

const mediaTypes: Readonly<Record<string, CapturedFrame["mediaType"]>> = {
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
};

function describeFile(path: string): { readonly size: number; readonly isFile: boolean } {
  const stat = lstatSync(path);
  return { size: stat.size, isFile: stat.isFile() };
}
