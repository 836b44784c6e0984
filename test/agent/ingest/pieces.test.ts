import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseConfig } from "../../../agent/config.ts";
import { decodeBmp } from "../../../agent/ingest/bmp.ts";
import { cropOf } from "../../../agent/ingest/crop.ts";
import { chooseDatasets } from "../../../agent/ingest/datasets.ts";
import { readExifDate } from "../../../agent/ingest/exif-date.ts";
import { freeImageId } from "../../../agent/ingest/free-time.ts";
import { PictureError } from "../../../models/picture.ts";
import { frameEntry, frameId, openTestStore } from "../../fakes/store.ts";

/** A BMP of the given bits; rows are given from the top, each padded already. */
function bmp(given: {
  width: number;
  height: number;
  bits: number;
  palette?: readonly number[];
  rows: readonly number[][];
}): Uint8Array {
  const palette = given.palette ?? [];
  const at = 54 + palette.length;
  const body = (given.height > 0 ? given.rows.toReversed() : given.rows).flat();
  const file = Buffer.alloc(at + body.length);
  file.write("BM", 0, "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(at, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(given.width, 18);
  file.writeInt32LE(given.height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(given.bits, 28);
  Buffer.from([...palette, ...body]).copy(file, 54);
  return file;
}

test("decodeBmp() reads 24 and 8 bits, from the bottom and from the top", () => {
  const rows = [
    [1, 2, 3, 4, 5, 6, 0, 0],
    [7, 8, 9, 10, 11, 12, 0, 0],
  ];
  const pixels = [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10];
  assert.deepEqual([...decodeBmp(bmp({ width: 2, height: 2, bits: 24, rows })).pixels], pixels);
  assert.deepEqual([...decodeBmp(bmp({ width: 2, height: -2, bits: 24, rows })).pixels], pixels);
  const palette = [10, 20, 30, 0, 40, 50, 60, 0];
  assert.deepEqual(
    [...decodeBmp(bmp({ width: 2, height: 1, bits: 8, palette, rows: [[1, 0, 0, 0]] })).pixels],
    [60, 50, 40, 30, 20, 10],
  );
  assert.deepEqual(
    [...decodeBmp(bmp({ width: 2, height: 1, bits: 1, palette, rows: [[0b01000000, 0, 0, 0]] })).pixels],
    [30, 20, 10, 60, 50, 40],
  );
});

test("decodeBmp() refuses what is cut off, gigantic or compressed with a PictureError, whatever the bytes", () => {
  const whole = bmp({
    width: 2,
    height: 2,
    bits: 24,
    rows: [
      [1, 2, 3, 4, 5, 6, 0, 0],
      [7, 8, 9, 10, 11, 12, 0, 0],
    ],
  });
  assert.throws(() => decodeBmp(whole.subarray(0, 60)), { reason: "truncated" });
  assert.throws(() => decodeBmp(bmp({ width: 100_000, height: 100_000, bits: 24, rows: [] })), {
    reason: "too-large",
  });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 54, maxLength: 200 }), (bytes) => {
      bytes.set([0x42, 0x4d]);
      bytes.set([0, 0, 0, 0, 40, 0, 0, 0], 10);
      try {
        decodeBmp(bytes);
      } catch (cause) {
        assert.ok(cause instanceof PictureError, String(cause));
      }
    }),
  );
});

test("readExifDate() throws for no bytes whatever", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, isLittle) => {
      const block = Uint8Array.from([...(isLittle ? [0x49, 0x49, 42, 0] : [0x4d, 0x4d, 0, 42]), ...bytes]);
      const at = readExifDate(block);
      assert.ok(at === null || Number.isFinite(at));
    }),
  );
  assert.equal(readExifDate(new Uint8Array()), null);
});

test("cropOf() gives edges within the picture that was drawn on; no box, and one outside, is the whole picture", () => {
  const picture = { width: 100, height: 50 };
  const whole = { left: 0, top: 0, right: 1, bottom: 1 };
  const box = { left: 10, top: 10, width: 20, height: 20, drawnOn: null };
  assert.deepEqual(cropOf(null, picture), whole);
  assert.deepEqual(cropOf(box, picture), { left: 0.1, top: 0.2, right: 0.3, bottom: 0.6 });
  assert.deepEqual(cropOf({ ...box, drawnOn: { width: 200, height: 100 } }, picture), {
    left: 0.05,
    top: 0.1,
    right: 0.15,
    bottom: 0.3,
  });
  assert.deepEqual(cropOf({ ...box, left: 500 }, picture), whole);
});

test("freeImageId() finds room in a crowded second without looking at each frame of it", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 40; n += 1) {
    const entry = frameEntry(0);
    const imgId = freeImageId(store, Date.UTC(2024, 4, 1) * 1000);
    await store.keep({ ...entry, labels: [], deliveries: [], frame: { ...entry.frame, imgId } });
  }
  const ids = [...store.frames.range()].map(({ imgId }) => imgId);
  assert.equal(new Set(ids).size, 40);
  assert.equal(ids[0], frameId(0));
  assert.equal(ids.at(-1), "20240501T00-00-00-000039");
});

test("chooseDatasets() knows the four, takes any folder under a name, and refuses what makes no sense", () => {
  const config = parseConfig({}, "test").ingest;
  const choose = (dataset: string, path?: string) =>
    chooseDatasets({ dataset, path, format: "auto" }, config);
  assert.deepEqual(
    choose("all").map(({ name, path, format }) => [name, path, format]),
    [
      ["atrw", "./data/models/atrw", "atrw"],
      ["metawild", "./data/datasets/metawild", "metawild"],
      ["wildlife_datasets", "./data/datasets/wildlife-datasets", "wildlife_datasets"],
      ["individual_animal_reid", "./data/datasets/individual-animal-reid", "csv"],
    ],
  );
  assert.deepEqual(choose("raccoon", "/x"), [{ name: "raccoon", path: "/x", format: "auto" }]);
  assert.throws(() => choose("all", "/x"), /Expected --dataset NAME with --path/);
  assert.throws(() => choose("raccoon"), /Expected --path for a data set other than/);
  assert.throws(() => choose("../x", "/x"), /Expected the name of a data set/);
});
