// From the commit that closes a sequence to the entry that waits for the annotation API.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliveryPlan } from "../../agent/deliveries.ts";
import { enqueueMissing } from "../../agent/sync.ts";
import { createLookKeeper, type Look } from "../../agent/watch/look-keeper.ts";
import { recoverSequences } from "../../agent/watch/recover.ts";
import { datasetPrefix } from "../../device/frame.ts";
import type { Store } from "../../device/store/store.ts";
import { keepSequence, loseFrames, sequenceFrameId, sequenceId } from "../fakes/sequences.ts";
import { openTestStore } from "../fakes/store.ts";

const target = "annotation:http://there";
const plan = createDeliveryPlan({
  pictureTargets: [],
  labelTargets: [],
  eventTargets: [],
  sequenceTargets: [
    {
      name: target,
      maxPictures: 4,
      takes: ({ camera, className }) => camera === "front" && className === "smoke",
    },
  ],
  holdBackMs: 0,
  clockWaitMs: 60_000,
});
const signal = new AbortController().signal;
const elsewhere = "somebody else";

const waiting = (store: Store): readonly string[] => [...store.outbox.waitingIds("sequence", [target])];
const nothing: Look = {
  frames: [],
  opened: [],
  changed: [],
  sequenceFrames: [],
  sightings: [],
  suggestions: new Map(),
  events: [],
};

test("plan.ofSequence() is an entry for each target that takes it, and waits for a clock that nobody set", async (t) => {
  const store = openTestStore(t);
  const sequence = await keepSequence(store, { n: 0, frames: 9, target: elsewhere });
  const [entry, ...others] = plan.ofSequence(sequence);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [entry!.kind, entry!.id, entry!.imgId, entry!.lane, entry!.bytes, entry!.clockWait],
    ["sequence", sequence.id, null, "labelled", 200_000, undefined],
  );
  assert.deepEqual(plan.ofSequence({ ...sequence, className: "animal" }), []);
  assert.deepEqual(plan.ofSequence({ ...sequence, camera: "rear" }), []);
  const [unset] = plan.ofSequence({
    ...sequence,
    openedAt: { ...sequence.openedAt, clockSynchronised: false },
  });
  assert.equal(unset!.clockWait?.untilNs, sequence.openedAt.monotonicNs + 60e9);
});

test("keep() books a sequence in the commit that closes it, and not before", async (t) => {
  const store = openTestStore(t);
  const { keep } = createLookKeeper({ store, plan, event: "post", putHashes: null });
  const closed = await keepSequence(store, { n: 0, target: elsewhere });
  await keep({ ...nothing, changed: [{ ...closed, closedAt: null }] });
  assert.deepEqual(waiting(store), []);
  const commits = store.commitStats().commits;
  await keep({ ...nothing, changed: [closed] });
  assert.equal(store.commitStats().commits, commits + 1);
  assert.deepEqual(waiting(store), [sequenceId(0)]);
});

test("recoverSequences() books what a power cut left open", async (t) => {
  const store = openTestStore(t);
  await keepSequence(store, { n: 0, target: elsewhere, closed: false });
  await recoverSequences(store, { draftEvent: () => [], plan });
  assert.deepEqual(waiting(store), [sequenceId(0)]);
  assert.ok(store.seen.sequences.get(sequenceId(0))!.closedAt !== null);
});

test("enqueueMissing() books for a new annotation API what is over and has a picture; nothing twice, nothing from elsewhere", async (t) => {
  const store = openTestStore(t);
  for (const n of [0, 1, 2, 3]) await keepSequence(store, { n, target: elsewhere, closed: n !== 1 });
  await loseFrames(
    store,
    [0, 1, 2].map((at) => sequenceFrameId(2, at)),
    "dropped",
  );
  await store.commit(() => {
    for (const at of [0, 1, 2]) {
      const frame = store.frames.get(sequenceFrameId(3, at))!;
      store.frames.update({ ...frame, prefix: `${datasetPrefix}platform` });
    }
  });
  assert.equal(await enqueueMissing(store, plan, { all: false, signal }), 1);
  assert.deepEqual(waiting(store), [sequenceId(0)]);
  assert.equal(await enqueueMissing(store, plan, { all: true, signal }), 0);
});
