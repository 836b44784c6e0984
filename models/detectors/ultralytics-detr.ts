// RT-DETR as ultralytics exports it: one table [1, queries, 4 + classes], centre and size of 0–1, nothing to suppress.
import { ModelError } from "../vision.ts";
import { bestClass, createCollector } from "./collect.ts";
import type { Decoder } from "./decoder.ts";
import { describeTensor, refuse, tableOutput } from "./outputs.ts";

const family = "ultralytics-detr";
const expected = "[1, queries, 4 + classes] float32";

export const ultralyticsDetr: Decoder = {
  family,
  needsSuppression: false,
  decode: (outputs, options) => {
    const table = tableOutput(family, outputs, expected);
    const [rows, columns] = [table.dims[1]!, table.dims[2]!];
    // Queries come in hundreds: a table that has them in its columns lies on its side.
    const isTurned = columns > rows && rows % 50 !== 0;
    if (columns < 5 || isTurned) refuse(family, table.name, expected, describeTensor(table));
    const { data } = table;
    const found = createCollector(family, options.score);
    for (let at = 0; at < rows * columns; at += columns) {
      const best = bestClass(data, at + 4, columns - 4);
      if (!(best.score >= options.score)) continue;
      const [x, y] = [data[at]!, data[at + 1]!];
      // Pixels where shares of the picture are expected would put every box outside.
      if (Number.isFinite(x + y) && Math.max(Math.abs(x), Math.abs(y)) > 2)
        throw new ModelError(
          `Expected centres of a ${family} model to be 0–1, found ${x}, ${y}: is it of another family?`,
        );
      found.addCentred({
        x: x * options.width,
        y: y * options.height,
        width: data[at + 2]! * options.width,
        height: data[at + 3]! * options.height,
        ...best,
      });
    }
    return found.bestFirst();
  },
};
