// Real JPEGs for camera tests, made by sharp: no two alike, and ones with an EXIF thumbnail inside.
import sharp from "sharp";

export type PictureOptions = { readonly width?: number; readonly height?: number; readonly quality?: number };

/** `count` different JPEGs: a gradient with some noise, so that scans hold stuffed 0xFF bytes as real ones do. */
export async function makeJpegs(count: number, options: PictureOptions = {}): Promise<Uint8Array[]> {
  const { width = 160, height = 120, quality = 80 } = options;
  const jpegs: Uint8Array[] = [];
  for (let n = 0; n < count; n += 1) {
    const pixels = Buffer.alloc(width * height * 3);
    let seed = n * 7919 + 1;
    for (let at = 0; at < pixels.length; at += 1) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      pixels[at] = ((at % (width * 3)) / 3 + n * 16 + ((seed >> 16) & 0x3f)) & 0xff;
    }
    jpegs.push(
      await sharp(pixels, { raw: { width, height, channels: 3 } })
        .jpeg({ quality })
        .toBuffer(),
    );
  }
  return jpegs;
}

/** The same JPEG with an APP1 segment that holds a whole small JPEG, as a camera's EXIF does; its end marker is a trap. */
export function withThumbnail(jpeg: Uint8Array, thumbnail: Uint8Array): Uint8Array {
  const exif = Buffer.concat([Buffer.from("Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "latin1"), thumbnail]);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, (exif.length + 2) >> 8, (exif.length + 2) & 0xff]);
  return Buffer.concat([head, exif, jpeg.subarray(2)]);
}
