import { endToEnd } from "../../../models/detectors/end-to-end.ts";
import { testDetectorFamily, zeros } from "./contract.ts";

// What a YOLOX model with one class gives: the last column is a probability.
const fractions = zeros(1, 756, 6);
fractions.data.fill(0.9);

testDetectorFamily("endToEnd", {
  decoder: endToEnd,
  classes: 3,
  write: (candidates) => {
    const table = zeros(1, 300, 6);
    for (const [index, one] of candidates.entries())
      table.data.set([one.left, one.top, one.right, one.bottom, one.score, one.classIndex], index * 6);
    return new Map([["output0", table]]);
  },
  wrong: {
    "on its side": new Map([["output0", zeros(1, 6, 300)]]),
    "with keypoints": new Map([["output0", zeros(1, 300, 57)]]),
    "another family": new Map([["output", fractions]]),
  },
});
