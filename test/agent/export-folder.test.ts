import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { exportFolder, framesOfRun } from "../../agent/export-folder.ts";
import type { RunRecord } from "../../device/run.ts";
import type { Store } from "../../device/store/store.ts";
import { bytesOf, fingerprint, frameEntry, frameId, openTestStore, temporaryFolder } from "../fakes/store.ts";

const wallUs = Date.UTC(2024, 4, 2) * 1000;

function leave(store: Store, directory: string, frames = store.frames.range()) {
  return exportFolder({ store, directory, frames, wallUs, signal: new AbortController().signal });
}

test("exportFolder() writes each picture once and a labels file that lists only pictures that are there", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 40; n += 1) await store.keep(frameEntry(n, { labels: n % 2 }));
  const directory = join(temporaryFolder(t), "made", "when missing");
  const first = await leave(store, directory);
  assert.deepEqual([first.pictures, first.alreadyThere, first.labels], [40, 0, 20]);
  assert.deepEqual(readFileSync(join(directory, `${frameId(7)}.jpg`)), Buffer.from(bytesOf(7, 2000)));
  const labels = JSON.parse(readFileSync(first.labelsFile!, "utf8")) as Record<string, object>;
  assert.deepEqual(
    Object.keys(labels),
    Array.from({ length: 20 }, (_, n) => frameId(2 * n + 1)),
  );
  const second = await leave(store, directory);
  assert.deepEqual([second.pictures, second.alreadyThere, second.labels], [0, 40, 20]);
  assert.notEqual(second.labelsFile, first.labelsFile);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith(".")),
    [],
  );
});

test("exportFolder() leaves another picture of the same name alone, and that frame's labels out", async (t) => {
  const store = openTestStore(t);
  await store.keep(frameEntry(1));
  await store.keep(frameEntry(2));
  const directory = temporaryFolder(t);
  writeFileSync(join(directory, `${frameId(1)}.jpg`), "somebody else's");
  const result = await leave(store, directory);
  assert.deepEqual([result.taken, result.pictures, result.labels], [[frameId(1)], 1, 1]);
  assert.equal(readFileSync(join(directory, `${frameId(1)}.jpg`), "utf8"), "somebody else's");
});

test("exportFolder() leaves out erased frames and names several labels of one picture", async (t) => {
  const store = openTestStore(t);
  await store.keep(frameEntry(1, { labels: 2 }));
  await store.keep(frameEntry(2));
  await store.commit(() => store.frames.update({ ...store.frames.get(frameId(2))!, erasedAtUs: 1 }));
  const result = await leave(store, temporaryFolder(t));
  assert.deepEqual(result.superseded, [
    { imgId: frameId(1), dropped: fingerprint(1, 0), kept: fingerprint(1, 1) },
  ]);
  assert.equal(result.pictures, 1);
});

test("exportFolder() makes no labels file without labels, and says where it cannot write", async (t) => {
  const store = openTestStore(t);
  await store.keep(frameEntry(1, { labels: 0 }));
  const directory = temporaryFolder(t);
  assert.equal((await leave(store, directory)).labelsFile, null);
  writeFileSync(join(directory, "file"), "");
  await assert.rejects(leave(store, join(directory, "file")), /Expected .*file to be a folder/);
});

test("framesOfRun() gives the frames of one run, also when the wall clock stepped within it", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 6; n += 1) await store.keep(frameEntry(n, { run: n < 3 ? "one" : "two" }));
  const { moment } = store.frames.get(frameId(3))!;
  const run = {
    id: "two",
    startedAt: { ...moment, wallUs: moment.wallUs + 30e6 },
    endedAt: { ...moment, wallUs: moment.wallUs - 30e6 },
  } as RunRecord;
  assert.deepEqual(
    [...framesOfRun(store, run)].map(({ imgId }) => imgId),
    [frameId(3), frameId(4), frameId(5)],
  );
});
