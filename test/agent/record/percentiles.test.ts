import assert from "node:assert/strict";
import { test } from "node:test";
import { createPercentiles } from "../../../agent/record/percentiles.ts";

test("at() is within 5 % of the true percentile, 0 for zeros and null before the first", () => {
  const percentiles = createPercentiles();
  assert.equal(percentiles.at(0.5), null);
  for (let n = 1; n <= 10_000; n += 1) percentiles.add(n / 10);
  for (const fraction of [0.01, 0.5, 0.99]) {
    const value = percentiles.at(fraction)!;
    assert.ok(Math.abs(value / (fraction * 1000) - 1) < 0.05, `${fraction}: ${value}`);
  }
  assert.equal(percentiles.count(), 10_000);
  const zeros = createPercentiles();
  for (const value of [0, 0, -1, 5]) zeros.add(value);
  assert.equal(zeros.at(0.5), 0);
});
