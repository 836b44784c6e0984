// One picture file, read whole: checked to its last line, hashed, and brought to a format that the store keeps.
import { open } from "node:fs/promises";
import sharp from "sharp";
import type { FrameRecord } from "../../device/frame.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import { hashPicture } from "../../models/hashes/hash-picture.ts";
import { decodePicture, PictureError } from "../../models/picture.ts";
import type { Picture } from "../../models/vision.ts";
import { decodeBmp, isBmp } from "./bmp.ts";
import { readExifDate } from "./exif-date.ts";
import type { ReadPicture } from "./picture-messages.ts";

/** Larger files are no photographs of animals, bytes. */
export const maxFileBytes = 64 * 1024 * 1024;

/** @throws PictureError when it is no whole picture; the disk's error when it cannot be read. */
export async function readPicture(path: string): Promise<ReadPicture> {
  const { bytes, modifiedMs } = await readWhole(path);
  return { ...(await examinePicture(bytes)), modifiedMs };
}

/** The same of a file that is in memory. @throws PictureError */
export async function examinePicture(
  file: Uint8Array<ArrayBuffer>,
): Promise<Omit<ReadPicture, "modifiedMs">> {
  const picture = isBmp(file) ? decodeBmp(file) : await decodePicture(file);
  const { format, exif } = isBmp(file)
    ? { format: "bmp", exif: undefined }
    : await sharp(file, { limitInputPixels: false }).metadata();
  const mediaType = kept[format ?? ""];
  const bytes = mediaType === undefined ? await encodePng(picture) : file;
  const fileSha256 = sha256Hex(file);
  return {
    fileSha256,
    fileSize: file.byteLength,
    bytes,
    sha256: bytes === file ? fileSha256 : sha256Hex(bytes),
    mediaType: mediaType ?? "image/png",
    width: picture.width,
    height: picture.height,
    hashes: hashPicture(picture),
    takenAtMs: exif === undefined ? null : readExifDate(exif),
  };
}

const kept: Readonly<Record<string, FrameRecord["mediaType"]>> = {
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
};

async function readWhole(path: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; modifiedMs: number }> {
  const file = await open(path, "r");
  try {
    const { size, mtimeMs } = await file.stat();
    if (size > maxFileBytes)
      throw new PictureError("too-large", `Expected at most ${maxFileBytes} bytes, got ${size}`);
    // Memory of its own, not a piece of Node's pool: it is handed to another thread.
    const bytes = new Uint8Array(size);
    let read = 0;
    while (read < size) {
      const { bytesRead } = await file.read(bytes, read, size - read, read);
      if (bytesRead === 0) throw new PictureError("truncated", `Expected ${size} bytes, got ${read}`);
      read += bytesRead;
    }
    return { bytes, modifiedMs: mtimeMs };
  } finally {
    await file.close();
  }
}

async function encodePng({ width, height, pixels }: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6 })
    .toBuffer();
  return new Uint8Array(png);
}
