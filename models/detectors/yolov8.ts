// YOLOv8, v9 and 11: one table on its side [1, 4 + classes, cells], centre and size in pixels, no objectness. Masks are left alone.
import { createCollector } from "./collect.ts";
import type { Decoder } from "./decoder.ts";
import { stridesOf, usualRows } from "./grid.ts";
import { describeTensor, maskCoefficients, refuse, tableOutput } from "./outputs.ts";

const family = "yolov8";

export const yolov8: Decoder = {
  family,
  needsSuppression: true,
  decode: (outputs, options) => {
    const expected = `[1, 4 + classes, ${usualRows(options, 1)}] float32`;
    const table = tableOutput(family, outputs, expected);
    const [columns, cells] = [table.dims[1]!, table.dims[2]!];
    const classes = columns - 4 - maskCoefficients(outputs);
    if (classes < 1 || stridesOf(cells, options, 1) === null)
      refuse(family, table.name, expected, describeTensor(table));
    const { data } = table;
    const best = bestClasses(data.subarray(4 * cells), cells, classes);
    const found = createCollector(family, options.score);
    for (let cell = 0; cell < cells; cell++) {
      const score = best.scores[cell]!;
      if (!(score >= options.score)) continue;
      found.addCentred({
        x: data[cell]!,
        y: data[cells + cell]!,
        width: data[2 * cells + cell]!,
        height: data[3 * cells + cell]!,
        score,
        classIndex: best.indices[cell]!,
      });
    }
    return found.all();
  },
};

/** Class by class, as they lie in memory: cell by cell would jump through it. */
function bestClasses(data: Float32Array, cells: number, classes: number) {
  const scores = new Float32Array(cells).fill(Number.NEGATIVE_INFINITY);
  const indices = new Int32Array(cells).fill(-1);
  for (let index = 0, at = 0; index < classes; index++)
    for (let cell = 0; cell < cells; cell++, at++)
      if (data[at]! > scores[cell]!) {
        scores[cell] = data[at]!;
        indices[cell] = index;
      }
  return { scores, indices };
}
