import { yolov5 } from "../../../models/detectors/yolov5.ts";
import { centreOf, side, testDetectorFamily, zeros } from "./contract.ts";

const classes = 3;
// Three rows a cell of 8, 16 and 32 pixels.
const rows = 3 * ((side / 8) ** 2 + (side / 16) ** 2 + (side / 32) ** 2);

testDetectorFamily("yolov5", {
  decoder: yolov5,
  classes,
  write: (candidates) => {
    const table = zeros(1, rows, 5 + classes);
    for (const [index, one] of candidates.entries()) {
      // The object score is 1 for every second one, the class score for the others.
      const at = (index * 37 + 11) * (5 + classes);
      table.data.set(centreOf(one), at);
      table.data[at + 4] = index % 2 === 0 ? 1 : one.score;
      table.data[at + 5 + one.classIndex] = index % 2 === 0 ? one.score : 1;
    }
    return new Map([["output0", table]]);
  },
  wrong: {
    "on its side": new Map([["output0", zeros(1, 5 + classes, rows)]]),
    "one row a cell": new Map([["output0", zeros(1, rows / 3, 5 + classes)]]),
    "no class": new Map([["output0", zeros(1, rows, 5)]]),
    "two pictures": new Map([["output0", zeros(2, rows, 5 + classes)]]),
    "another size": new Map([["output0", zeros(1, 25200, 5 + classes)]]),
    "whole numbers": new Map([["output0", { dims: [1, rows, 6], data: new Int32Array(rows * 6) }]]),
  },
});
