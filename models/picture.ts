// From the bytes of a picture file to upright 8-bit RGB pixels. Whatever cannot be read whole is refused with one word that says why.
import sharp from "sharp";
import type { Picture } from "./vision.ts";

/**
 * empty: no bytes. truncated: begins as a picture, but is cut off or damaged further on. too-large: its header promises more pixels
 * than allowed. not-a-picture: bytes of something else. unsupported: a picture, but of a kind that no camera writes.
 */
export type PictureProblem = "empty" | "truncated" | "too-large" | "not-a-picture" | "unsupported";

/** A picture cannot be read; `reason` is for counting, the message for a person. */
export class PictureError extends Error {
  override readonly name = "PictureError";
  readonly reason: PictureProblem;

  constructor(reason: PictureProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export type DecodeOptions = {
  /** More pixels than this are refused before any is decoded. Not given: 100 million. */
  readonly maxPixels?: number;
  readonly signal?: AbortSignal;
};

const defaultMaxPixels = 100e6;

/** Vector drawings can name other files and any size; they are no photographs. */
const formats: ReadonlySet<string> = new Set(["jpeg", "png", "webp", "gif", "tiff", "heif"]);

/**
 * Settings of the decoder for a machine that also does other things: one thread a picture (a second one makes a single picture no
 * faster), and no cache of what is never decoded twice. Process-wide; may be called again.
 */
export function preparePictureDecoding(): void {
  sharp.concurrency(1);
  sharp.cache(false);
}

/**
 * Decodes a picture: EXIF rotation applied; grey, CMYK, palette and 16 bits brought to 8-bit sRGB; alpha dropped; the first page of
 * an animation. A cut-off JPEG is refused although its upper part could be shown: a grey lower half must not become a detection.
 * @throws PictureError; the signal's reason when it aborts.
 */
export async function decodePicture(bytes: Uint8Array, options: DecodeOptions = {}): Promise<Picture> {
  const decoder = await openPicture(bytes, options);
  return decode(decoder.removeAlpha().toColourspace("srgb"), 3, options);
}

/**
 * A small grey picture of exactly `width` x `height` pixels, stretched, for telling motion: a JPEG is shrunk while it is
 * decoded, which costs a fraction of decoding it whole. One byte a pixel. @throws PictureError, as decodePicture does.
 */
export async function decodeGrey(
  bytes: Uint8Array,
  size: { readonly width: number; readonly height: number },
  options: DecodeOptions = {},
): Promise<Uint8Array> {
  const decoder = await openPicture(bytes, options);
  const small = decoder
    .removeAlpha()
    .resize(size.width, size.height, { fit: "fill", kernel: "linear" })
    .greyscale()
    .toColourspace("b-w");
  return (await decode(small, 1, options)).pixels;
}

/** Looks at the header alone, and refuses what should not be decoded. */
async function openPicture(bytes: Uint8Array, { maxPixels = defaultMaxPixels, signal }: DecodeOptions) {
  signal?.throwIfAborted();
  if (bytes.byteLength === 0) throw new PictureError("empty", "Expected a picture, got 0 bytes");
  const header = await readHeader(bytes);
  signal?.throwIfAborted();
  const { format, width, height } = header;
  if (!formats.has(format))
    throw new PictureError("unsupported", `Expected a picture (${[...formats].join(", ")}), got ${format}`);
  if (width * height > maxPixels)
    throw new PictureError(
      "too-large",
      `Expected at most ${maxPixels} pixels, got a header of ${width}x${height}`,
    );
  const options = {
    limitInputPixels: false,
    failOn: "truncated",
    pages: 1,
    // Models are trained on pixels as they are stored; only CMYK means nothing without its profile.
    ignoreIcc: header.space !== "cmyk",
  } as const;
  return sharp(bytes, options).autoOrient();
}

async function readHeader(bytes: Uint8Array) {
  try {
    return await sharp(bytes, { limitInputPixels: false, pages: 1 }).metadata();
  } catch (cause) {
    const words = firstLine(cause);
    const known = nameKnownKind(bytes);
    if (known === null)
      throw new PictureError("not-a-picture", `Expected a picture, got something else: ${words}`, { cause });
    throw new PictureError(known.reason, `Expected a picture, got ${known.words}: ${words}`, { cause });
  }
}

/** What the first bytes say of a file whose header cannot be read. */
function nameKnownKind(
  bytes: Uint8Array,
): { readonly reason: "truncated" | "unsupported"; readonly words: string } | null {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\xff\xd8\xff")) return { reason: "truncated", words: "a JPEG broken in its header" };
  if (start.startsWith("\x89PNG")) return { reason: "truncated", words: "a PNG broken in its header" };
  if (/^RIFF....WEBP/s.test(start)) return { reason: "truncated", words: "a WebP broken in its header" };
  if (start.startsWith("GIF8")) return { reason: "truncated", words: "a GIF broken in its header" };
  if (/^P[1-7]\s/.test(start)) return { reason: "unsupported", words: "a PNM, which is not decoded here" };
  if (/^BM/.test(start)) return { reason: "unsupported", words: "a BMP, which is not decoded here" };
  return null;
}

type Decoder = Awaited<ReturnType<typeof openPicture>>;

async function decode(
  decoder: Decoder,
  channels: 1 | 3,
  { signal }: DecodeOptions,
): Promise<Picture & { readonly pixels: Uint8Array<ArrayBuffer> }> {
  let decoded: Awaited<ReturnType<typeof raw>>;
  try {
    decoded = await raw(decoder);
  } catch (cause) {
    signal?.throwIfAborted();
    const words = firstLine(cause);
    throw new PictureError("truncated", `Expected a whole picture, got one cut off or damaged: ${words}`, {
      cause,
    });
  }
  signal?.throwIfAborted();
  const { data, info } = decoded;
  if (info.channels !== channels)
    throw new PictureError("unsupported", `Expected ${channels} channels of colour, got ${info.channels}`);
  // The decoder's own memory, seen as plain bytes: nothing is copied.
  const pixels = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return { width: info.width, height: info.height, pixels };
}

function raw(decoder: Decoder) {
  return decoder.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.trim();
}
