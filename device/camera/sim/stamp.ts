// A stamp inside a JPEG's comment (COM segment): which camera made it, as which frame, when. Tests use it to tell what was lost.

/** What a stamped picture says of itself. */
export type FrameStamp = {
  readonly camera: string;
  readonly sequence: number;
  readonly monotonicNs: number;
};

const prefix = "outrider-frame ";
const startOfImage = 0xd8;
const startOfScan = 0xda;
const jfif = 0xe0;
const comment = 0xfe;

/** The same JPEG with a stamp; behind the JFIF segment, which must stay first. */
export function stampFrame(jpeg: Uint8Array, stamp: FrameStamp): Uint8Array {
  const { camera, sequence, monotonicNs } = stamp;
  const text = Buffer.from(prefix + JSON.stringify({ camera, sequence, monotonicNs }), "utf8");
  const head = Buffer.from([0xff, comment, (text.length + 2) >> 8, (text.length + 2) & 0xff]);
  const at = jpeg[3] === jfif ? 4 + ((jpeg[4]! << 8) | jpeg[5]!) : 2;
  return Buffer.concat([jpeg.subarray(0, at), head, text, jpeg.subarray(at)]);
}

/** Reads the stamp of a JPEG; null when there is none or the bytes are no JPEG. */
export function readFrameStamp(bytes: Uint8Array): FrameStamp | null {
  if (bytes[0] !== 0xff || bytes[1] !== startOfImage) return null;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== startOfScan) {
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (bytes[at + 1] === comment) {
      const stamp = parseStamp(Buffer.from(bytes.subarray(at + 4, at + 2 + length)).toString("utf8"));
      if (stamp !== null) return stamp;
    }
    at += 2 + length;
  }
  return null;
}

function parseStamp(text: string): FrameStamp | null {
  if (!text.startsWith(prefix)) return null;
  let json: unknown;
  try {
    json = JSON.parse(text.slice(prefix.length));
  } catch {
    // Somebody else's comment that begins alike: not a stamp.
    return null;
  }
  const { camera, sequence, monotonicNs } = (json ?? {}) as Partial<Record<string, unknown>>;
  if (typeof camera !== "string" || typeof sequence !== "number" || typeof monotonicNs !== "number")
    return null;
  return { camera, sequence, monotonicNs };
}
