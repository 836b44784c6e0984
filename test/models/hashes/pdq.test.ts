// PDQ against its definition written out plainly, against turned pixels, and (with test data) against published hashes.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { hammingDistance } from "../../../device/picture-hashes.ts";
import { type PdqVariant, pdqDihedralHashes, pdqHash, pdqVariants } from "../../../models/hashes/pdq.ts";
import type { Picture } from "../../../models/vision.ts";
import { syntheticPicture } from "../../fakes/synthetic-pictures.ts";

test("pdqHash() is the definition: two box passes over the whole picture, 64x64 points, cosines, median", () => {
  const sizes: [number, number][] = [
    [5, 5],
    [6, 41],
    [64, 64],
    [63, 65],
    [129, 300],
    [257, 160],
    [641, 90],
  ];
  for (const [width, height] of sizes) {
    for (const kind of ["noise", "waves", "grain"] as const) {
      const picture = syntheticPicture(kind, width, height, width);
      assert.deepEqual(pdqHash(picture), plainPdq(picture), `${kind} ${width}x${height}`);
    }
  }
});

test("pdqHash() of a picture below 5 pixels is the zero hash of quality 0", () => {
  for (const [width, height] of [
    [4, 100],
    [100, 4],
    [1, 1],
  ] as const)
    assert.deepEqual(pdqHash(syntheticPicture("noise", width, height)), { hash: "0".repeat(64), quality: 0 });
});

test("pdqHash() of a flat picture has quality 0", () => {
  assert.equal(pdqHash(syntheticPicture("flat", 200, 100, 3)).quality, 0);
});

test("pdqDihedralHashes() are the hashes of the turned and mirrored pixels", () => {
  const picture = syntheticPicture("grain", 64, 64, 9);
  const hashes = pdqDihedralHashes(picture);
  for (const variant of pdqVariants)
    assert.equal(hashes[variant], pdqHash(turn(picture, variant)).hash, variant);
  assert.equal(new Set(Object.values(hashes)).size, 8);
});

const data = join(process.env.OUTRIDER_TEST_DATA ?? "", "pdq");
const absent =
  process.env.OUTRIDER_TEST_DATA === undefined
    ? "OUTRIDER_TEST_DATA is not set"
    : existsSync(data)
      ? false
      : `${data} is not there`;

/** What the vectors themselves allow: decoders differ, and their program shrinks pictures above 512 pixels first. */
const tolerance = 16;

test("pdqHash() agrees with the published hashes of photographs", { skip: absent }, async () => {
  const [, ...lines] = readFileSync(join(data, "expected_pdq_python.csv"), "utf8").trim().split("\n");
  let compared = 0;
  for (const [file, expected] of lines.map((line) => line.split(",") as [string, string])) {
    const path = join(data, "pdq/data", file);
    if (!existsSync(path)) continue;
    const picture = await decode(path);
    const distance = hammingDistance(pdqHash(picture).hash, expected);
    const isSmall = Math.max(picture.width, picture.height) <= 512;
    // q0003 is all but flat (quality 3): its bits are rounding.
    const limit = isSmall && pdqHash(picture).quality >= 50 ? 2 : tolerance;
    assert.ok(distance <= limit, `${file}: ${distance} bits of at most ${limit}`);
    compared += 1;
  }
  assert.ok(compared >= 18);
});

test("pdqDihedralHashes() of a photograph agree with the published hashes of its turned copies", {
  skip: absent,
}, async () => {
  const folder = join(data, "pdq/data/reg-test-input/dih");
  const hashes = pdqDihedralHashes(await decode(join(folder, "bridge-1-original.jpg")));
  const lines = readFileSync(join(data, "expected_pdq_python.csv"), "utf8").trim().split("\n");
  const turned: Record<PdqVariant, string> = {
    original: "bridge-1-original",
    rotate90: "bridge-2-rotate-90",
    rotate180: "bridge-3-rotate-180",
    rotate270: "bridge-4-rotate-270",
    flipX: "bridge-5-flipx",
    flipY: "bridge-6-flipy",
    flipPlus1: "bridge-7-flip-plus-1",
    flipMinus1: "bridge-8-flip-minus-1",
  };
  for (const variant of pdqVariants) {
    const expected = lines.find((line) => line.includes(turned[variant]))!.split(",")[1]!;
    assert.ok(hammingDistance(hashes[variant], expected) <= tolerance, variant);
  }
});

