import assert from "node:assert/strict";
import test from "node:test";
import { createFrameRate } from "../../../device/camera/frame-rate.ts";

test("createFrameRate() says the rate of the last two seconds", () => {
  const rate = createFrameRate();
  assert.equal(rate.at(1e12), 0);
  for (let n = 0; n <= 100; n++) rate.count(1e12 + n * 1e8);
  assert.equal(Math.round(rate.at(1e12 + 1e10)), 10);
  for (let n = 1; n <= 150; n++) rate.count(1e12 + 1e10 + n * 2e7);
  assert.equal(Math.round(rate.at(1e12 + 13e9)), 50);
});

test("createFrameRate() falls when no frame comes any more, and ends at 0", () => {
  const rate = createFrameRate();
  for (let n = 0; n <= 60; n++) rate.count(1e12 + n * 5e7);
  const rates = [0, 0.6, 1.2, 1.8, 2.1].map((seconds) => rate.at(1e12 + 3e9 + seconds * 1e9));
  assert.ok(
    rates.every((value, n) => n === 0 || value < rates[n - 1]!),
    `${rates}`,
  );
  assert.equal(rates.at(-1), 0);
});
