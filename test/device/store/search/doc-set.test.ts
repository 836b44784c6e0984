// Sets of document numbers, compared with JavaScript's own sets, in memory and through their form on disk.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DamagedValue } from "../../../../device/store/codec.ts";
import { decodeContainer, encodeContainer, encodeSingle } from "../../../../device/store/search/container.ts";
import {
  addTo,
  bitsOf,
  chunkSize,
  createBitmap,
  type DocSet,
  documentsOf,
  intersect,
  isEmpty,
  nextBit,
  setBit,
  sizeOf,
  subtract,
  unite,
} from "../../../../device/store/search/doc-set.ts";

/** Runs of numbers: from single ones to nearly whole chunks. */
const numbers = fc
  .array(fc.tuple(fc.nat({ max: 3 * chunkSize - 1 }), fc.oneof(fc.constant(1), fc.nat(50), fc.nat(40_000))), {
    maxLength: 6,
  })
  .map((runs) => new Set(runs.flatMap(([start, length]) => Array.from({ length }, (_, n) => start + n))));

function setOf(documents: Iterable<number>): DocSet {
  const set: DocSet = new Map();
  for (const document of documents) addTo(set, document);
  return set;
}

test("DocSet combines as sets do", () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const sorted = (documents: Iterable<number>): number[] => [...documents].sort((x, y) => x - y);
      assert.deepEqual([...documentsOf(setOf(a))], sorted(a));
      assert.equal(sizeOf(setOf(a)), a.size);
      assert.equal(isEmpty(setOf(a)), a.size === 0);
      assert.deepEqual([...documentsOf(unite(setOf(a), setOf(b)))], sorted(new Set([...a, ...b])));
      assert.deepEqual(
        [...documentsOf(intersect(setOf(a), setOf(b)))],
        sorted([...a].filter((n) => b.has(n))),
      );
      assert.deepEqual(
        [...documentsOf(subtract(setOf(a), setOf(b)))],
        sorted([...a].filter((n) => !b.has(n))),
      );
    }),
    { numRuns: 25 },
  );
});

test("encodeContainer() and decodeContainer() give back every set, in the smallest form", () => {
  fc.assert(
    fc.property(numbers, (documents) => {
      const bitmap = setOf([...documents].map((n) => n % chunkSize)).get(0) ?? createBitmap();
      const encoded = encodeContainer(bitmap);
      if (documents.size === 0) return assert.equal(encoded, null);
      const decoded = createBitmap();
      decodeContainer(encoded!, decoded);
      assert.deepEqual(decoded, bitmap);
      assert.ok(encoded!.length <= chunkSize / 8 + 1);
      assert.ok(encoded!.length <= documents.size * 2 + 1);
    }),
    { numRuns: 50 },
  );
});

test("encodeContainer() keeps a session of neighbours in five bytes and every second number in bits", () => {
  const neighbours = createBitmap().fill(0xffff_ffff);
  assert.equal(encodeContainer(neighbours)!.length, 5);
  const everySecond = createBitmap().fill(0x5555_5555);
  assert.equal(encodeContainer(everySecond)!.length, 1 + chunkSize / 8);
  const single = createBitmap();
  setBit(single, 65_535, true);
  assert.deepEqual(encodeContainer(single), encodeSingle(65_535));
});

test("decodeContainer() refuses what it did not write", () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(9, 1, 1), Uint8Array.of(2, 1, 1)])
    assert.throws(() => decodeContainer(bytes, createBitmap()), DamagedValue);
});

test("nextBit() finds the next number in and out", () => {
  const bitmap = createBitmap();
  for (const bit of [0, 31, 32, 33, 65_535]) setBit(bitmap, bit, true);
  assert.deepEqual([...bitsOf(bitmap)], [0, 31, 32, 33, 65_535]);
  assert.equal(nextBit(bitmap, 1, true), 31);
  assert.equal(nextBit(bitmap, 31, false), 34);
  assert.equal(nextBit(bitmap, 65_535, false), chunkSize);
  assert.equal(nextBit(createBitmap(), 0, true), chunkSize);
});
