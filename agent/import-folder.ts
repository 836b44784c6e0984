// A picture folder with a labels file, brought into the store: every label it has, every picture that is a picture.
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import type { Clock } from "../device/clock.ts";
import type { CapturedFrame, FrameRecord } from "../device/frame.ts";
import { dayOf, isImageId, parseImageId } from "../device/image-id.ts";
import type { LabelDocument } from "../device/label.ts";
import { sha256Hex } from "../device/store/frames.ts";
import type { Store } from "../device/store/store.ts";
import type { DeliveryPlan } from "./deliveries.ts";
import { fileNameOfLabel } from "./picture-address.ts";

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
  readonly clock: Clock;
  readonly directory: string;
  readonly documents: readonly LabelDocument[];
  readonly plan: DeliveryPlan;
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
};

/** Pictures larger than this are refused, bytes; and more pixels than this, so that no picture can fill the memory. */
const maxPictureBytes = 64 * 1024 * 1024;
const maxPixels = 100_000_000;
/** Frames on their way to the disk at once. */
const inFlight = 64;

/** Brings labels and their pictures in. Idempotent: what is there already is counted and left alone. */
export async function importFolder(options: ImportOptions): Promise<ImportResult> {
  const { store, signal } = options;
  const skipped: { imgId: string; reason: string }[] = [];
  const waiting: Promise<unknown>[] = [];
  let frames = 0;
  let labels = 0;
  let alreadyThere = 0;
  let done = 0;
  for (const document of options.documents) {
    signal.throwIfAborted();
    done += 1;
    options.onProgress(done);
    if (store.labels.get(document.label_fingerprint) !== null) {
      alreadyThere += 1;
      continue;
    }
    const known = store.frames.has(document.img_id);
    const picture = known ? null : await readPicture(document, options);
    if (typeof picture === "string") {
      skipped.push({ imgId: document.img_id, reason: picture });
      continue;
    }
    waiting.push(store.commit(() => addLabel(document, picture, options), picture?.bytes.byteLength ?? 2000));
    labels += 1;
    if (picture !== null) frames += 1;
    // Several labels of one picture follow each other: the next must find the frame of this one.
    if (waiting.length >= inFlight || picture === null) await Promise.all(waiting.splice(0));
  }
  await Promise.all(waiting);
  await store.settle();
  return { frames, labels, alreadyThere, skipped };
}

type Picture = { readonly frame: FrameRecord; readonly bytes: Uint8Array };

function addLabel(document: LabelDocument, picture: Picture | null, { store, plan }: ImportOptions): void {
  if (picture !== null && !store.frames.has(document.img_id)) store.frames.add(picture.frame, picture.bytes);
  const frame = store.frames.get(document.img_id);
  if (frame === null || !store.labels.add(document)) return;
  for (const draft of plan.ofFrame(frame, [document])) store.outbox.enqueue({ ...draft, notBeforeUs: null });
}

/** The picture of a label, or the reason why there is none. */
async function readPicture(document: LabelDocument, options: ImportOptions): Promise<Picture | string> {
  const wallUs = isImageId(document.img_id) ? parseImageId(document.img_id) : null;
  if (wallUs === null) return `expected img_id to be YYYYMMDDTHH-MM-SS-ffffff, got "${document.img_id}"`;
  const path = join(options.directory, fileNameOfLabel(document));
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
    const { width, height, format } = await sharp(bytes, { limitInputPixels: maxPixels }).metadata();
    const mediaType = mediaTypes[format ?? ""];
    if (mediaType === undefined)
      return `${path}: expected a JPEG, PNG or WebP picture, got ${format ?? "something else"}`;
    const now = options.clock.now();
    const frame: FrameRecord = {
      imgId: document.img_id,
      camera: "imported",
      sequence: 0,
      moment: { ...now, wallUs },
      sha256: sha256Hex(bytes),
      size: bytes.byteLength,
      mediaType,
      width: width ?? null,
      height: height ?? null,
      run: null,
      prefix: `${(document.event ?? "").split("/").filter(Boolean).join("/") || "imported"}/${dayOf(document.img_id)}`,
      erasedAtUs: null,
    };
    return { frame, bytes };
  } catch (cause) {
    return `${path} is no picture: ${(cause as Error).message}`;
  }
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
