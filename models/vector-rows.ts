// Vectors of one space, row by row in blocks: growing copies nothing and leaves at most one block half empty.
import { vectorProblem } from "../device/vector.ts";
import { ModelError } from "./vision.ts";

/** Rows of a block: two megabytes at 512 numbers. */
const blockRows = 1024;

export type VectorRows = {
  readonly space: string;
  /** Numbers in a vector. */
  readonly size: number;
  /** @throws ModelError when it is no unit vector of this size. */
  readonly write: (row: number, vector: Float32Array) => void;
  readonly clear: (row: number) => void;
  readonly has: (row: number) => boolean;
  /** A view of the row, valid until it is written again; null: nothing there. */
  readonly read: (row: number) => Float32Array | null;
  /** Writes the dot products of the rows `from`..`to` (exclusive) with a query to `out`; NaN where nothing is. */
  readonly dots: (query: Float32Array, out: Float32Array, from: number, to: number) => void;
  /** Bytes held for vectors. */
  readonly bytes: () => number;
};

type Block = { readonly numbers: Float32Array; readonly taken: Uint8Array };

export function createVectorRows(space: string, size: number): VectorRows {
  const blocks: Block[] = [];
  const has = (row: number): boolean => blocks[Math.floor(row / blockRows)]?.taken[row % blockRows] === 1;
  const read = (row: number): Float32Array | null => {
    const start = (row % blockRows) * size;
    return has(row) ? blocks[Math.floor(row / blockRows)]!.numbers.subarray(start, start + size) : null;
  };
  return {
    space,
    size,
    has,
    read,
    write: (row, vector) => {
      checkVector(vector, { space, size });
      while (blocks.length * blockRows <= row)
        blocks.push({ numbers: new Float32Array(blockRows * size), taken: new Uint8Array(blockRows) });
      const block = blocks[Math.floor(row / blockRows)]!;
      block.numbers.set(vector, (row % blockRows) * size);
      block.taken[row % blockRows] = 1;
    },
    clear: (row) => {
      const block = blocks[Math.floor(row / blockRows)];
      if (block !== undefined) block.taken[row % blockRows] = 0;
    },
    dots: (query, out, from, to) => {
      for (let row = from; row < to; ) {
        const first = row % blockRows;
        const end = Math.min(blockRows, first + to - row);
        const block = blocks[Math.floor(row / blockRows)];
        if (block === undefined) out.fill(Number.NaN, row, row + end - first);
        else blockDots(block, query, out.subarray(row, row + end - first), first);
        row += end - first;
      }
    },
    bytes: () => blocks.length * blockRows * (size * 4 + 1),
  };
}

/** @throws ModelError naming space and problem. */
export function checkVector(
  vector: Float32Array,
  { space, size }: { readonly space: string; readonly size: number },
): void {
  if (vector.length !== size)
    throw new ModelError(`Expected a vector of ${size} numbers for ${space}, got ${vector.length}`);
  const problem = vectorProblem(vector);
  if (problem !== null) throw new ModelError(`Expected a unit vector of ${space}, got ${problem}`);
}

/** Four sums at once: one alone would wait for each addition before the next. */
function blockDots({ numbers, taken }: Block, query: Float32Array, out: Float32Array, first: number): void {
  const size = query.length;
  const whole = size - (size % 4);
  for (let index = 0; index < out.length; index += 1) {
    if (taken[first + index] === 0) {
      out[index] = Number.NaN;
      continue;
    }
    const start = (first + index) * size;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let at = 0; at < whole; at += 4) {
      a += numbers[start + at]! * query[at]!;
      b += numbers[start + at + 1]! * query[at + 1]!;
      c += numbers[start + at + 2]! * query[at + 2]!;
      d += numbers[start + at + 3]! * query[at + 3]!;
    }
    for (let at = whole; at < size; at += 1) a += numbers[start + at]! * query[at]!;
    out[index] = a + b + (c + d);
  }
}
