// BMP, which old data sets have and the picture decoder does not read: uncompressed, with 1 to 8 bits of palette, or 24 or 32 bits.
import { PictureError } from "../../models/picture.ts";
import type { Picture } from "../../models/vision.ts";

const maxPixels = 100e6;

export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.byteLength >= 26;
}

/** @throws PictureError: cut off, too large, or compressed. */
export function decodeBmp(bytes: Uint8Array): Picture {
  const header = readHeader(bytes);
  const { width, height, bits, isTopDown, pixelsAt, paletteAt } = header;
  // A row ends at a multiple of 4 bytes.
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const needed = pixelsAt + rowBytes * height;
  if (bytes.byteLength < needed)
    throw new PictureError("truncated", `Expected a BMP of ${needed} bytes, got ${bytes.byteLength}`);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const row = pixelsAt + rowBytes * (isTopDown ? y : height - 1 - y);
    for (let x = 0; x < width; x += 1) {
      const from = bits >= 24 ? row + (x * bits) / 8 : paletteAt + 4 * paletteIndex(bytes, row, x, bits);
      const to = (y * width + x) * 3;
      // Stored blue, green, red.
      pixels[to] = bytes[from + 2] ?? 0;
      pixels[to + 1] = bytes[from + 1] ?? 0;
      pixels[to + 2] = bytes[from] ?? 0;
    }
  }
  return { width, height, pixels };
}

function readHeader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(14, true);
  if (headerBytes < 40 || bytes.byteLength < 54)
    throw new PictureError(
      "unsupported",
      `Expected a BMP with a header of 40 bytes or more, got ${headerBytes}`,
    );
  const [width, signedHeight] = [view.getInt32(18, true), view.getInt32(22, true)];
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (width < 1 || height < 1)
    throw new PictureError("not-a-picture", `Expected a BMP with pixels, got ${width}x${height}`);
  if (width * height > maxPixels)
    throw new PictureError(
      "too-large",
      `Expected at most ${maxPixels} pixels, got a header of ${width}x${height}`,
    );
  // 3: bit fields, which for 32 bits are normally those of the plain form.
  if (![1, 4, 8, 24, 32].includes(bits) || !(compression === 0 || (compression === 3 && bits === 32)))
    throw new PictureError(
      "unsupported",
      `Expected an uncompressed BMP of 1, 4, 8, 24 or 32 bits, got ${bits} bits, compression ${compression}`,
    );
  return {
    width,
    height,
    bits,
    isTopDown: signedHeight < 0,
    pixelsAt: view.getUint32(10, true),
    paletteAt: 14 + headerBytes,
  };
}

function paletteIndex(bytes: Uint8Array, row: number, x: number, bits: number): number {
  const perByte = 8 / bits;
  const byte = bytes[row + Math.floor(x / perByte)]!;
  return (byte >> (8 - bits * ((x % perByte) + 1))) & ((1 << bits) - 1);
}
