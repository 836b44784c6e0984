// Fewer uploads in flight on a link that is cut often, all of them on one that stays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlightLimit } from "../../../sync/targets/flight-limit.ts";

test("createFlightLimit() halves at a cut, once for all that fell together, and grows with what gets through", () => {
  const limit = createFlightLimit(8);
  assert.equal(limit.now(), 8);
  const together = Array.from({ length: 8 }, () => limit.begin());
  for (const flight of together) flight.cut();
  assert.equal(limit.now(), 4);
  const through = (count: number): void => {
    for (let n = 0; n < count; n += 1) limit.begin().succeeded();
  };
  through(249);
  assert.equal(limit.now(), 4);
  through(1);
  assert.equal(limit.now(), 5);
  through(1000);
  assert.equal(limit.now(), 8, "never more than on a good link");
});

test("createFlightLimit() never comes to nothing, and on a bad link a cut costs little of what got through", () => {
  const limit = createFlightLimit(8);
  for (let cut = 0; cut < 20; cut += 1) limit.begin().cut();
  assert.equal(limit.now(), 1);
  // Cut after every 120 things.
  let lost = 0;
  for (let cut = 0; cut < 50; cut += 1) {
    for (let n = 0; n < 120; n += 1) limit.begin().succeeded();
    lost += limit.now();
    limit.begin().cut();
  }
  assert.ok(lost / (50 * 120) <= 0.02, `${lost} of ${50 * 120}`);
});
