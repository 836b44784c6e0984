import assert from "node:assert/strict";
import { test } from "node:test";
import { wholeDegrees } from "../../../sync/annotation/whole-degrees.ts";

test("wholeDegrees() keeps to 0..359, and takes halves to the even neighbour", () => {
  assert.deepEqual([-90, 360, 359.7, 720.4, 0, -0.2].map(wholeDegrees), [270, 0, 0, 0, 0, 0]);
  assert.deepEqual([0.5, 1.5, 210.5, 359.5, -0.5].map(wholeDegrees), [0, 2, 210, 0, 0]);
});
