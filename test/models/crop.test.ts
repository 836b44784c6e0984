import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cropPicture, regionOf } from "../../models/crop.ts";

const size = { width: 100, height: 50 };

test("regionOf() covers every pixel the box touches", () => {
  const box = { left: 0.101, top: 0.5, right: 0.2, bottom: 1 };
  assert.deepEqual(regionOf(box, size), { left: 10, top: 25, width: 10, height: 25 });
});

test("regionOf() cuts off what is outside, and grows what is too small around its middle", () => {
  assert.deepEqual(regionOf({ left: -1, top: -1, right: 3, bottom: 3 }, size), { left: 0, top: 0, ...size });
  const point = { left: 0.5, top: 0.5, right: 0.5, bottom: 0.5 };
  assert.deepEqual(regionOf(point, size), { left: 48, top: 23, width: 4, height: 4 });
  const corner = { left: 1, top: 1, right: 1, bottom: 1 };
  assert.deepEqual(regionOf(corner, size), { left: 96, top: 46, width: 4, height: 4 });
  const whole = { left: 0, top: 0, right: 1, bottom: 1 };
  assert.deepEqual(regionOf(whole, { width: 2, height: 1 }), { left: 0, top: 0, width: 2, height: 1 });
});

test("regionOf() lies within the picture, whatever the box", () => {
  const edge = fc.double({ min: -3, max: 3 });
  const box = fc.record({ left: edge, top: edge, right: edge, bottom: edge });
  const side = fc.integer({ min: 1, max: 3000 });
  fc.assert(
    fc.property(box, side, side, (given, width, height) => {
      const region = regionOf(given, { width, height });
      assert.ok(Object.values(region).every(Number.isInteger), JSON.stringify(region));
      assert.ok(region.left >= 0 && region.top >= 0 && region.width >= 1 && region.height >= 1);
      assert.ok(region.left + region.width <= width && region.top + region.height <= height);
    }),
  );
});

test("cropPicture() copies the pixels of the box", () => {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => at);
  const crop = cropPicture({ width: 8, height: 8, pixels }, { left: 0.5, top: 0.25, right: 1, bottom: 0.75 });
  assert.deepEqual([crop.width, crop.height], [4, 4]);
  assert.deepEqual([...crop.pixels.subarray(0, 12)], [...pixels.subarray((2 * 8 + 4) * 3, (2 * 8 + 8) * 3)]);
  assert.deepEqual([...crop.pixels.subarray(36)], [...pixels.subarray((5 * 8 + 4) * 3, 6 * 8 * 3)]);
});
