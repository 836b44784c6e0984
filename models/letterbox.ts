// Where a picture lies in a model's input, and the way back. The numbers are those detectors are trained and judged with.
import { pythonRound } from "../device/python-number.ts";
import type { ModelInput } from "./manifest.ts";

export type Size = { readonly width: number; readonly height: number };

/** Edges in pixels, x from the left, y from the top. */
export type Edges = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
};

/** A picture of `picture` pixels, resized to `scaled` and drawn with its upper left corner at `left`, `top`. */
export type Placement = {
  readonly picture: Size;
  readonly scaled: Size;
  /** Pixels of the input; `top` is negative where upper rows are dropped. */
  readonly left: number;
  readonly top: number;
  /** The way back: picture = (input - pad) / gain. Not rounded, unlike what is drawn. */
  readonly gain: { readonly x: number; readonly y: number };
  readonly pad: { readonly x: number; readonly y: number };
};

type Frame = Pick<ModelInput, "width" | "height" | "resize">;

/** Places a picture in a model's input. */
export function placePicture(picture: Size, input: Frame): Placement {
  switch (input.resize) {
    case "letterbox":
      return placeCentred(picture, input);
    case "letterbox-top-left":
      return placeTopLeft(picture, input);
    case "stretch":
      return placeStretched(picture, input);
    case "crop-top":
      return placeCropped(picture, input);
  }
}

/** Takes edges in the model's input back to the picture, and cuts them off at its border. */
export function toPicture(edges: Edges, { picture, gain, pad }: Placement): Edges {
  return {
    left: clamp((edges.left - pad.x) / gain.x, picture.width),
    top: clamp((edges.top - pad.y) / gain.y, picture.height),
    right: clamp((edges.right - pad.x) / gain.x, picture.width),
    bottom: clamp((edges.bottom - pad.y) / gain.y, picture.height),
  };
}

/** Bars on both sides; an odd pixel goes below or to the right. */
function placeCentred(picture: Size, input: Frame): Placement {
  const gain = Math.min(input.height / picture.height, input.width / picture.width);
  const scaled = { width: side(picture.width * gain), height: side(picture.height * gain) };
  return {
    picture,
    scaled,
    left: pythonRound((input.width - scaled.width) / 2 - 0.1),
    top: pythonRound((input.height - scaled.height) / 2 - 0.1),
    gain: { x: gain, y: gain },
    pad: { x: (input.width - picture.width * gain) / 2, y: (input.height - picture.height * gain) / 2 },
  };
}

/** Bars on the right or below; sizes are cut, not rounded (YOLOX). */
function placeTopLeft(picture: Size, input: Frame): Placement {
  const gain = Math.min(input.height / picture.height, input.width / picture.width);
  const scaled = {
    width: Math.max(1, Math.floor(picture.width * gain)),
    height: Math.max(1, Math.floor(picture.height * gain)),
  };
  return { picture, scaled, left: 0, top: 0, gain: { x: gain, y: gain }, pad: { x: 0, y: 0 } };
}

function placeStretched(picture: Size, input: Frame): Placement {
  return {
    picture,
    scaled: { width: input.width, height: input.height },
    left: 0,
    top: 0,
    gain: { x: input.width / picture.width, y: input.height / picture.height },
    pad: { x: 0, y: 0 },
  };
}

/** Scaled to the width; the lower edges meet. A picture too low for the input leaves a bar above. */
function placeCropped(picture: Size, input: Frame): Placement {
  const height = side(picture.height * (input.width / picture.width));
  const top = input.height - height;
  return {
    picture,
    scaled: { width: input.width, height },
    left: 0,
    top,
    gain: { x: input.width / picture.width, y: height / picture.height },
    pad: { x: 0, y: top },
  };
}

/** A very long picture still has one pixel across. */
function side(pixels: number): number {
  return Math.max(1, pythonRound(pixels));
}

function clamp(value: number, highest: number): number {
  return Math.min(Math.max(value, 0), highest);
}
