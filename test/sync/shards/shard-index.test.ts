// An index that a stranger wrote: taken whole and true, or refused with a sentence.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SyncError } from "../../../sync/errors.ts";
import {
  formatShardIndex,
  indexKeyOf,
  parseShardIndex,
  type ShardIndex,
} from "../../../sync/shards/shard-index.ts";

const index: ShardIndex = {
  format: "outrider-shard",
  version: 1,
  size: 4096,
  pictures: [
    {
      img_id: "20240501T12-00-00-000000",
      name: "20240501T12-00-00-000000.jpg",
      offset: 512,
      size: 1000,
      sha256: "a".repeat(64),
      labels: { offset: 2048, size: 2 },
    },
  ],
  erased: [],
};
const refused = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SyncError && error.kind === "permanent", String(error));
  assert.match(error.message, words);
  return true;
};

test("parseShardIndex() reads what formatShardIndex() wrote", () => {
  assert.deepEqual(parseShardIndex(formatShardIndex(index), "k"), index);
  assert.equal(indexKeyOf("a/shards/x.tar"), "a/shards/x.index.json");
});

test("parseShardIndex() refuses what is no index, or leads out of its shard", () => {
  const picture = index.pictures[0]!;
  const wrong: readonly (readonly [object | string, RegExp])[] = [
    ["", /k is no index of a shard/],
    ["{", /k is no index of a shard/],
    ["[".repeat(50), /nested at most 8 deep/],
    [{}, /format/],
    [{ ...index, version: 2 }, /version/],
    [{ ...index, size: -1 }, /size/],
    [{ ...index, pictures: [{ ...picture, offset: 0 }] }, /pictures\.0\.offset/],
    [{ ...index, pictures: [{ ...picture, offset: 1e300 }] }, /pictures\.0\.offset/],
    [{ ...index, pictures: [{ ...picture, size: 1e9 }] }, /pictures\.0\.size/],
    [{ ...index, pictures: [{ ...picture, img_id: "../../etc/passwd" }] }, /img_id/],
    [{ ...index, pictures: [{ ...picture, sha256: "x" }] }, /sha256/],
    [
      { ...index, pictures: [{ ...picture, size: 4000 }] },
      /something ends at 4512, past the shard's 4096 bytes/,
    ],
    [{ ...index, erased: [{ img_id: picture.img_id, start: 0, end: 9999 }] }, /ends at 9999/],
  ];
  for (const [given, words] of wrong) {
    const text = typeof given === "string" ? given : JSON.stringify(given);
    assert.throws(() => parseShardIndex(Buffer.from(text), "k"), refused(words), text);
  }
  assert.throws(() => parseShardIndex(new Uint8Array(16_000_001), "k"), refused(/at most 16000000 bytes/));
});

test("parseShardIndex() never throws anything else, whatever the bytes", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }).map(({ at, by }) => {
      const bytes = Buffer.from(formatShardIndex(index));
      bytes[at % bytes.length] = (bytes[at % bytes.length]! + by) & 0xff;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(anything, (bytes) => {
      try {
        const read = parseShardIndex(bytes, "k");
        for (const { offset, size } of read.pictures) assert.ok(offset + size <= read.size);
      } catch (error) {
        assert.ok(error instanceof SyncError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
