import assert from "node:assert/strict";
import { test } from "node:test";
import { backOffMs } from "../../../device/camera/back-off.ts";

test("backOffMs() doubles from 1–2 s to 15–30 s and never leaves 1–30 s", () => {
  const least = [1, 2, 3, 4, 5, 6, 100].map((failures) => backOffMs(failures, () => 0));
  const most = [1, 2, 3, 4, 5, 6, 100].map((failures) => backOffMs(failures, () => 1 - Number.EPSILON));
  assert.deepEqual(least, [1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
  assert.deepEqual(most, [2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});
