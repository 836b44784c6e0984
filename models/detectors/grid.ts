// The grids that detectors lay over their input. How many rows a table has tells which strides it was made with.
import type { Size } from "../letterbox.ts";

const strides = [4, 8, 16, 32, 64, 128];

/** Cells of one grid. */
export function cellsOf({ width, height }: Size, stride: number): number {
  return Math.ceil(width / stride) * Math.ceil(height / stride);
}

/**
 * The neighbouring strides whose grids have `rows` rows together, finest first; null: no such grids, so that the table is
 * something else, or lies on its side.
 */
export function stridesOf(rows: number, input: Size, anchorsPerCell: number): readonly number[] | null {
  for (const from of strides.keys())
    for (let to = from + 1; to <= strides.length; to++) {
      const run = strides.slice(from, to);
      if (run.reduce((sum, stride) => sum + anchorsPerCell * cellsOf(input, stride), 0) === rows) return run;
    }
  return null;
}

/** Rows of the usual strides 8, 16 and 32, for messages. */
export function usualRows(input: Size, anchorsPerCell: number): number {
  return [8, 16, 32].reduce((sum, stride) => sum + anchorsPerCell * cellsOf(input, stride), 0);
}

/** Calls back for every cell in the order of such tables: grid by grid, row by row. */
export function forEachCell(
  input: Size,
  run: readonly number[],
  visit: (row: number, column: number, line: number, stride: number) => void,
): void {
  let row = 0;
  for (const stride of run) {
    const columns = Math.ceil(input.width / stride);
    const lines = Math.ceil(input.height / stride);
    for (let line = 0; line < lines; line++)
      for (let column = 0; column < columns; column++) visit(row++, column, line, stride);
  }
}
