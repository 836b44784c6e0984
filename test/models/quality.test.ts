// Measures of a picture against those of OpenCV and numpy, and the limits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toGrey } from "../../models/hashes/grey.ts";
import { isGoodEnough, measureQuality } from "../../models/quality.ts";
import { type SyntheticKind, syntheticPicture } from "../fakes/synthetic-pictures.ts";

/** Made with cv2.Laplacian(grey, CV_64F).var(), grey.mean() and grey.std() of OpenCV 4.6.0 and numpy 1.26.4. */
const vectors: readonly (readonly [
  SyntheticKind,
  number,
  number,
  number,
  variance: number,
  mean: number,
  deviation: number,
])[] = [
  ["noise", 5, 5, 3, 45452.9376, 132.84, 48.588624183032806],
  ["stripes", 40, 17, 9, 2576.1029411764707, 127.5, 17.5],
  ["noise", 100, 75, 11, 50221.96077539555, 127.49613333333333, 49.684654757603205],
  ["grain", 200, 3, 13, 14468.031974999998, 126.63666666666667, 48.48853461271941],
  ["grain", 401, 303, 18, 724.6168362275968, 131.95642082911533, 47.908096233325026],
];

test("measureQuality() measures what OpenCV and numpy measure", () => {
  for (const [kind, width, height, seed, variance, mean, deviation] of vectors) {
    const quality = measureQuality(toGrey(syntheticPicture(kind, width, height, seed)));
    const close = (got: number, expected: number): void =>
      assert.ok(Math.abs(got - expected) <= 1e-9 * expected, `${kind} ${width}x${height}: ${got}`);
    close(quality.sharpness, variance);
    close(quality.brightness, mean);
    close(quality.contrast, deviation);
    assert.equal(quality.minSide, Math.min(width, height));
  }
});

test("measureQuality() weighs sharpness, size, brightness and contrast into one score", () => {
  const { score, issues } = measureQuality(toGrey(syntheticPicture("grain", 401, 303, 18)));
  const expected =
    0.3 * 100 + 0.3 * 30.3 + 0.2 * (100 - 3.95642082911533 / 1.28) + 0.2 * (47.908096233325026 / 0.7);
  assert.ok(Math.abs(score - expected) < 1e-9);
  assert.deepEqual(issues, []);
  assert.ok(isGoodEnough({ score, issues }));
});

test("measureQuality() names what is wrong", () => {
  const flat = (level: number) => {
    const pixels = new Uint8Array(300 * 100).fill(level);
    return measureQuality({ width: 300, height: 100, pixels });
  };
  assert.deepEqual(flat(20).issues, ["blurry", "small", "dark", "low-contrast"]);
  assert.deepEqual(flat(240).issues, ["blurry", "small", "bright", "low-contrast"]);
  assert.ok(!isGoodEnough(flat(128)));
  assert.equal(measureQuality({ width: 1, height: 1, pixels: Uint8Array.of(5) }).sharpness, 0);
});
