// The ladder: what goes first, what never goes, and that every drop is counted and journalled.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../../device/log.ts";
import { storedBytes } from "../../../device/store/frames.ts";
import { createRetention, type RetentionLimits } from "../../../device/store/retention.ts";
import type { Store } from "../../../device/store/store.ts";
import { frameEntry, frameId, openTestStore, type TestFrameOptions } from "../../fakes/store.ts";

const size = 2000;
const each = storedBytes(size);
const disk = () => ({ freeBytes: 1e12, totalBytes: 1e12 });

type Setup = TestFrameOptions & { readonly sent?: boolean };

/** A store with the given frames, and a budget of which they take `fill`. */
async function openWith(
  t: TestContext,
  frames: readonly Setup[],
  fill: number,
  limits: Partial<RetentionLimits> = {},
) {
  const store = openTestStore(t);
  await Promise.all(
    frames.map((options, n) =>
      store.keep(frameEntry(n, { size, pictureTargets: ["bucket"], labelTargets: ["index"], ...options })),
    ),
  );
  await store.commit(() => {
    frames.forEach(({ sent }, n) => {
      if (sent) deliver(store, n);
    });
  });
  const retention = createRetention({
    store,
    disk,
    log: silentLog,
    limits: {
      maxBytes: (frames.length * each) / fill,
      keepFreeBytes: 0,
      pictureTargets: ["bucket"],
      labelTargets: ["index"],
      ...limits,
    },
  });
  return { store, retention };
}

/** Books frame `n` and its labels as delivered everywhere. Within a commit only. */
function deliver(store: Store, n: number): void {
  for (const target of ["bucket", "index"]) {
    for (const lane of ["labelled", "unlabelled"] as const) {
      for (const entry of store.outbox.take(target, lane, {
        limit: 1e9,
        skip: () => false,
        nowUs: Number.POSITIVE_INFINITY,
      })) {
        if (entry.imgId === frameId(n))
          store.outbox.settle({ entry, result: "delivered", reference: null, already: false });
      }
    }
  }
}

const left = (store: Store, count: number): number[] =>
  Array.from({ length: count }, (_, n) => n).filter((n) => store.frames.has(frameId(n)));
const of = (count: number, setup: (n: number) => Setup): Setup[] =>
  Array.from({ length: count }, (_, n) => setup(n));

test("check() only warns below the first rung", async (t) => {
  const { store, retention } = await openWith(
    t,
    of(20, () => ({ sent: true })),
    0.85,
  );
  assert.equal((await retention.check()).pressure, "warn");
  assert.equal(store.frames.count(), 20);
});

test("check() drops what was sent, oldest first, and not more than it has to", async (t) => {
  const { store, retention } = await openWith(
    t,
    of(40, (n) => ({ sent: n % 2 === 0 })),
    0.92,
  );
  const state = await retention.check();
  assert.ok(state.usedBytes <= state.capacityBytes * 0.85);
  const gone = of(40, () => ({}))
    .map((_, n) => n)
    .filter((n) => !left(store, 40).includes(n));
  assert.deepEqual(gone, [0, 2, 4, 6]);
  assert.equal(store.counters.get("dropped/sent"), 4);
  const [entry] = store.journal.newest(1);
  assert.equal(entry?.act, "retention.dropped");
  assert.deepEqual(
    [entry?.details.reason, entry?.details.frames, entry?.details.unsent, entry?.details.first],
    ["sent", 4, 0, frameId(0)],
  );
});

test("check() never drops a frame that one of its targets has no receipt for", async (t) => {
  const { store, retention } = await openWith(
    t,
    of(20, () => ({ sent: true })),
    0.99,
    { pictureTargets: ["bucket", "second"] },
  );
  await retention.check();
  assert.equal(store.frames.count(), 20);
});

