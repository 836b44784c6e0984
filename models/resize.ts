// Bilinear resizing without antialiasing, exact to the last bit with OpenCV's INTER_LINEAR on 8 bits: detectors are judged with it,
// and an antialiased kernel moves their scores by .03 on average.

import type { Size } from "./letterbox.ts";

/** Fixed point of the weights: 11 bits. */
const one = 2048;

/**
 * For each pixel of an axis: the two source pixels it lies between and their weights (they sum to `one`). Of columns the pixels are
 * counted in bytes.
 */
export type Axis = {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
};

export function createAxis(length: number): Axis {
  return {
    first: new Int32Array(length),
    second: new Int32Array(length),
    firstWeight: new Int32Array(length),
    secondWeight: new Int32Array(length),
  };
}

type AxisPlan = {
  /** Pixels of the source and of the whole resized axis. */
  readonly source: number;
  readonly scaled: number;
  /** The part of the resized axis that is wanted. */
  readonly from: number;
  readonly count: number;
  /** Columns next to the border take one pixel whole; rows keep both weights on the same pixel. The rounding differs. */
  readonly kind: "columns" | "rows";
};

/** Fills the first `count` places of an axis. */
export function planAxis(axis: Axis, { source, scaled, from, count, kind }: AxisPlan): void {
  const step = 1 / (scaled / source);
  for (let index = 0; index < count; index++) {
    const position = Math.fround((from + index + 0.5) * step - 0.5);
    let pixel = Math.floor(position);
    let part = Math.fround(position - pixel);
    if (kind === "columns" && (pixel < 0 || pixel >= source - 1)) {
      pixel = pixel < 0 ? 0 : source - 1;
      part = 0;
    }
    const unit = kind === "columns" ? 3 : 1;
    axis.first[index] = clampIndex(pixel, source) * unit;
    axis.second[index] = clampIndex(pixel + 1, source) * unit;
    axis.firstWeight[index] = roundHalfEven(Math.fround(1 - part) * one);
    axis.secondWeight[index] = roundHalfEven(part * one);
  }
}

/** A rectangle of a picture with three bytes a pixel. */
export type Source = {
  readonly pixels: Uint8Array;
  /** Byte of its upper left pixel, and bytes from one row to the next. */
  readonly offset: number;
  readonly stride: number;
};

/**
 * Resizes one source row to `count` columns; red, green and blue one after the other, each `count` long.
 * Values are scaled by 128, as the rows are weighed next.
 */
export function resizeRow(into: Int32Array, row: number, source: Source, columns: Axis, count: number): void {
  const { first, second, firstWeight, secondWeight } = columns;
  const { pixels } = source;
  const start = source.offset + row * source.stride;
  const green = count;
  const blue = 2 * count;
  for (let x = 0; x < count; x++) {
    const left = start + first[x]!;
    const right = start + second[x]!;
    const leftWeight = firstWeight[x]!;
    const rightWeight = secondWeight[x]!;
    into[x] = (pixels[left]! * leftWeight + pixels[right]! * rightWeight) >> 4;
    into[green + x] = (pixels[left + 1]! * leftWeight + pixels[right + 1]! * rightWeight) >> 4;
    into[blue + x] = (pixels[left + 2]! * leftWeight + pixels[right + 2]! * rightWeight) >> 4;
  }
}

/** Two rows of resizeRow and how they are weighed. */
export type RowPair = {
  readonly upper: Int32Array;
  readonly lower: Int32Array;
  readonly upperWeight: number;
  readonly lowerWeight: number;
};

/** The value between the two rows at a place, 0..255. Written out where speed counts. */
export function weigh({ upper, lower, upperWeight, lowerWeight }: RowPair, at: number): number {
  return (((upper[at]! * upperWeight) >> 16) + ((lower[at]! * lowerWeight) >> 16) + 2) >> 2;
}

/** Exactly half the size on both axes: OpenCV takes the mean of four pixels there. */
export function isHalved(source: Size, scaled: Size): boolean {
  return source.width === 2 * scaled.width && source.height === 2 * scaled.height;
}

/** One row of a picture halved on both axes, in the order of resizeRow; 0..255. */
export function halveRow(into: Uint8Array, row: number, source: Source, count: number): void {
  const { pixels, stride } = source;
  let at = source.offset + 2 * row * stride;
  for (let x = 0; x < count; x++, at += 6)
    for (let channel = 0; channel < 3; channel++) {
      const upper = pixels[at + channel]! + pixels[at + channel + 3]!;
      const lower = pixels[at + channel + stride]! + pixels[at + channel + stride + 3]!;
      into[channel * count + x] = (upper + lower + 2) >> 2;
    }
}

function clampIndex(index: number, length: number): number {
  return index < 0 ? 0 : index >= length ? length - 1 : index;
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
