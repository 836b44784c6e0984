import assert from "node:assert/strict";
import { test } from "node:test";
import { yolov8 } from "../../../models/detectors/yolov8.ts";
import { centreOf, side, testDetectorFamily, zeros } from "./contract.ts";

const classes = 3;
const cells = (side / 8) ** 2 + (side / 16) ** 2 + (side / 32) ** 2;

testDetectorFamily("yolov8", {
  decoder: yolov8,
  classes,
  write: (candidates) => {
    const table = zeros(1, 4 + classes, cells);
    for (const [index, one] of candidates.entries()) {
      const cell = index * 37 + 11;
      for (const [row, value] of centreOf(one).entries()) table.data[row * cells + cell] = value;
      table.data[(4 + one.classIndex) * cells + cell] = one.score;
    }
    return new Map([["output0", table]]);
  },
  wrong: {
    "classes last": new Map([["output0", zeros(1, cells, 4 + classes)]]),
    "no class": new Map([["output0", zeros(1, 4, cells)]]),
    "another size": new Map([["output0", zeros(1, 84, 8400)]]),
    "masks and no class": new Map([
      ["output0", zeros(1, 36, cells)],
      ["output1", zeros(1, 32, 80, 80)],
    ]),
    "several tables": new Map([
      ["a", zeros(1, 7, cells)],
      ["b", zeros(1, 7, cells)],
    ]),
  },
});

test("yolov8.decode() says that scores far above 1 are those of another family", () => {
  const table = zeros(1, 5, cells);
  table.data.fill(7.5);
  assert.throws(
    () => yolov8.decode(new Map([["output0", table]]), { width: side, height: side, score: 0.25 }),
    /scores of a yolov8 model to be 0–1, found 7.5/,
  );
});

test("yolov8.decode() takes a score that rounding brought a little above 1 for 1", () => {
  const table = zeros(1, 5, cells);
  for (const row of [0, 1, 2, 3]) table.data[row * cells] = 20;
  table.data[4 * cells] = 1.004;
  const [found] = yolov8.decode(new Map([["output0", table]]), { width: side, height: side, score: 0.25 });
  assert.equal(found?.score, 1);
});