test("check() thins what is unlabelled and unsent only when dropping the sent is not enough, never the labelled", async (t) => {
  const frames = of(60, (n) => ({ labels: n % 3 === 0 ? 1 : 0 }));
  const { store, retention } = await openWith(t, frames, 0.97);
  await retention.check();
  const kept = left(store, 60);
  for (let n = 0; n < 60; n += 3) assert.ok(kept.includes(n), `the labelled frame ${n} stays`);
  const dropped = 60 - kept.length;
  assert.ok(dropped > 0);
  assert.equal(store.counters.get("dropped/thinned"), dropped);
  assert.equal(
    store.journal.newest(10).reduce((sum, { details }) => sum + Number(details.unsent ?? 0), 0),
    dropped,
  );
  assert.equal(store.outbox.waiting().bucket?.unlabelled.entries, 40 - dropped);
});

test("check() thins no frame on which a model saw something", async (t) => {
  const frames = of(60, (n) => ({ labels: 0, detections: n % 3 === 0 ? 1 : 0 }));
  const { store, retention } = await openWith(t, frames, 0.97);
  await retention.check();
  const kept = left(store, 60);
  assert.ok(kept.length < 60);
  for (let n = 0; n < 60; n += 3) assert.ok(kept.includes(n), `frame ${n} stays`);
});

test("check() stops capture when only unsent labels are left, drops none of them, and lets it go on when there is room", async (t) => {
  const { store, retention } = await openWith(
    t,
    of(30, () => ({})),
    1,
  );
  const full = await retention.check();
  assert.deepEqual([full.pressure, full.mayCapture], ["full", false]);
  assert.equal(store.frames.count(), 30);
  await store.commit(() => {
    for (let n = 0; n < 10; n += 1) deliver(store, n);
  });
  const after = await retention.check();
  assert.equal(after.mayCapture, true);
  assert.equal(store.counters.get("dropped/thinned"), 0);
  assert.ok(left(store, 30).includes(29));
});

test("check() forgets what a person erased before anything else, but not while a target must still give it back", async (t) => {
  const { store, retention } = await openWith(
    t,
    of(40, (n) => ({ sent: n >= 20 })),
    0.93,
  );
  await store.commit(() => {
    for (let n = 10; n < 20; n += 1) {
      store.frames.update({ ...store.frames.get(frameId(n))!, erasedAtUs: 1 });
      store.outbox.withdraw("picture", frameId(n));
      for (const { label_fingerprint: id } of store.labels.ofFrame(frameId(n)))
        store.outbox.withdraw("label", id);
    }
    store.outbox.enqueue({
      target: "bucket",
      lane: "labelled",
      kind: "picture",
      operation: "remove",
      id: frameId(10),
      imgId: frameId(10),
      bytes: 1,
      notBeforeUs: null,
    });
  });
  await retention.check();
  assert.ok(store.frames.has(frameId(10)), "the bucket still has it");
  assert.ok(!store.frames.has(frameId(11)));
  assert.equal(store.counters.get("dropped/sent"), 0);
});

test("check() reaches what was sent behind any number of unsent frames, a part at a time", async (t) => {
  // More frames than one check looks at would take long to make: the cursor is what is tested, over two checks of a wrapped scan.
  const { store, retention } = await openWith(
    t,
    of(450, (n) => ({ sent: n >= 400 })),
    0.93,
  );
  await retention.check();
  assert.deepEqual(
    left(store, 450).slice(0, 400),
    of(400, () => ({})).map((_, n) => n),
  );
  assert.ok(store.counters.get("dropped/sent") > 0);
});

test("check() is shared by those who ask at the same time", async (t) => {
  const { store, retention } = await openWith(
    t,
    of(40, () => ({ sent: true })),
    0.92,
  );
  const states = await Promise.all([retention.check(), retention.check(), retention.check()]);
  assert.equal(new Set(states).size, 1);
  assert.equal(store.counters.get("dropped/sent"), 40 - store.frames.count());
});

test("check() counts the free pages of the data file as room, and leaves others their share of the disk", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 10; n += 1) await store.keep(frameEntry(n));
  const limits = { maxBytes: null, keepFreeBytes: 1e9, pictureTargets: [], labelTargets: [] };
  const make = (freeBytes: number) =>
    createRetention({ store, limits, log: silentLog, disk: () => ({ freeBytes, totalBytes: 1e12 }) });
  assert.equal(make(2e9).state().capacityBytes, store.fileBytes() + 1e9);
  assert.equal(make(5e8).state().capacityBytes, store.fileBytes());
});
