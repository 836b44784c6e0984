import { nanodet } from "../../../models/detectors/nanodet.ts";
import { side, testDetectorFamily, zeros } from "./contract.ts";
import { bins, cellFor } from "./sides.ts";

const classes = 3;
const strides = [8, 16, 32];
const cellsOf = (stride: number) => (side / stride) ** 2;

const scoresOnly = new Map([["cls_pred_stride_8", zeros(1, cellsOf(8), classes)]]);

testDetectorFamily("nanodet", {
  decoder: nanodet,
  classes,
  tolerance: 1e-2,
  write: (candidates) => {
    const outputs = new Map(
      strides.flatMap((stride) => [
        [`cls_pred_stride_${stride}`, zeros(1, cellsOf(stride), classes)] as const,
        [`dis_pred_stride_${stride}`, zeros(1, cellsOf(stride), 4 * bins)] as const,
      ]),
    );
    const used = new Set<number>();
    for (const one of candidates) {
      const { row, stride, logits } = cellFor(one, strides, 0.5, used);
      const before = strides
        .filter((other) => other < stride)
        .reduce((sum, other) => sum + cellsOf(other), 0);
      outputs.get(`dis_pred_stride_${stride}`)!.data.set(logits, (row - before) * 4 * bins);
      outputs.get(`cls_pred_stride_${stride}`)!.data[(row - before) * classes + one.classIndex] = one.score;
    }
    return outputs;
  },
  wrong: {
    "no distances": scoresOnly,
    "distances of another stride": new Map([...scoresOnly, ["dis_pred_stride_8", zeros(1, cellsOf(16), 32)]]),
    "distances of five sides": new Map([...scoresOnly, ["dis_pred_stride_8", zeros(1, cellsOf(8), 30)]]),
    "on their side": new Map([
      ["cls_pred_stride_8", zeros(1, classes, cellsOf(8))],
      ["dis_pred_stride_8", zeros(1, 32, cellsOf(8))],
    ]),
    "one table": new Map([["output", zeros(1, 2125, 112)]]),
  },
});
