// Vision without a model, yet real: a detector that finds bright rectangles on a dark ground, and an identifier that knows colours.
import sharp from "sharp";
import type { Identification, Identifier } from "../../agent/identify/identifier.ts";
import type { WatchModels } from "../../agent/watch/watch-models.ts";
import type { Box } from "../../device/detection.ts";
import { type Model, manifestSchema } from "../../models/manifest.ts";
import type { Detector, Found, Picture } from "../../models/vision.ts";

export type Rectangle = {
  readonly x: number;
  readonly y: number;
  readonly colour: readonly [number, number, number];
};

export const brightSize = { width: 160, height: 120 };
const side = 30;

/** A JPEG with rectangles of 30x30 pixels at x, y (upper left), on a dark ground with some noise that follows from `n`. */
export async function drawBright(n: number, rectangles: readonly Rectangle[]): Promise<Uint8Array> {
  const { width, height } = brightSize;
  const pixels = Buffer.alloc(width * height * 3);
  let seed = n * 7919 + 1;
  for (let at = 0; at < pixels.length; at += 1) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    pixels[at] = 30 + ((seed >> 16) & 7) + (at % 3 === 1 ? 14 : 0);
  }
  for (const { x, y, colour } of rectangles)
    for (let row = y; row < y + side; row += 1)
      for (let column = x; column < x + side; column += 1)
        if (row >= 0 && row < height && column >= 0 && column < width)
          pixels.set(colour, (row * width + column) * 3);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

const model: Model = {
  manifest: manifestSchema.parse({
    id: "bright",
    task: "detect",
    family: "yolov8",
    file: "none",
    sha256: "0".repeat(64),
    bytes: 1,
    input: { name: "images", width: 64, height: 64 },
    classes: ["animal"],
    licence: "none",
    source: "test",
  }),
  file: "none",
};

/** Boxes of columns that hold something bright; what touches is one box. */
export function findBright({ width, height, pixels }: Picture): readonly Found[] {
  const isBright = (x: number, y: number): boolean => {
    const at = (y * width + x) * 3;
    return Math.max(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!) > 140;
  };
  const found: Found[] = [];
  let span: { left: number; top: number; bottom: number } | null = null;
  for (let x = 0; x <= width; x += 1) {
    let [top, bottom, count] = [height, 0, 0];
    for (let y = 0; x < width && y < height; y += 1)
      if (isBright(x, y)) {
        top = Math.min(top, y);
        bottom = Math.max(bottom, y + 1);
        count += 1;
      }
    if (count >= 5) {
      span ??= { left: x, top, bottom };
      span.top = Math.min(span.top, top);
      span.bottom = Math.max(span.bottom, bottom);
    } else if (span !== null) {
      const box = {
        left: span.left / width,
        right: x / width,
        top: span.top / height,
        bottom: span.bottom / height,
      };
      found.push({ box, className: "animal", confidence: 0.9 });
      span = null;
    }
  }
  return found;
}

export type BrightVision = WatchModels & {
  looks: number;
  /** The next detections fail with it. */
  failure: Error | null;
  /** Awaited before every detection. */
  gate: () => Promise<void>;
  closed: number;
};

/** @param individuals id by name of colour: red, green, blue. */
export function createBrightVision(individuals: Readonly<Record<string, string>> = {}): BrightVision {
  const detector: Detector = {
    model,
    detect: async (picture, { signal }) => {
      await vision.gate();
      signal.throwIfAborted();
      if (vision.failure !== null) throw vision.failure;
      vision.looks += 1;
      return findBright(picture);
    },
  };
  const identifier: Identifier = {
    identify: async (picture, boxes) => boxes.map((box) => identifyColour(picture, box, individuals)),
    combine: (crops) => ({ matches: crops[0]?.matches ?? [], best: crops[0]?.best ?? null }),
    close: async () => undefined,
  };
  const vision: BrightVision = {
    looks: 0,
    failure: null,
    gate: async () => undefined,
    closed: 0,
    detectorOf: () => detector,
    identifier,
    hash: null,
    status: () => ({ state: "idle", restarts: 0, problem: null }),
    close: async () => {
      vision.closed += 1;
    },
  };
  return vision;
}

function identifyColour(
  picture: Picture,
  box: Box,
  individuals: Readonly<Record<string, string>>,
): Identification {
  const x = Math.round(((box.left + box.right) / 2) * picture.width);
  const y = Math.round(((box.top + box.bottom) / 2) * picture.height);
  const colour = [...picture.pixels.subarray((y * picture.width + x) * 3).subarray(0, 3)];
  const length = Math.hypot(...colour);
  const vectors = new Map([["colour/3", Float32Array.from(colour, (value) => value / length)]]);
  const name = ["red", "green", "blue"][colour.indexOf(Math.max(...colour))]!;
  const individual = individuals[name];
  if (individual === undefined) return { vectors, matches: [], best: null };
  const match = { individual, name, sighting: "s", imgId: "i", score: 0.95, similarities: {} };
  return { vectors, matches: [match], best: match };
}
