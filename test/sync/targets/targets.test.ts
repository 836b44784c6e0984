// The contract of targets, on pictures to a folder, labels to the local index, and on the fake; and what is their own.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import type { Store } from "../../../device/store/store.ts";
import { createFolderBucket } from "../../../sync/buckets/folder.ts";
import { SyncError } from "../../../sync/errors.ts";
import { createLocalIndex } from "../../../sync/indexes/local.ts";
import { createLabelTarget } from "../../../sync/targets/labels.ts";
import { createPictureTarget } from "../../../sync/targets/pictures.ts";
import { testTarget } from "../../contracts/target.ts";
import { createMemoryLabelIndex } from "../../fakes/memory-label-index.ts";
import { createMemoryTarget } from "../../fakes/memory-target.ts";
import { fingerprint, frameEntry, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

const signal = new AbortController().signal;
const clock = createSystemClock();
const everything = { limit: 1000, skip: () => false, nowUs: Number.MAX_SAFE_INTEGER };

function pictures(t: TestContext, store: Store, folder = "") {
  const directory = temporaryFolder(t);
  const bucket = createFolderBucket({ directory });
  const has = async () => {
    const keys: string[] = [];
    for await (const { key } of bucket.list("", signal)) keys.push(key);
    return keys;
  };
  return { target: createPictureTarget({ bucket, store, folder, concurrency: 4 }), has, bucket, directory };
}

testTarget({ name: "picture target", kind: "picture", open: (t, store) => pictures(t, store) });
testTarget({
  name: "picture target in a folder of its bucket",
  kind: "picture",
  open: (t, store) => pictures(t, store, "cars/red"),
});
testTarget({
  name: "label target",
  kind: "label",
  open: (_t, store) => {
    const index = createMemoryLabelIndex();
    return {
      target: createLabelTarget({ index, store, pictures: null, clock }),
      has: async () => [...index.documents.keys()],
    };
  },
});

testTarget({
  name: "label target to the local index",
  kind: "label",
  open: (t, store) => {
    const index = createLocalIndex({ directory: temporaryFolder(t) });
    const candidates = Array.from({ length: 10 }, (_, n) => fingerprint(n));
    return {
      target: createLabelTarget({ index, store, pictures: null, clock }),
      has: async () => [...(await index.get(candidates, signal)).keys()],
    };
  },
});
testTarget({
  name: "memory target",
  kind: "picture",
  open: (_t, store) => {
    const target = createMemoryTarget("memory");
    // The fake knows no store; that things are gone is told to it here.
    target.judge = ({ id, operation }) => {
      const frame = store.frames.get(id);
      return operation === "put" && (frame === null || frame.erasedAtUs !== null) ? { result: "gone" } : null;
    };
    return { target, has: async () => target.has() };
  },
});

test("picture target: a picture that is damaged in the store is parked with its reason, not passed over in silence", async (t) => {
  const store = openTestStore(t);
  const { target } = pictures(t, store);
  await store.keep(frameEntry(1, { pictureTargets: [target.name] }));
  const blind = { frames: { ...store.frames, picture: () => null } };
  const { bucket } = pictures(t, store);
  const [outcome] = await createPictureTarget({ bucket, store: blind, folder: "", concurrency: 1 }).deliver(
    store.outbox.take(target.name, "labelled", everything),
    signal,
  );
  assert.ok(outcome?.result === "failed" && outcome.error.kind === "permanent");
  assert.match(outcome.error.message, /damaged in the store/);
});

test("picture target: a refusal of one picture is that picture's, a refusal of everything is the target's", async (t) => {
  const store = openTestStore(t);
  const { bucket } = pictures(t, store);
  await store.keep(frameEntry(1, { pictureTargets: ["x"] }));
  const entries = store.outbox.take("x", "labelled", everything);
  let letsIn = true;
  const refusing = {
    ...bucket,
    put: () => Promise.reject(new SyncError("permanent", "403")),
    probe: () => (letsIn ? Promise.resolve() : Promise.reject(new SyncError("permanent", "no such bucket"))),
  };
  const target = createPictureTarget({ bucket: refusing, store, folder: "", concurrency: 1 });
  assert.equal((await target.deliver(entries, signal))[0]?.result, "failed");
  letsIn = false;
  await assert.rejects(target.deliver(entries, signal), /no such bucket/);
});

test("picture target: leaves whole files only, under the key that the label names", async (t) => {
  const store = openTestStore(t);
  const { target, directory } = pictures(t, store);
  await store.keep(frameEntry(1, { pictureTargets: [target.name] }));
  await target.deliver(store.outbox.take(target.name, "labelled", everything), signal);
  assert.deepEqual(readdirSync(join(directory, "track/20240501")), [frameId(1)]);
});

test("label target: a label waits for its picture, goes with its address, and is parked when the picture is refused or not on its way", async (t) => {
  const store = openTestStore(t);
  const index = createMemoryLabelIndex();
  const target = createLabelTarget({
    index,
    store,
    pictures: { target: "bucket", bucketName: "cars" },
    clock,
  });
  assert.deepEqual(target.waitsFor, ["bucket"]);
  const labelTargets = [target.name];
  for (const n of [0, 1, 2]) await store.keep(frameEntry(n, { pictureTargets: ["bucket"], labelTargets }));
  await store.keep(frameEntry(3, { labelTargets }));
  const [first, second] = store.outbox.take("bucket", "labelled", everything);
  await store.commit(() => {
    store.outbox.settle({ entry: first!, result: "delivered", reference: null, already: false });
    store.outbox.settle({ entry: second!, result: "parked", reason: "too large" });
  });
  const outcomes = await target.deliver(store.outbox.take(target.name, "labelled", everything), signal);
  assert.deepEqual(
    outcomes.map(({ result }) => result),
    ["delivered", "failed", "early", "failed"],
  );
  const words = outcomes.map((outcome) => (outcome.result === "failed" ? outcome.error.message : ""));
  assert.match(words[1]!, /its picture was refused: too large/);
  assert.match(words[3]!, /its picture is not on its way to bucket/);
  const sent = index.documents.get(fingerprint(0));
  assert.equal(sent?.s3_bucket, "cars/track/20240501/");
  assert.match(sent?.upload_date ?? "", /^\d{8}T/);
});

test("label target: one label that the index refuses fails alone", async (t) => {
  const store = openTestStore(t);
  const index = createMemoryLabelIndex();
  index.refuse.add(fingerprint(1));
  const target = createLabelTarget({ index, store, pictures: null, clock });
  for (const n of [0, 1, 2]) await store.keep(frameEntry(n, { labelTargets: [target.name] }));
  const outcomes = await target.deliver(store.outbox.take(target.name, "labelled", everything), signal);
  assert.deepEqual(
    outcomes.map(({ result }) => result),
    ["delivered", "failed", "delivered"],
  );
});
