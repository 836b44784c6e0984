import assert from "node:assert/strict";
import { test } from "node:test";
import { describeColours, histogramSize, histogramSpace } from "../../models/colour-histogram.ts";
import type { Picture } from "../../models/vision.ts";
import { flatPicture } from "../fakes/fixture-models.ts";

const whole = { left: 0, top: 0, right: 1, bottom: 1 };
const coloursOf = (picture: Picture): Float32Array => describeColours(picture, [whole])[0]!;
const likeness = (a: Picture, b: Picture): number => {
  const [first, second] = [coloursOf(a), coloursOf(b)];
  return first.reduce((sum, value, at) => sum + value * second[at]!, 0);
};

/** A disc of one colour on a ground of another. */
function disc(inner: readonly number[], outer: readonly number[], light = 1): Picture {
  const side = 60;
  const pixels = new Uint8Array(side * side * 3);
  for (let n = 0; n < side * side; n++) {
    const isInner = Math.hypot((n % side) - 29.5, Math.floor(n / side) - 29.5) < 20;
    for (let channel = 0; channel < 3; channel++)
      pixels[n * 3 + channel] = Math.min(255, (isInner ? inner : outer)[channel]! * light);
  }
  return { width: side, height: side, pixels };
}

const [tawny, dark, grass, sand] = [
  [150, 100, 50],
  [50, 45, 40],
  [70, 100, 50],
  [140, 130, 110],
] as const;

test("describeColours() gives unit vectors of one size, one a box, whatever the picture", () => {
  const pictures = [disc(tawny, grass), flatPicture(1, 1, [0, 0, 0]), flatPicture(300, 2, [255, 255, 255])];
  for (const picture of pictures) {
    const vectors = describeColours(picture, [whole, { left: 0.2, top: 0.2, right: 0.3, bottom: 0.3 }]);
    assert.equal(vectors.length, 2);
    for (const vector of vectors) {
      assert.equal(vector.length, histogramSize);
      assert.ok(Math.abs(vector.reduce((sum, value) => sum + value * value, 0) - 1) < 1e-5);
    }
  }
  assert.deepEqual(describeColours(pictures[0]!, []), []);
  assert.match(histogramSpace, /12x6x6/);
});

test("describeColours() is about the animal in the middle more than about the ground around it", () => {
  const same = likeness(disc(tawny, grass), disc(tawny, sand));
  const other = likeness(disc(tawny, grass), disc(dark, grass));
  assert.ok(same > other + 0.2, `${same} against ${other}`);
});

test("describeColours() hardly changes with the light and with the size of the crop", () => {
  assert.ok(likeness(disc(tawny, grass), disc(tawny, grass, 0.6)) > 0.97);
  const large = disc(tawny, grass);
  const pixels = new Uint8Array(240 * 240 * 3);
  for (let n = 0; n < 240 * 240; n++) {
    const from = (Math.floor(Math.floor(n / 240) / 4) * 60 + Math.floor((n % 240) / 4)) * 3;
    pixels.set(large.pixels.subarray(from, from + 3), n * 3);
  }
  assert.ok(likeness(large, { width: 240, height: 240, pixels }) > 0.97);
});
