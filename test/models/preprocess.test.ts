import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { ModelInput } from "../../models/manifest.ts";
import { createPreprocessor } from "../../models/preprocess.ts";
import type { Picture } from "../../models/vision.ts";

type Case = {
  readonly picture: readonly [number, number];
  readonly input: readonly [number, number];
  readonly resize: ModelInput["resize"];
  readonly seed: number;
  readonly pixels: string;
};

const cases: readonly Case[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/letterbox.json"), "utf8"),
).cases;

const plain: ModelInput = {
  name: "images",
  width: 16,
  height: 16,
  layout: "nhwc",
  type: "uint8",
  colour: "rgb",
  resize: "letterbox",
  pad: 114,
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** The pixels the fixture was made from. */
function picture(width: number, height: number, seed: number): Picture {
  let state = seed;
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, pixels };
}

test("createPreprocessor() resizes and places every picture exactly as the reference", () => {
  for (const { picture: size, input, resize, seed, pixels } of cases) {
    const preprocessor = createPreprocessor({ ...plain, resize, width: input[0], height: input[1] });
    const into = preprocessor.allocate();
    preprocessor.fill(into, picture(size[0], size[1], seed));
    assert.equal(Buffer.from(into as Uint8Array).toString("base64"), pixels, `${resize} ${size} to ${input}`);
  }
  assert.equal(cases.length, 22);
});

test("createPreprocessor() fills a used buffer again as if it were new", () => {
  const preprocessor = createPreprocessor({ ...plain, layout: "nchw", type: "float32" });
  const used = preprocessor.allocate();
  preprocessor.fill(used, picture(7, 13, 1));
  preprocessor.fill(used, picture(13, 7, 2));
  const fresh = preprocessor.allocate();
  preprocessor.fill(fresh, picture(13, 7, 2));
  assert.deepEqual(used, fresh);
});

test("createPreprocessor() writes planes or pixels, red or blue first, scaled and normalised", () => {
  const one: Picture = {
    width: 8,
    height: 8,
    pixels: new Uint8Array(192).map((_, at) => [10, 20, 30][at % 3]!),
  };
  const input: ModelInput = {
    ...plain,
    width: 8,
    height: 8,
    type: "float32",
    scale: 0.5,
    mean: [1, 2, 3],
    std: [1, 2, 4],
  };
  const first = (changed: Partial<ModelInput>, stride: number) => {
    const preprocessor = createPreprocessor({ ...input, ...changed });
    const into = preprocessor.allocate();
    preprocessor.fill(into, one);
    return [preprocessor.dims, [into[0], into[stride], into[2 * stride]]];
  };
  assert.deepEqual(first({}, 1), [
    [1, 8, 8, 3],
    [4, 4, 3],
  ]);
  assert.deepEqual(first({ layout: "nchw" }, 64), [
    [1, 3, 8, 8],
    [4, 4, 3],
  ]);
  assert.deepEqual(first({ colour: "bgr" }, 1), [
    [1, 8, 8, 3],
    [14, 4, 0.5],
  ]);
});

test("createPreprocessor() takes a region as if it had been cut out first, and gives boxes of the whole picture", () => {
  const whole = picture(40, 30, 3);
  const region = { left: 5, top: 4, width: 21, height: 17 };
  const cut: Picture = {
    width: 21,
    height: 17,
    pixels: Uint8Array.from({ length: 21 * 17 * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3);
      const row = Math.floor(pixel / 21);
      return whole.pixels[((4 + row) * 40 + 5 + (pixel % 21)) * 3 + (at % 3)]!;
    }),
  };
  const preprocessor = createPreprocessor(plain);
  const ofRegion = preprocessor.allocate();
  const ofCut = preprocessor.allocate();
  const { toBox } = preprocessor.fill(ofRegion, whole, region);
  preprocessor.fill(ofCut, cut);
  assert.deepEqual(ofRegion, ofCut);
  assert.deepEqual(toBox({ left: -9, top: -9, right: 99, bottom: 99 }), {
    left: 5 / 40,
    top: 4 / 30,
    right: 26 / 40,
    bottom: 21 / 30,
  });
});

test("createPreprocessor() fills one place of a batch and leaves its neighbours alone", () => {
  const preprocessor = createPreprocessor(plain);
  const batch = preprocessor.allocate(3);
  preprocessor.fill(batch.subarray(preprocessor.size, 2 * preprocessor.size), picture(9, 9, 4));
  assert.ok(batch.subarray(0, preprocessor.size).every((value) => value === 0));
  assert.ok(batch.subarray(preprocessor.size, 2 * preprocessor.size).some((value) => value !== 0));
  assert.ok(batch.subarray(2 * preprocessor.size).every((value) => value === 0));
});

test("createPreprocessor() refuses a region outside, pixels that are missing and room that does not fit", () => {
  const preprocessor = createPreprocessor(plain);
  const into = preprocessor.allocate();
  const small = picture(10, 10, 1);
  assert.throws(
    () => preprocessor.fill(into, small, { left: 5, top: 5, width: 6, height: 5 }),
    /region .* within 10x10, got 6x5 at 5,5/,
  );
  assert.throws(() => preprocessor.fill(into, { ...small, width: 11 }), /11x10 pixels .* got 300 bytes/);
  assert.throws(() => preprocessor.fill(into.subarray(1), small), /room for 768 numbers, got 767/);
});

test("createPreprocessor() makes of one colour one colour, whatever the sizes", () => {
  const side = fc.integer({ min: 1, max: 90 });
  fc.assert(
    fc.property(side, side, fc.nat(255), (width, height, value) => {
      const preprocessor = createPreprocessor({ ...plain, resize: "stretch", width: 23, height: 17 });
      const into = preprocessor.allocate();
      preprocessor.fill(into, { width, height, pixels: new Uint8Array(width * height * 3).fill(value) });
      assert.ok(into.every((pixel) => pixel === value));
    }),
  );
});
