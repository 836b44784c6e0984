// Shrinks a part of a picture by taking means (as OpenCV's INTER_AREA does): each pixel becomes the mean of those it covers, so that
// fine stripes turn grey and do not flicker. Describers are trained on crops made small this way.
import type { Size } from "./letterbox.ts";
import type { Region } from "./preprocess.ts";
import type { Picture } from "./vision.ts";

/** A region of a picture with sides no longer than `most`; a side that is short already stays as it is. */
export function shrinkRegion(picture: Picture, region: Region, most: Size): Picture {
  const width = Math.min(region.width, most.width);
  const height = Math.min(region.height, most.height);
  const columns = planCover(region.width, width);
  const rows = planCover(region.height, height);
  const pixels = new Uint8Array(width * height * 3);
  const sums = new Float64Array(width * 3);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let at = rows.start[y]!; at < rows.start[y + 1]!; at++) {
      const row = (region.top + rows.source[at]!) * picture.width + region.left;
      addRow(sums, picture.pixels, row * 3, columns, rows.weight[at]!);
    }
    const into = y * width * 3;
    for (let x = 0; x < sums.length; x++) pixels[into + x] = Math.round(sums[x]!);
  }
  return { width, height, pixels };
}

/** Which source pixels each pixel of a shorter axis covers, and how much of it each is: those of pixel n are at start[n]..start[n+1]. */
type Cover = {
  readonly start: Int32Array;
  readonly source: Int32Array;
  readonly weight: Float64Array;
};

function planCover(from: number, to: number): Cover {
  const scale = from / to;
  const start = new Int32Array(to + 1);
  const source: number[] = [];
  const weight: number[] = [];
  for (let n = 0; n < to; n++) {
    const low = n * scale;
    const high = Math.min((n + 1) * scale, from);
    for (let pixel = Math.floor(low); pixel < high; pixel++) {
      const part = Math.min(high, pixel + 1) - Math.max(low, pixel);
      // What rounding leaves of a neighbour is no part of this pixel.
      if (part < 1e-6) continue;
      source.push(pixel);
      weight.push(part / scale);
    }
    start[n + 1] = source.length;
  }
  return { start, source: Int32Array.from(source), weight: Float64Array.from(weight) };
}

function addRow(sums: Float64Array, pixels: Uint8Array, row: number, columns: Cover, weight: number): void {
  const { start, source } = columns;
  const width = start.length - 1;
  for (let x = 0; x < width; x++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let at = start[x]!; at < start[x + 1]!; at++) {
      const from = row + source[at]! * 3;
      const part = columns.weight[at]!;
      red += pixels[from]! * part;
      green += pixels[from + 1]! * part;
      blue += pixels[from + 2]! * part;
    }
    sums[x * 3] = sums[x * 3]! + red * weight;
    sums[x * 3 + 1] = sums[x * 3 + 1]! + green * weight;
    sums[x * 3 + 2] = sums[x * 3 + 2]! + blue * weight;
  }
}
