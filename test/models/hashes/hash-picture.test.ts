// The 64-bit hashes against golden vectors of imagehash, and what hashing promises of odd pictures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isNearDuplicate } from "../../../device/picture-hashes.ts";
import { hashPicture } from "../../../models/hashes/hash-picture.ts";
import { type SyntheticKind, syntheticPicture } from "../../fakes/synthetic-pictures.ts";

type Vector = {
  readonly kind: SyntheticKind;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly phash: string;
  readonly dhash: string;
  readonly ahash: string;
};

const { vectors } = JSON.parse(
  readFileSync(new URL("../../fixtures/imagehash-vectors.json", import.meta.url), "utf8"),
) as { vectors: readonly Vector[] };

test("hashPicture() gives the bits of imagehash for pictures of many sizes", () => {
  const wrong = vectors.flatMap((vector) => {
    const { kind, width, height, seed, ...expected } = vector;
    const { phash, dhash, ahash } = hashPicture(syntheticPicture(kind, width, height, seed));
    try {
      assert.deepEqual({ phash, dhash, ahash }, expected);
      return [];
    } catch {
      return [{ vector, phash, dhash, ahash }];
    }
  });
  assert.ok(vectors.length > 80);
  assert.deepEqual(wrong, []);
});

test("hashPicture() gives hashes of full length for a picture of one pixel", () => {
  const hashes = hashPicture({ width: 1, height: 1, pixels: Uint8Array.of(10, 200, 30) });
  assert.match(hashes.phash, /^[0-9a-f]{16}$/);
  assert.match(hashes.dhash, /^[0-9a-f]{16}$/);
  assert.match(hashes.ahash, /^[0-9a-f]{16}$/);
  assert.equal(hashes.pdq, "0".repeat(64));
  assert.equal(hashes.quality, 0);
});

test("hashPicture() does not tell a scene with a small animal from the empty one: duplicates are no reason to drop frames", () => {
  const empty = syntheticPicture("grain", 640, 480, 3);
  const pixels = empty.pixels.slice();
  for (let y = 300; y < 330; y += 1) pixels.fill(20, (y * 640 + 200) * 3, (y * 640 + 245) * 3);
  assert.ok(isNearDuplicate(hashPicture(empty), hashPicture({ ...empty, pixels })));
});