async function decode(path: string): Promise<Picture> {
  const image = sharp(path).removeAlpha().toColourspace("srgb").raw();
  const { data: pixels, info } = await image.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: new Uint8Array(pixels) };
}

/** A square picture turned as the name says. */
function turn(picture: Picture, variant: PdqVariant): Picture {
  const { width: side, pixels } = picture;
  const last = side - 1;
  const source: Record<PdqVariant, (x: number, y: number) => readonly [x: number, y: number]> = {
    original: (x, y) => [x, y],
    rotate90: (x, y) => [last - y, x],
    rotate180: (x, y) => [last - x, last - y],
    rotate270: (x, y) => [y, last - x],
    flipX: (x, y) => [x, last - y],
    flipY: (x, y) => [last - x, y],
    flipPlus1: (x, y) => [y, x],
    flipMinus1: (x, y) => [last - y, last - x],
  };
  const turned = new Uint8Array(pixels.length);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const [fromX, fromY] = source[variant](x, y);
      const from = (fromY * side + fromX) * 3;
      turned.set(pixels.subarray(from, from + 3), (y * side + x) * 3);
    }
  }
  return { ...picture, pixels: turned };
}

/** The definition, step by step and without haste. */
function plainPdq({ width, height, pixels }: Picture): { hash: string; quality: number } {
  let rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const at = (y * width + x) * 3;
      return 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
    }),
  );
  const transpose = (matrix: number[][]): number[][] =>
    matrix[0]!.map((_, x) => matrix.map((row) => row[x]!));
  for (let pass = 0; pass < 2; pass += 1) {
    rows = rows.map(slide);
    rows = transpose(transpose(rows).map(slide));
  }
  const points = Array.from({ length: 64 }, (_, i) =>
    Array.from(
      { length: 64 },
      (_, j) => rows[Math.floor(((i + 0.5) * height) / 64)]![Math.floor(((j + 0.5) * width) / 64)]!,
    ),
  );
  const steps = (matrix: number[][]): number =>
    matrix
      .flatMap((row) =>
        row.slice(1).map((value, at) => Math.abs(Math.trunc(((value - row[at]!) * 100) / 255))),
      )
      .reduce((sum, step) => sum + step, 0);
  const quality = Math.min(100, Math.floor((steps(points) + steps(transpose(points))) / 90));
  const cosine = (i: number, j: number): number =>
    Math.sqrt(2 / 64) * Math.cos((Math.PI / 128) * (i + 1) * (2 * j + 1));
  const half = Array.from({ length: 16 }, (_, i) =>
    Array.from({ length: 64 }, (_, j) => points.reduce((sum, row, k) => sum + cosine(i, k) * row[j]!, 0)),
  );
  const values = Array.from({ length: 256 }, (_, k) =>
    half[Math.floor(k / 16)]!.reduce((sum, value, j) => sum + value * cosine(k % 16, j), 0),
  );
  const median = [...values].sort((a, b) => a - b)[127]!;
  const bits = values.map((value) => BigInt(value > median));
  const number = bits.reduce((sum, bit, at) => sum | (bit << BigInt(at)), 0n);
  return { hash: number.toString(16).padStart(64, "0"), quality };
}

/** A box of (n + 127) / 128 values slid over n of them, as a running sum; at the ends it holds fewer. */
function slide(values: readonly number[]): number[] {
  const full = Math.floor((values.length + 127) / 128);
  const ahead = Math.floor((full + 2) / 2);
  const result: number[] = [];
  let sum = 0;
  let held = 0;
  for (let front = 0; result.length < values.length; front += 1) {
    if (front < values.length) {
      sum += values[front]!;
      held += 1;
    }
    if (front >= full) {
      sum -= values[front - full]!;
      held -= 1;
    }
    if (front >= ahead - 1) result.push(sum / held);
  }
  return result;
}
