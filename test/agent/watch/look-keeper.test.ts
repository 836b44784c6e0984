import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliveryPlan } from "../../../agent/deliveries.ts";
import { createDraftEvent } from "../../../agent/events.ts";
import { createLookKeeper, type Look } from "../../../agent/watch/look-keeper.ts";
import type { SequenceRecord } from "../../../device/sequence.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { bytesOf, openTestStore } from "../../fakes/store.ts";

const hashes = {
  phash: "0".repeat(16),
  dhash: "0".repeat(16),
  ahash: "0".repeat(16),
  pdq: "0".repeat(64),
  quality: 9,
};
const box = { left: 0.1, top: 0.1, right: 0.4, bottom: 0.4 };
const imgId = "20240501T00-00-00-000000";

function setUp(t: Parameters<typeof openTestStore>[0]) {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  const plan = createDeliveryPlan({
    pictureTargets: ["bucket"],
    labelTargets: [],
    eventTargets: ["mqtt"],
    holdBackMs: 5000,
  });
  const sequence: SequenceRecord = {
    id: "01SEQUENCE",
    camera: "post",
    model: "m",
    className: "animal/tiger",
    openedAt: clock.now(),
    closedAt: null,
    firstImgId: imgId,
    lastImgId: imgId,
    frames: 1,
    bestScore: 0.9,
    bestImgId: imgId,
    individual: null,
  };
  const look: Look = {
    frames: [
      {
        captured: {
          camera: "post",
          sequence: 0,
          moment: clock.now(),
          bytes: bytesOf(1, 3000),
          mediaType: "image/jpeg",
          width: 64,
          height: 48,
        },
        imgId,
        model: "m",
        found: [{ box, className: "animal/tiger", confidence: 0.8 }],
        hashes,
      },
    ],
    opened: [sequence],
    changed: [],
    sequenceFrames: [{ sequence: sequence.id, imgId, box, confidence: 0.8, leadUp: false }],
    sightings: [
      {
        sighting: {
          id: "01SIGHTING",
          imgId,
          box,
          individual: null,
          state: "suggested",
          score: null,
          side: "unknown",
          by: "reid",
          atUs: 0,
          sequence: sequence.id,
          metadata: { camera: "post", className: "animal/tiger" },
        },
        vectors: new Map([["space/2", Float32Array.of(1, 0)]]),
      },
    ],
    suggestions: new Map(),
    events: createDraftEvent({ plan, clock })("sequence.opened", {}, { alert: true }),
  };
  return { store, plan, look };
}

test("keep() keeps all of a look in one commit: frame, detections, sequence, sighting, hashes, event, delivery", async (t) => {
  const { store, plan, look } = setUp(t);
  const put: string[] = [];
  const { keep } = createLookKeeper({ store, plan, event: "reserve", putHashes: (id) => put.push(id) });
  const commits = store.commitStats().commits;
  assert.equal(await keep(look), 1);
  assert.equal(store.commitStats().commits, commits + 1);
  assert.deepEqual(put, [imgId]);
  assert.equal(store.seen.sequences.get("01SEQUENCE")?.className, "animal/tiger");
  assert.ok(store.seen.sequenceFrames.has(["01SEQUENCE", imgId]));
  assert.ok(store.sightings.has("01SIGHTING", "space/2"));
  const waiting = store.outbox.waiting();
  assert.deepEqual([waiting.bucket!.labelled.entries, waiting.mqtt!.alert.entries], [1, 1]);
  assert.deepEqual(store.counters.list("seen/sightings/"), { "post/animal/tiger": 1 });
});

test("keep() keeps nothing of a look when a part of it cannot be kept", async (t) => {
  const { store, plan, look } = setUp(t);
  const { keep } = createLookKeeper({
    store,
    plan,
    event: "reserve",
    putHashes: () => {
      throw new Error("no room");
    },
  });
  await assert.rejects(keep(look), /no room/);
  assert.equal(store.frames.count(), 0);
  assert.equal([...store.seen.sequences.keys()].length + [...store.detections.keys()].length, 0);
  assert.equal([...store.sightings.range()].length, 0);
  assert.deepEqual(store.outbox.waiting(), {});
  assert.deepEqual(store.counters.list("seen/"), {});
});

test("keep() lets suggestions follow what the sequence says, and leaves alone what a person judged", async (t) => {
  const { store, plan, look } = setUp(t);
  const { keep } = createLookKeeper({ store, plan, event: "reserve", putHashes: null });
  const [first] = look.sightings;
  const verified = { ...first!.sighting, id: "02SIGHTING", state: "verified" as const, individual: "01A" };
  await keep({ ...look, sightings: [first!, { sighting: verified, vectors: new Map() }] });
  await keep({
    ...look,
    frames: [],
    opened: [],
    sequenceFrames: [],
    sightings: [],
    events: [],
    suggestions: new Map([["01SEQUENCE", { individual: "01B", score: 0.9 }]]),
  });
  assert.deepEqual(
    ["01SIGHTING", "02SIGHTING"].map((id) => store.sightings.get(id)?.individual),
    ["01B", "01A"],
  );
});
