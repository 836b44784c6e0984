import { nanodetPlus } from "../../../models/detectors/nanodet-plus.ts";
import { side, testDetectorFamily, zeros } from "./contract.ts";
import { bins, cellFor } from "./sides.ts";

const classes = 3;
const columns = classes + 4 * bins;
const strides = [8, 16, 32, 64];
const rows = strides.reduce((sum, stride) => sum + (side / stride) ** 2, 0);

testDetectorFamily("nanodetPlus", {
  decoder: nanodetPlus,
  classes,
  tolerance: 1e-2,
  write: (candidates) => {
    const table = zeros(1, rows, columns);
    const used = new Set<number>();
    for (const one of candidates) {
      const { row, logits } = cellFor(one, strides, 0, used);
      table.data.set(logits, row * columns + classes);
      table.data[row * columns + one.classIndex] = one.score;
    }
    return new Map([["output", table]]);
  },
  wrong: {
    "on its side": new Map([["output", zeros(1, columns, rows)]]),
    "no class": new Map([["output", zeros(1, rows, 4 * bins)]]),
    "another size": new Map([["output", zeros(1, 3598, columns)]]),
  },
});
