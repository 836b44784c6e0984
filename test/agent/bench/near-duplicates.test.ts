// The bench of near duplicates, small; and with test data its promise: every copy is recognised, no two different pictures are.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import { measureCopies } from "../../../agent/bench/near-duplicate-copies.ts";
import { describeNearDuplicateBench, runNearDuplicateBench } from "../../../agent/bench/near-duplicates.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { temporaryFolder } from "../../fakes/store.ts";
import { syntheticPicture } from "../../fakes/synthetic-pictures.ts";

const { signal } = new AbortController();

test("runNearDuplicateBench() measures each size, and the copies of a folder's pictures", async (t) => {
  const pictures = temporaryFolder(t);
  for (const [n, kind] of (["grain", "grain", "flat"] as const).entries()) {
    const { width, height, pixels } = syntheticPicture(kind, 200, 150, n + 3);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(pictures, `${n}.png`));
  }
  await writeFile(join(pictures, "torn.jpg"), Uint8Array.of(0xff, 0xd8, 0xff));
  const result = await runNearDuplicateBench({
    work: temporaryFolder(t),
    clock: createSystemClock(),
    log: silentLog,
    signal,
    random: Math.random,
    hashes: 2500,
    rounds: 3,
    pictures,
  });
  assert.deepEqual(
    result.searches.map(({ hashes }) => hashes),
    [1000, 2500],
  );
  assert.equal(result.opening.hashes, 2500);
  const copies = result.copies!;
  assert.deepEqual([copies.pictures, copies.empty], [3, ["2.png"]]);
  assert.deepEqual(
    copies.skipped.map(({ file }) => file),
    ["torn.jpg"],
  );
  // A quarter of 150 pixels is too small to count.
  assert.equal(copies.kinds.length, 10);
  for (const { name, copies: made, recognised } of copies.kinds) assert.equal(recognised, made, name);
  const text = describeNearDuplicateBench(result);
  assert.match(text, /2500 hashes/);
  assert.match(text, /JPEG 30 +2 of 2 recognised \(recall 1.000\)/);
});

const data = join(process.env.OUTRIDER_TEST_DATA ?? "", "neardup/tests/data/base_images");
const absent =
  process.env.OUTRIDER_TEST_DATA === undefined
    ? "OUTRIDER_TEST_DATA is not set"
    : existsSync(data)
      ? false
      : `${data} is not there`;

test("isNearDuplicate() recognises every copy of the photographs and no two different ones", {
  skip: absent,
}, async () => {
  const { kinds, pictures, pairs, matched } = await measureCopies(data, { signal });
  assert.deepEqual([pictures, pairs, matched], [10, 45, []]);
  for (const { name, copies, recognised } of kinds) assert.equal(recognised, copies, name);
});
