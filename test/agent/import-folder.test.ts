import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createDeliveryPlan } from "../../agent/deliveries.ts";
import { exportFolder } from "../../agent/export-folder.ts";
import { importFolder } from "../../agent/import-folder.ts";
import type { LabelDocument } from "../../device/label.ts";
import { readLabelsFile } from "../../device/labels-file.ts";
import type { Store } from "../../device/store/store.ts";
import { labelOf, writePictures } from "../fakes/labelled-pictures.ts";
import { openTestStore, temporaryFolder } from "../fakes/store.ts";

const plan = createDeliveryPlan({
  pictureTargets: ["folder:b"],
  labelTargets: ["local:i"],
  eventTargets: [],
  holdBackMs: 5000,
});

function bringIn(store: Store, directory: string, documents: readonly LabelDocument[]) {
  const signal = new AbortController().signal;
  return importFolder({ store, directory, documents, plan, onProgress: () => undefined, signal });
}

async function folderWith(t: TestContext, count: number): Promise<[string, LabelDocument[]]> {
  const directory = temporaryFolder(t);
  const documents = Array.from({ length: count }, (_, n) => labelOf(n));
  await writePictures(directory, documents);
  return [directory, documents];
}

test("importFolder() brings labels and pictures in, books them, and finds everything there a second time", async (t) => {
  const store = openTestStore(t);
  const [directory, documents] = await folderWith(t, 3);
  assert.deepEqual(await bringIn(store, directory, documents), {
    frames: 3,
    labels: 3,
    alreadyThere: 0,
    skipped: [],
  });
  assert.deepEqual(await bringIn(store, directory, documents), {
    frames: 0,
    labels: 0,
    alreadyThere: 3,
    skipped: [],
  });
  const imgId = documents[1]!.img_id;
  const frame = store.frames.get(imgId)!;
  assert.equal(frame.prefix, "session_14012020/20200204");
  assert.equal(frame.moment.clockSynchronised, false);
  assert.deepEqual(
    Buffer.from(store.frames.picture(imgId)!),
    readFileSync(join(directory, documents[1]!.file_name!)),
  );
  assert.equal(store.outbox.isWaiting("picture", imgId, "folder:b"), true);
  assert.equal(store.outbox.isWaiting("label", documents[1]!.label_fingerprint, "local:i"), true);
});

test("importFolder() keeps every label of a picture, and the picture once", async (t) => {
  const store = openTestStore(t);
  const [directory, [first]] = await folderWith(t, 1);
  const others = ["alice", "bob"].map((createdBy) => labelOf(0, { createdBy }));
  const result = await bringIn(store, directory, [first!, ...others, first!]);
  assert.deepEqual(result, { frames: 1, labels: 3, alreadyThere: 1, skipped: [] });
  assert.equal(store.labels.ofFrame(first!.img_id).length, 3);
});

test("importFolder() leaves out what is no picture of a frame, says why, and brings the rest in", async (t) => {
  const store = openTestStore(t);
  const [directory, documents] = await folderWith(t, 8);
  const [good, missing, text, cut, link, folder, outside, noTime] = documents as [
    LabelDocument,
    ...LabelDocument[],
  ];
  const at = (document: LabelDocument | undefined): string => join(directory, document!.file_name!);
  rmSync(at(missing));
  writeFileSync(at(text), "no picture");
  const whole = readFileSync(at(cut));
  writeFileSync(at(cut), whole.subarray(0, whole.length - 200));
  rmSync(at(link));
  symlinkSync(at(good), at(link));
  rmSync(at(folder));
  mkdirSync(at(folder));
  const result = await bringIn(store, directory, [
    missing!,
    text!,
    cut!,
    link!,
    folder!,
    { ...outside!, file_name: "../../outside.jpg" },
    { ...noTime!, img_id: "0_1_r1537607726.37" },
    { ...noTime!, img_id: "20201341T25-00-00-000000", label_fingerprint: "other" },
    good,
  ]);
  assert.deepEqual([result.frames, result.labels, result.alreadyThere], [1, 1, 0]);
  const expected = [
    /cannot be read: ENOENT/,
    /is no picture/,
    /is no picture/,
    /is no plain file/,
    /is no plain file/,
    /expected file_name to stay in its folder, got "\.\.\/\.\.\/outside\.jpg"/,
    /expected img_id to be YYYYMMDDTHH-MM-SS-ffffff, got "0_1_r1537607726\.37"/,
    /expected img_id to be YYYYMMDDTHH-MM-SS-ffffff, got "20201341/,
  ];
  assert.equal(result.skipped.length, expected.length);
  for (const [n, { reason }] of result.skipped.entries()) assert.match(reason, expected[n]!);
});

test("importFolder() files a label whose event cannot be a folder under imported, and keeps the label as it is", async (t) => {
  const store = openTestStore(t);
  const [directory, [first]] = await folderWith(t, 1);
  await bringIn(store, directory, [{ ...first!, event: "../../two words" }]);
  assert.equal(store.frames.get(first!.img_id)!.prefix, "imported/20200204");
  assert.equal(store.labels.ofFrame(first!.img_id)[0]!.event, "../../two words");
});

test("importFolder() does not bring back a frame that was erased", async (t) => {
  const store = openTestStore(t);
  const [directory, [first]] = await folderWith(t, 1);
  await bringIn(store, directory, [first!]);
  const frame = store.frames.get(first!.img_id)!;
  await store.commit(() => store.frames.update({ ...frame, erasedAtUs: 1 }));
  const { skipped, labels } = await bringIn(store, directory, [labelOf(0, { createdBy: "alice" })]);
  assert.equal(labels, 0);
  assert.match(skipped[0]!.reason, /was erased/);
});

test("importFolder() takes the older shapes of a labels file, and what it exports again is byte for byte the same picture", async (t) => {
  const store = openTestStore(t);
  const [directory, documents] = await folderWith(t, 2);
  const list = join(directory, "labels.json");
  writeFileSync(list, JSON.stringify(documents));
  const read = readLabelsFile(list);
  assert.equal(read.shape, "list");
  await bringIn(store, directory, read.documents);
  const out = temporaryFolder(t);
  const left = await exportFolder({
    store,
    directory: out,
    frames: store.frames.range(),
    wallUs: 1e15,
    signal: new AbortController().signal,
  });
  assert.deepEqual([left.pictures, left.labels], [2, 2]);
  for (const { file_name: name } of documents)
    assert.deepEqual(readFileSync(join(out, name!)), readFileSync(join(directory, name!)));
});

test("importFolder() stops when told, and what was brought in stays", async (t) => {
  const store = openTestStore(t);
  const [directory, documents] = await folderWith(t, 3);
  const stop = new AbortController();
  await assert.rejects(
    importFolder({
      store,
      directory,
      documents,
      plan,
      onProgress: (done) => done === 3 && stop.abort(new Error("stopped")),
      signal: stop.signal,
    }).then(async () => stop.signal.throwIfAborted()),
    /stopped/,
  );
  await store.settle();
  assert.ok(store.frames.count() >= 2);
});
