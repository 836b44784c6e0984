// Resizing by the Lanczos filter exactly as Pillow does it: coefficients in 22-bit fixed point, rows first, 8 bits in between.
import type { GreyPicture } from "./grey.ts";

/** Bits behind the point of a coefficient: 8 of the pixel and 2 for the overshoot of the filter leave 22 of 32. */
const precisionBits = 22;
const half = 1 << (precisionBits - 1);
/** Half width of the filter in output pixels. */
const support = 3;

/** Weights of the input pixels that make each output pixel of one axis. */
type AxisWeights = {
  /** First input pixel of each output pixel. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` weights for each output pixel. */
  readonly weights: Int32Array;
  readonly stride: number;
};

/** Resizes a grey picture. An axis that keeps its length is not touched. */
export function resizeLanczos(picture: GreyPicture, width: number, height: number): GreyPicture {
  const narrow = picture.width === width ? picture : resizeRows(picture, width);
  return narrow.height === height ? narrow : resizeColumns(narrow, height);
}

function resizeRows({ width, height, pixels }: GreyPicture, outWidth: number): GreyPicture {
  const { first, count, weights, stride } = axisWeights(width, outWidth);
  const out = new Uint8Array(outWidth * height);
  for (let x = 0; x < outWidth; x += 1) {
    const from = first[x]!;
    const taps = count[x]!;
    const k = x * stride;
    // Column by column and four rows at once: the weights stay at hand, which makes this half as long as row by row.
    let y = 0;
    for (; y + 4 <= height; y += 4) {
      let a = half;
      let b = half;
      let c = half;
      let d = half;
      for (let tap = 0, at = y * width + from; tap < taps; tap += 1, at += 1) {
        const weight = weights[k + tap]!;
        a = (a + Math.imul(pixels[at]!, weight)) | 0;
        b = (b + Math.imul(pixels[at + width]!, weight)) | 0;
        c = (c + Math.imul(pixels[at + 2 * width]!, weight)) | 0;
        d = (d + Math.imul(pixels[at + 3 * width]!, weight)) | 0;
      }
      const to = y * outWidth + x;
      out[to] = clip(a);
      out[to + outWidth] = clip(b);
      out[to + 2 * outWidth] = clip(c);
      out[to + 3 * outWidth] = clip(d);
    }
    for (; y < height; y += 1) {
      let sum = half;
      for (let tap = 0, at = y * width + from; tap < taps; tap += 1, at += 1)
        sum = (sum + Math.imul(pixels[at]!, weights[k + tap]!)) | 0;
      out[y * outWidth + x] = clip(sum);
    }
  }
  return { width: outWidth, height, pixels: out };
}

function resizeColumns({ width, height, pixels }: GreyPicture, outHeight: number): GreyPicture {
  const { first, count, weights, stride } = axisWeights(height, outHeight);
  const out = new Uint8Array(width * outHeight);
  for (let y = 0; y < outHeight; y += 1) {
    const taps = count[y]!;
    const k = y * stride;
    for (let x = 0; x < width; x += 1) {
      let sum = half;
      for (let tap = 0, at = first[y]! * width + x; tap < taps; tap += 1, at += width)
        sum += Math.imul(pixels[at]!, weights[k + tap]!);
      out[y * width + x] = clip(sum);
    }
  }
  return { width, height: outHeight, pixels: out };
}

function clip(sum: number): number {
  const value = sum >> precisionBits;
  return value < 0 ? 0 : Math.min(value, 255);
}

function axisWeights(size: number, outSize: number): AxisWeights {
  const scale = size / outSize;
  const filterScale = Math.max(scale, 1);
  const reach = support * filterScale;
  const stride = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weights = new Int32Array(outSize * stride);
  for (let out = 0; out < outSize; out += 1) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const taps = Math.min(size, Math.trunc(centre + reach + 0.5)) - start;
    const exact = Array.from({ length: taps }, (_, tap) =>
      lanczos((tap + start - centre + 0.5) * (1 / filterScale)),
    );
    const total = exact.reduce((sum, weight) => sum + weight, 0);
    first[out] = start;
    count[out] = taps;
    exact.forEach((weight, tap) => {
      const fixed = (total === 0 ? weight : weight * (1 / total)) * (1 << precisionBits);
      weights[out * stride + tap] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    });
  }
  return { first, count, weights, stride };
}

function lanczos(x: number): number {
  return x >= -support && x < support ? sinc(x) * sinc(x / support) : 0;
}

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return Math.sin(angle) / angle;
}
