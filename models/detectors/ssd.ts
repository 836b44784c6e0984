// SSD of the TensorFlow detection API: boxes [1, rows, 4] as top, left, bottom, right of 0–1, classes counted from 1, scores and
// how many rows count. Suppression is in the graph.
import { createCollector } from "./collect.ts";
import type { Decoder, Tensor } from "./decoder.ts";
import { describeTensor, floats, namedOutput, refuse } from "./outputs.ts";

const family = "ssd";

export const ssd: Decoder = {
  family,
  needsSuppression: false,
  decode: (outputs, options) => {
    const boxes = table("detection_boxes", "[1, rows, 4]");
    const rows = boxes.dims.at(-2)!;
    if (boxes.dims.at(-1) !== 4 || boxes.data.length !== rows * 4)
      refuse(family, boxes.name, "[1, rows, 4] float32", describeTensor(boxes));
    const scores = table("detection_scores", `[1, ${rows}]`);
    const classes = table("detection_classes", `[1, ${rows}]`);
    for (const output of [scores, classes])
      if (output.data.length !== rows)
        refuse(family, output.name, `[1, ${rows}] float32`, describeTensor(output));
    const count = Math.min(rows, countOf(namedOutput(family, outputs, "num_detections")));
    const found = createCollector(family, options.score);
    for (let row = 0; row < count; row++) {
      const at = row * 4;
      found.add({
        left: boxes.data[at + 1]! * options.width,
        top: boxes.data[at]! * options.height,
        right: boxes.data[at + 3]! * options.width,
        bottom: boxes.data[at + 2]! * options.height,
        score: scores.data[row]!,
        classIndex: Math.round(classes.data[row]!) - 1,
      });
    }
    return found.bestFirst();

    function table(name: string, shape: string) {
      return floats(family, name, namedOutput(family, outputs, name), `${shape} float32`);
    }
  },
};

function countOf(output: Tensor): number {
  const count = Number(output.data[0]);
  if (output.data.length !== 1 || !(count >= 0))
    refuse(family, "num_detections", "[1] with a count", describeTensor(output));
  return Math.floor(count);
}
