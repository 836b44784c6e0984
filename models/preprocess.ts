// From a picture, or a rectangle of it, to the numbers a model takes: placed, resized, coloured and normalised in one pass.
import type { Box } from "../device/detection.ts";
import { type Edges, type Placement, placePicture, toPicture } from "./letterbox.ts";
import type { ModelInput } from "./manifest.ts";
import type { Source } from "./resize.ts";
import { createDrawing, type TensorData } from "./tensor-drawing.ts";
import { ModelError, type Picture } from "./vision.ts";

/** A rectangle of a picture, whole pixels. */
export type Region = {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
};

export type Filled = {
  readonly placement: Placement;
  /** Takes edges in pixels of the model's input to a box of the whole picture. */
  readonly toBox: (edges: Edges) => Box;
};

export type Preprocessor = {
  /** Numbers of one picture: 3 * width * height. */
  readonly size: number;
  /** What the runtime has to be told of it. */
  readonly dims: readonly [number, number, number, number];
  /** Memory for `count` pictures, of the type the model takes. */
  readonly allocate: (count?: number) => TensorData;
  /**
   * Writes the picture (or a region of it) into `into`, which is `size` long and may be a part of something longer.
   * Allocates nothing that grows with the picture. @throws ModelError when the region is not within the picture.
   */
  readonly fill: (into: TensorData, picture: Picture, region?: Region) => Filled;
};

/** Life: one per model and thread; fill may be called for ever, with pictures of any size. */
export function createPreprocessor(input: ModelInput): Preprocessor {
  const { width, height } = input;
  const size = 3 * width * height;
  const draw = createDrawing(input);
  return {
    size,
    dims: input.layout === "nchw" ? [1, 3, height, width] : [1, height, width, 3],
    allocate: (count = 1) =>
      input.type === "uint8" ? new Uint8Array(count * size) : new Float32Array(count * size),
    fill: (into, picture, region = { left: 0, top: 0, width: picture.width, height: picture.height }) => {
      if (into.length !== size) throw new ModelError(`Expected room for ${size} numbers, got ${into.length}`);
      checkRegion(picture, region);
      const placement = placePicture({ width: region.width, height: region.height }, input);
      draw(into, sourceOf(picture, region), placement);
      return { placement, toBox: (edges) => toBox(edges, placement, picture, region) };
    },
  };
}

function checkRegion(picture: Picture, { left, top, width, height }: Region): void {
  if (picture.pixels.length !== picture.width * picture.height * 3)
    throw new ModelError(
      `Expected ${picture.width}x${picture.height} pixels of 3 bytes, got ${picture.pixels.length} bytes`,
    );
  const inside =
    [left, top, width, height].every(Number.isInteger) &&
    left >= 0 &&
    top >= 0 &&
    width >= 1 &&
    height >= 1 &&
    left + width <= picture.width &&
    top + height <= picture.height;
  if (!inside)
    throw new ModelError(
      `Expected a region of whole pixels within ${picture.width}x${picture.height}, got ${width}x${height} at ${left},${top}`,
    );
}

function sourceOf(picture: Picture, region: Region): Source {
  const stride = picture.width * 3;
  return { pixels: picture.pixels, stride, offset: region.top * stride + region.left * 3 };
}

function toBox(edges: Edges, placement: Placement, picture: Picture, region: Region): Box {
  const { left, top, right, bottom } = toPicture(edges, placement);
  return {
    left: (region.left + left) / picture.width,
    top: (region.top + top) / picture.height,
    right: (region.left + right) / picture.width,
    bottom: (region.top + bottom) / picture.height,
  };
}
