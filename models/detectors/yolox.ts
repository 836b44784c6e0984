// YOLOX: one table [1, cells, 5 + classes]. Usually raw (offsets in cells, logarithms of sizes); exports with decode_in_inference
// hold pixels. Which of the two is seen from the numbers.
import type { Size } from "../letterbox.ts";
import { bestClass, createCollector } from "./collect.ts";
import type { Decoder } from "./decoder.ts";
import { forEachCell, stridesOf, usualRows } from "./grid.ts";
import { describeTensor, type FloatOutput, refuse, tableOutput } from "./outputs.ts";

const family = "yolox";

export const yolox: Decoder = {
  family,
  needsSuppression: true,
  decode: (outputs, options) => {
    const expected = `[1, ${usualRows(options, 1)}, 5 + classes] float32`;
    const table = tableOutput(family, outputs, expected);
    const [cells, columns] = [table.dims[1]!, table.dims[2]!];
    const run = stridesOf(cells, options, 1);
    if (columns < 6 || run === null) return refuse(family, table.name, expected, describeTensor(table));
    const { data } = table;
    const isRaw = holdsOffsets(table, options, run);
    const found = createCollector(family, options.score);
    forEachCell(options, run, (row, column, line, stride) => {
      const at = row * columns;
      const object = data[at + 4]!;
      if (!(object >= options.score)) return;
      const best = bestClass(data, at + 5, columns - 5);
      const score = object * best.score;
      if (!(score >= options.score)) return;
      const [x, y, width, height] = [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!];
      found.addCentred(
        isRaw
          ? {
              x: (x + column) * stride,
              y: (y + line) * stride,
              width: Math.exp(width) * stride,
              height: Math.exp(height) * stride,
              score,
              classIndex: best.classIndex,
            }
          : { x, y, width, height, score, classIndex: best.classIndex },
      );
    });
    return found.all();
  },
};

/** Raw offsets stay near half a cell everywhere; pixels grow with the cell's place. Whichever is nearer is meant. */
function holdsOffsets({ data, dims }: FloatOutput, input: Size, run: readonly number[]): boolean {
  let asOffsets = 0;
  let asPixels = 0;
  forEachCell(input, run, (row, column, line, stride) => {
    const x = data[row * dims[2]!]!;
    const y = data[row * dims[2]! + 1]!;
    if (!Number.isFinite(x + y)) return;
    asOffsets += Math.abs(x - 0.5) + Math.abs(y - 0.5);
    asPixels += Math.abs(x / stride - column - 0.5) + Math.abs(y / stride - line - 0.5);
  });
  return asOffsets <= asPixels;
}
