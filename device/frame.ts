// A frame: one picture from one camera at one moment, its bytes and its times.
import type { Moment } from "./clock.ts";

/** What a camera hands over: the encoded picture and the moment of its exposure. */
export type CapturedFrame = {
  /** Camera id, e.g. "front". */
  readonly camera: string;
  /** Counts every frame this camera object produced, from 0, dropped ones included, so that gaps show. */
  readonly sequence: number;
  readonly moment: Moment;
  /** The encoded picture, normally a JPEG. */
  readonly bytes: Uint8Array;
  readonly mediaType: "image/jpeg" | "image/png" | "image/webp";
  /** Pixels; null when the driver does not know without decoding. */
  readonly width: number | null;
  readonly height: number | null;
  /** What a simulator or a replay knows to be true (steering of a perfect driver, original file name, …); small and JSON. */
  readonly truth?: Readonly<Record<string, unknown>>;
};

/** A frame as the store keeps it; the bytes lie beside it under the same img_id. */
export type FrameRecord = {
  readonly imgId: string;
  readonly camera: string;
  readonly sequence: number;
  readonly moment: Moment;
  /** Wall µs of the exposure, where `moment` was stamped by a clock that was set only later; not there: `moment` is all that is known. */
  readonly correctedWallUs?: number;
  /** Lowercase hex of the picture's SHA-256. */
  readonly sha256: string;
  /** Bytes of the encoded picture. */
  readonly size: number;
  readonly mediaType: CapturedFrame["mediaType"];
  readonly width: number | null;
  readonly height: number | null;
  /** The run (ULID) of the recorder that kept it; null outside a run. */
  readonly run: string | null;
  /** Where it goes in a bucket: `<event>/<YYYYMMDD>`; the object key is `<prefix>/<img_id>`. Fixed at capture, so that a retry finds it again. */
  readonly prefix: string;
  /** Microseconds (wall) when a person erased it; null while it counts. */
  readonly erasedAtUs: number | null;
  readonly truth?: Readonly<Record<string, unknown>>;
};

/** The object key of a frame in every bucket. */
export function objectKey(frame: Pick<FrameRecord, "prefix" | "imgId">): string {
  return `${frame.prefix}/${frame.imgId}`;
}

/** The first part of the object key of every frame that came from a data set. */
export const datasetPrefix = "datasets/";

/** Whether a frame was ingested from a data set: it is somebody's reference, not a moment that will come again. */
export function isFromDataset(frame: Pick<FrameRecord, "prefix">): boolean {
  return frame.prefix.startsWith(datasetPrefix);
}

/** The file name a frame has in a folder. */
export function fileNameOf(imgId: string, mediaType: CapturedFrame["mediaType"]): string {
  const extension = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp" }[mediaType];
  return `${imgId}.${extension}`;
}
