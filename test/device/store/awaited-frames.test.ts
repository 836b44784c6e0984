import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../../device/log.ts";
import { awaitedFrames } from "../../../device/store/awaited-frames.ts";
import { createRetention } from "../../../device/store/retention.ts";
import type { Store } from "../../../device/store/store.ts";
import { keepSequence, sequenceFrameId, sequenceId } from "../../fakes/sequences.ts";
import { openTestStore } from "../../fakes/store.ts";

const target = "annotation:http://there";

function settle(store: Store, n: number, result: "delivered" | "parked"): Promise<void> {
  return store.commit(() => {
    for (const entry of store.outbox.take(target, "labelled", { limit: 99, skip: () => false, nowUs: 9e15 }))
      if (entry.id === sequenceId(n))
        store.outbox.settle(
          result === "parked"
            ? { entry, result, reason: "no" }
            : { entry, result, reference: null, already: false },
        );
  });
}

test("awaitedFrames() are those of sequences that wait or go on, of their camera, and of no others", async (t) => {
  const store = openTestStore(t);
  await keepSequence(store, { n: 0, target });
  await keepSequence(store, { n: 1, target });
  await keepSequence(store, { n: 2, target, closed: false });
  await keepSequence(store, { n: 3, target });
  await settle(store, 0, "delivered");
  await settle(store, 3, "parked");
  const isAwaited = awaitedFrames(store, [target]);
  const of = (n: number, at: number, camera = "front") =>
    isAwaited({ camera, imgId: sequenceFrameId(n, at) });
  assert.deepEqual(
    [of(0, 1), of(1, 0), of(1, 1), of(1, 2), of(1, 3), of(1, 1, "rear"), of(2, 2), of(3, 1)],
    [false, true, true, true, false, false, true, false],
  );
  assert.equal(awaitedFrames(store, [])({ camera: "front", imgId: sequenceFrameId(1, 1) }), false);
  assert.equal(awaitedFrames(store, ["other"])({ camera: "front", imgId: sequenceFrameId(1, 1) }), false);
});

test("awaitedFrames() of thousands of sequences that overlap is quick and right", async (t) => {
  const store = openTestStore(t);
  await keepSequence(store, { n: 0, target });
  const sequence = store.seen.sequences.get(sequenceId(0))!;
  const [entry] = store.outbox.take(target, "labelled", { limit: 1, skip: () => false, nowUs: 9e15 });
  await store.commit(() => {
    for (let n = 1; n < 3000; n += 1) {
      const id = sequenceId(n);
      const [firstImgId, lastImgId] = [sequenceFrameId(n, 0), sequenceFrameId(n + (n % 3 === 0 ? 1 : 0), 5)];
      store.seen.sequences.put(id, { ...sequence, id, firstImgId, lastImgId });
      store.outbox.enqueue({ ...entry!, id });
    }
  });
  const isAwaited = awaitedFrames(store, [target]);
  const of = (n: number, at: number) => isAwaited({ camera: "front", imgId: sequenceFrameId(n, at) });
  assert.deepEqual(
    [of(10, 3), of(10, 7), of(9, 700), of(2999, 5), of(3001, 0)],
    [true, false, true, true, false],
  );
});

test("check() keeps what was sent but is awaited, until the store is so full that frames would be thinned", async (t) => {
  // Of eight sequences all wait but the newest; every picture is in the bucket.
  const leftAt = async (fill: number): Promise<{ awaited: number; sent: number; store: Store }> => {
    const store = openTestStore(t);
    for (let n = 0; n < 8; n += 1) await keepSequence(store, { n, target });
    await settle(store, 7, "delivered");
    await sendPictures(store, "bucket");
    const retention = createRetention({
      store,
      log: silentLog,
      disk: () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
      limits: {
        maxBytes: store.counters.get("bytes") / fill,
        keepFreeBytes: 0,
        pictureTargets: ["bucket"],
        labelTargets: [],
        sequenceTargets: [target],
      },
    });
    await retention.check();
    const left = (n: number) => [0, 1, 2].filter((at) => store.frames.has(sequenceFrameId(n, at))).length;
    return { awaited: left(0), sent: left(7), store };
  };
  const first = await leftAt(0.92);
  assert.deepEqual([first.awaited, first.sent < 3], [3, true]);
  const later = await leftAt(1.2);
  assert.deepEqual([later.awaited, later.sent], [0, 0]);
  assert.ok(later.store.counters.get("dropped/awaited") > 0);
});

test("check() drops frames of sequences that went, where pictures go nowhere else; never those of others", async (t) => {
  const store = openTestStore(t);
  const base = Date.UTC(2024, 4, 1);
  for (let n = 0; n < 8; n += 1) await keepSequence(store, { n, target, ulidMs: base + n * 1000 });
  for (const { value } of [...store.seen.sequences.range()].slice(0, 6))
    await store.commit(() => {
      const entries = store.outbox.take(target, "labelled", { limit: 99, skip: () => false, nowUs: 9e15 });
      for (const entry of entries)
        if (entry.id === value.id)
          store.outbox.settle({ entry, result: "delivered", reference: null, already: false });
    });
  const retention = createRetention({
    store,
    log: silentLog,
    disk: () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
    limits: {
      maxBytes: store.counters.get("bytes") / 1.5,
      keepFreeBytes: 0,
      pictureTargets: [],
      labelTargets: [],
      sequenceTargets: [target],
    },
  });
  await retention.check();
  const left = (n: number) => [0, 1, 2].filter((at) => store.frames.has(sequenceFrameId(n, at))).length;
  assert.deepEqual([left(0), left(1), left(6), left(7)], [0, 0, 3, 3]);
  assert.ok(store.counters.get("dropped/shown") > 0);
});

function sendPictures(store: Store, bucket: string): Promise<void> {
  return store.commit(() => {
    for (const { imgId } of [...store.frames.range()])
      store.outbox.enqueue({
        target: bucket,
        lane: "labelled",
        kind: "picture",
        operation: "put",
        id: imgId,
        imgId,
        bytes: 1,
        notBeforeUs: null,
      });
    const entries = store.outbox.take(bucket, "labelled", { limit: 99, skip: () => false, nowUs: 9e15 });
    for (const entry of entries)
      store.outbox.settle({ entry, result: "delivered", reference: null, already: false });
  });
}
