import { ultralyticsDetr } from "../../../models/detectors/ultralytics-detr.ts";
import { centreOf, side, testDetectorFamily, zeros } from "./contract.ts";

const classes = 3;
const pixels = zeros(1, 300, 4 + classes);
pixels.data.fill(150);

testDetectorFamily("ultralyticsDetr", {
  decoder: ultralyticsDetr,
  classes,
  write: (candidates) => {
    const table = zeros(1, 300, 4 + classes);
    for (const [index, one] of candidates.entries()) {
      const at = index * (4 + classes);
      table.data.set(
        centreOf(one).map((value) => value / side),
        at,
      );
      table.data[at + 4 + one.classIndex] = one.score;
    }
    return new Map([["output0", table]]);
  },
  wrong: {
    "on its side": new Map([["output0", zeros(1, 84, 300)]]),
    "no class": new Map([["output0", zeros(1, 300, 4)]]),
    "boxes in pixels": new Map([["output0", pixels]]),
  },
});
