// The grids that detectors lay over their input. How many rows a table has tells which strides it was made with.
import type { Size } from "../letterbox.ts";

/** The strides that exporters use together. Others would make a table of half the input's size pass for one of the whole. */
const runs = [
  [8, 16, 32],
  [8, 16, 32, 64],
  [4, 8, 16, 32],
  [16, 32],
] as const;

/** Cells of one grid. */
export function cellsOf({ width, height }: Size, stride: number): number {
  return Math.ceil(width / stride) * Math.ceil(height / stride);
}

/** The strides whose grids have `rows` rows together, finest first; null: the table is something else, or lies on its side. */
export function stridesOf(rows: number, input: Size, anchorsPerCell: number): readonly number[] | null {
  return runs.find((run) => rowsOf(run, input, anchorsPerCell) === rows) ?? null;
}

/** Rows of the usual strides, for messages. */
export function usualRows(input: Size, anchorsPerCell: number): number {
  return rowsOf(runs[0], input, anchorsPerCell);
}

function rowsOf(run: readonly number[], input: Size, anchorsPerCell: number): number {
  return run.reduce((sum, stride) => sum + anchorsPerCell * cellsOf(input, stride), 0);
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
