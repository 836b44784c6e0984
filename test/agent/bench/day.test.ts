import assert from "node:assert/strict";
import { test } from "node:test";
import { slopeOf } from "../../../agent/bench/day.ts";

test("slopeOf() is the growth of what grows, whatever swings about it", () => {
  assert.equal(slopeOf([]), 0);
  assert.equal(slopeOf([[3, 100]]), 0);
  const swinging = Array.from({ length: 48 }, (_, n) => [n / 2, 100 + (n % 2 === 0 ? 5 : -5)] as const);
  assert.ok(Math.abs(slopeOf(swinging)) < 0.05);
  const leaking = swinging.map(([hour, mb]) => [hour, mb + 2 * hour] as const);
  assert.ok(Math.abs(slopeOf(leaking) - 2) < 0.05);
});
