// What a picture file says of itself in its first bytes: kind and size. Decodes nothing.
import type { CapturedFrame } from "../frame.ts";
import { createJpegWalker } from "./jpeg-walker.ts";

export type PictureHeader = Required<Pick<CapturedFrame, "mediaType" | "width" | "height">>;

/** The kind and size of a JPEG, PNG or WebP; null: it is none of these, or breaks before its size is known. */
export function readPictureHeader(bytes: Uint8Array): PictureHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpegHeader(bytes);
  if (textAt(bytes, 1, 3) === "PNG" && textAt(bytes, 12, 4) === "IHDR" && bytes.length >= 24) {
    return { mediaType: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (textAt(bytes, 0, 4) === "RIFF" && textAt(bytes, 8, 4) === "WEBP" && bytes.length >= 30) {
    return readWebpHeader(textAt(bytes, 12, 4), view);
  }
  return null;
}

function readJpegHeader(bytes: Uint8Array): PictureHeader | null {
  const walker = createJpegWalker();
  walker.begin("start code");
  walker.advance(bytes, 2);
  const size = walker.size();
  return size === null ? null : { mediaType: "image/jpeg", ...size };
}

/** RFC 9649, 2.5–2.7: lossy (VP8), lossless (VP8L) and extended (VP8X) pictures keep their size in three ways. */
function readWebpHeader(chunk: string, view: DataView): PictureHeader | null {
  const mediaType = "image/webp";
  if (chunk === "VP8 ") {
    return { mediaType, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (chunk === "VP8L") {
    const bits = view.getUint32(21, true);
    return { mediaType, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk === "VP8X") {
    const width = (view.getUint32(24, true) & 0xffffff) + 1;
    const height = (view.getUint32(26, true) >>> 8) + 1;
    return { mediaType, width, height };
  }
  return null;
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
