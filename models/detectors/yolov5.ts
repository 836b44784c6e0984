// YOLOv5 and MegaDetector v5: one table [1, rows, 5 + classes], three rows a cell, centre and size in pixels, score = object * class.
import { bestClass, createCollector } from "./collect.ts";
import type { Decoder } from "./decoder.ts";
import { stridesOf, usualRows } from "./grid.ts";
import { describeTensor, maskCoefficients, refuse, tableOutput } from "./outputs.ts";

const family = "yolov5";
const anchorsPerCell = 3;

export const yolov5: Decoder = {
  family,
  needsSuppression: true,
  decode: (outputs, options) => {
    const expected = `[1, ${usualRows(options, anchorsPerCell)}, 5 + classes] float32`;
    const table = tableOutput(family, outputs, expected);
    const [rows, columns] = [table.dims[1]!, table.dims[2]!];
    const classes = columns - 5 - maskCoefficients(outputs);
    if (classes < 1 || stridesOf(rows, options, anchorsPerCell) === null)
      refuse(family, table.name, expected, describeTensor(table));
    const { data } = table;
    const found = createCollector(family, options.score);
    for (let row = 0, at = 0; row < rows; row++, at += columns) {
      const object = data[at + 4]!;
      // A class score is at most 1, so the product cannot reach the threshold.
      if (!(object >= options.score)) continue;
      const { score, classIndex } = bestClass(data, at + 5, classes);
      found.addCentred({
        x: data[at]!,
        y: data[at + 1]!,
        width: data[at + 2]!,
        height: data[at + 3]!,
        score: object * score,
        classIndex,
      });
    }
    return found.all();
  },
};
