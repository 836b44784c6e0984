// YOLOv10, YOLO26 and exports with nms=True: one table [1, rows, 6] of left, top, right, bottom, score, class; nothing to suppress.
import { ModelError } from "../vision.ts";
import { createCollector } from "./collect.ts";
import type { Decoder } from "./decoder.ts";
import { describeTensor, maskCoefficients, refuse, tableOutput } from "./outputs.ts";

const family = "end-to-end";
const expected = "[1, rows, 6] float32";

export const endToEnd: Decoder = {
  family,
  needsSuppression: false,
  decode: (outputs, options) => {
    const table = tableOutput(family, outputs, expected);
    const [rows, columns] = [table.dims[1]!, table.dims[2]!];
    if (columns - maskCoefficients(outputs) !== 6)
      refuse(family, table.name, expected, describeTensor(table));
    const { data } = table;
    const found = createCollector(family, options.score);
    for (let at = 0; at < rows * columns; at += columns) {
      const score = data[at + 4]!;
      // Rows behind the last detection are zeros.
      if (!(score >= options.score) || score === 0) continue;
      found.add({
        left: data[at]!,
        top: data[at + 1]!,
        right: data[at + 2]!,
        bottom: data[at + 3]!,
        score,
        classIndex: wholeClass(data[at + 5]!),
      });
    }
    return found.bestFirst();
  },
};

/** -1 for what is no number. @throws ModelError for a fraction: then the column is something else. */
function wholeClass(value: number): number {
  if (!Number.isFinite(value)) return -1;
  if (!Number.isInteger(value))
    throw new ModelError(
      `Expected column 6 of an ${family} model to be whole class numbers, found ${value}: is it of another family?`,
    );
  return value;
}
