// RT-DETR, D-FINE and DEIM: labels, boxes and scores of the best queries. The graph scales its boxes by a second input, the size
// of the picture as [width, height]. One query may be there twice, with two classes.
import { createCollector } from "./collect.ts";
import type { Decoder } from "./decoder.ts";
import { describeTensor, floats, namedOutput, refuse } from "./outputs.ts";

const family = "detr";

export const detr: Decoder = {
  family,
  needsSuppression: false,
  extraInputs: ({ width, height }) => ({
    orig_target_sizes: { dims: [1, 2], data: BigInt64Array.of(BigInt(width), BigInt(height)) },
  }),
  decode: (outputs, options) => {
    const scores = floats(family, "scores", namedOutput(family, outputs, "scores"), "[1, queries] float32");
    const rows = scores.data.length;
    if (scores.dims.at(-1) !== rows) refuse(family, "scores", "[1, queries] float32", describeTensor(scores));
    const expected = `[1, ${rows}, 4] float32`;
    const boxes = floats(family, "boxes", namedOutput(family, outputs, "boxes"), expected);
    if (boxes.dims.at(-1) !== 4 || boxes.dims.at(-2) !== rows || boxes.data.length !== rows * 4)
      refuse(family, "boxes", expected, describeTensor(boxes));
    const labels = namedOutput(family, outputs, "labels");
    if (labels.dims.at(-1) !== rows || labels.data.length !== rows)
      refuse(family, "labels", `[1, ${rows}] int64`, describeTensor(labels));
    const found = createCollector(family, options.score);
    for (let row = 0; row < rows; row++)
      found.add({
        left: boxes.data[row * 4]!,
        top: boxes.data[row * 4 + 1]!,
        right: boxes.data[row * 4 + 2]!,
        bottom: boxes.data[row * 4 + 3]!,
        score: scores.data[row]!,
        classIndex: Number(labels.data[row]!),
      });
    return found.bestFirst();
  },
};
