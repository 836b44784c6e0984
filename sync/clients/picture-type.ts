// What kind of picture some bytes are, by their content: names and media types lie.
import { createJpegWalker } from "../../device/camera/jpeg-walker.ts";

const pngStart = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** An empty IEND chunk with its checksum ends every PNG. */
const pngEnd = Buffer.of(0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82);

/** Media type of a picture that begins as one; null: it is none that is known here. */
export function pictureTypeOf(bytes: Uint8Array): "image/jpeg" | "image/png" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "image/jpeg";
  return startsWith(bytes, pngStart) ? "image/png" : null;
}

/** Whether the picture is there to its end; what lies behind the end does not matter. */
export function isWhole(bytes: Uint8Array): boolean {
  if (pictureTypeOf(bytes) === "image/png")
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(pngEnd);
  const walker = createJpegWalker();
  walker.begin("start code");
  return walker.advance(bytes, 2).event === "end";
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
