// NanoDet-Plus: one table [1, cells, classes + 4 * 8] over strides 8 to 64. Unlike NanoDet-m, a cell's centre is at its upper
// left corner.
import { bestClass, createCollector } from "./collect.ts";
import type { Decoder } from "./decoder.ts";
import { edgesFrom } from "./distances.ts";
import { cellsOf, forEachCell, stridesOf } from "./grid.ts";
import { describeTensor, refuse, tableOutput } from "./outputs.ts";

const family = "nanodet-plus";
/** reg_max 7: distances of 0 to 7 strides. */
const bins = 8;

export const nanodetPlus: Decoder = {
  family,
  needsSuppression: true,
  decode: (outputs, options) => {
    const usual = [8, 16, 32, 64].reduce((sum, stride) => sum + cellsOf(options, stride), 0);
    const expected = `[1, ${usual}, classes + ${4 * bins}] float32`;
    const table = tableOutput(family, outputs, expected);
    const [cells, columns] = [table.dims[1]!, table.dims[2]!];
    const classes = columns - 4 * bins;
    const run = stridesOf(cells, options, 1);
    if (classes < 1 || run === null) return refuse(family, table.name, expected, describeTensor(table));
    const { data } = table;
    const found = createCollector(family, options.score);
    forEachCell(options, run, (row, column, line, stride) => {
      const best = bestClass(data, row * columns, classes);
      if (!(best.score >= options.score)) return;
      const centre = { x: column * stride, y: line * stride };
      const shape = { bins, stride, input: options };
      found.add({ ...edgesFrom(centre, data, row * columns + classes, shape), ...best });
    });
    return found.all();
  },
};
