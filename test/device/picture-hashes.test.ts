// Distances between hashes, and when two pictures count as copies of one another.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  countBits,
  hammingDistance,
  isNearDuplicate,
  type PictureHashes,
} from "../../device/picture-hashes.ts";

const base: PictureHashes = {
  phash: "f0f0f0f0a5a5a5a5",
  dhash: "0".repeat(16),
  ahash: "0".repeat(16),
  pdq: "ab".repeat(32),
  quality: 100,
};

test("hammingDistance() counts the bits that differ, in hashes of any length", () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 256n - 1n), fc.bigInt(0n, 2n ** 256n - 1n), (a, b) => {
      const expected = [...(a ^ b).toString(2)].filter((bit) => bit === "1").length;
      const hex = (value: bigint): string => value.toString(16).padStart(64, "0");
      assert.equal(hammingDistance(hex(a), hex(b)), expected);
    }),
  );
  assert.throws(() => hammingDistance("00", "000"), /one length, got 2 and 3/);
});

test("countBits() counts all 32", () => {
  assert.equal(countBits(0), 0);
  assert.equal(countBits(-1), 32);
  assert.equal(countBits(0x80000001 | 0), 2);
});

/** The base hashes with some bits turned over. */
function apart(bits: { phash?: number; pdq?: number }): PictureHashes {
  const turn = (hex: string, count: number): string =>
    (BigInt(`0x${hex}`) ^ ((1n << BigInt(count)) - 1n)).toString(16).padStart(hex.length, "0");
  return { ...base, phash: turn(base.phash, bits.phash ?? 0), pdq: turn(base.pdq, bits.pdq ?? 0) };
}

test("isNearDuplicate() needs both hashes to agree", () => {
  assert.ok(isNearDuplicate(base, base));
  assert.ok(isNearDuplicate(base, apart({ phash: 8, pdq: 64 })));
  assert.ok(!isNearDuplicate(base, apart({ phash: 9 })));
  assert.ok(!isNearDuplicate(base, apart({ pdq: 65 })));
});

test("isNearDuplicate() of pictures with nothing in them wants the same pHash, whatever PDQ says", () => {
  const fog = { ...base, quality: 3 };
  assert.ok(isNearDuplicate(fog, { ...fog, pdq: "0".repeat(64) }));
  assert.ok(!isNearDuplicate(fog, { ...fog, phash: `${base.phash.slice(0, 15)}4` }));
});
