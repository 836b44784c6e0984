import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliveryPlan } from "../../../agent/deliveries.ts";
import { exportFolder } from "../../../agent/export-folder.ts";
import type { ImportSequence } from "../../../agent/import/import-sequence.ts";
import { type KeepOptions, keepSequence } from "../../../agent/import/keep-sequence.ts";
import { collectSeen } from "../../../agent/stats-seen.ts";
import { enqueueMissing } from "../../../agent/sync.ts";
import { recoverSequences } from "../../../agent/watch/recover.ts";
import { parseImageId } from "../../../device/image-id.ts";
import { readLabelsFile } from "../../../device/labels-file.ts";
import { silentLog } from "../../../device/log.ts";
import { parseQuery } from "../../../device/query.ts";
import { sha256Hex } from "../../../device/store/frames.ts";
import { openLabelSearch } from "../../../device/store/search.ts";
import type { Store } from "../../../device/store/store.ts";
import { SyncError } from "../../../sync/errors.ts";
import { startChild } from "../../fakes/child.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { pictureOf, platformSequence, sequenceStartUs } from "../../fakes/platform-sequence.ts";
import { openTestStore, temporaryFolder } from "../../fakes/store.ts";

const keep = (store: Store, sequence: ImportSequence, change: Partial<KeepOptions> = {}) =>
  keepSequence({
    store,
    clock: createManualClock(),
    sequence,
    pictures: pictureOf,
    hasRoom: () => true,
    signal: new AbortController().signal,
    ...change,
  });
const neverAsked: KeepOptions["pictures"] = async () => assert.fail("a picture was asked for");
const framesOf = (store: Store, id: string) =>
  [...store.seen.sequenceFrames.range({ start: [id, ""], end: [id, "\uffff"] })].map(({ value }) => value);
const detectionsOf = (store: Store, imgId: string) =>
  [...store.detections.range({ start: [imgId, "", 0], end: [imgId, "\uffff", 0] })].map(({ value }) => value);

/** Everything but what is new each time. */
function contentOf(store: Store): unknown {
  const named = [...store.seen.sequences.range()].map(({ value: { id, ...record } }) => ({
    ...record,
    seen: framesOf(store, id).map(({ sequence: _, ...frame }) => frame),
  }));
  return {
    sequences: named.sort((a, b) => (a.firstImgId < b.firstImgId ? -1 : 1)),
    frames: [...store.frames.range()],
    detections: [...store.detections.range()].map(({ value }) => value),
    labels: [...store.labels.range()],
    origins: [...store.seen.origins.range()],
    counts: store.counters.list(""),
  };
}

test("keepSequence() keeps pictures byte for byte under their capture times, with boxes, labels and the sequence", async (t) => {
  const store = openTestStore(t);
  const sequence = platformSequence(4, 6);
  const kept = await keep(store, sequence);
  assert.deepEqual({ ...kept, id: null }, { id: null, stored: 6, known: 0, problems: [] });
  const frames = [...store.frames.range()];
  assert.equal(frames.length, 6);
  for (const [at, frame] of frames.entries()) {
    const bytes = await pictureOf(sequence.detections[at]!);
    assert.deepEqual(Buffer.from(store.frames.picture(frame.imgId)!), Buffer.from(bytes));
    assert.equal(frame.sha256, sha256Hex(bytes));
    assert.equal(parseImageId(frame.imgId), sequenceStartUs + 4 * 3600e6 + at * 30e6);
    assert.equal(frame.camera, "croix-augas");
    assert.equal(frame.prefix, `datasets/pyronear_french/${frame.imgId.slice(0, 8)}`);
    assert.ok(store.seen.hashes.has(frame.imgId));
  }
  const [first] = frames;
  assert.deepEqual(detectionsOf(store, first!.imgId), [
    {
      imgId: first!.imgId,
      index: 0,
      model: "pyronear_french",
      box: { left: 0.1, top: 0.2, right: 0.2, bottom: 0.3 },
      className: "smoke",
      confidence: 0.5,
    },
  ]);
  const record = store.seen.sequences.get(kept.id!);
  assert.deepEqual(
    { ...record, openedAt: record?.openedAt.wallUs, closedAt: record?.closedAt?.wallUs },
    {
      id: kept.id,
      camera: "croix-augas",
      model: "pyronear_french",
      className: "smoke",
      openedAt: sequenceStartUs + 4 * 3600e6,
      closedAt: sequenceStartUs + 4 * 3600e6 + 150e6,
      firstImgId: first!.imgId,
      lastImgId: frames.at(-1)!.imgId,
      frames: 6,
      bestScore: 0.75,
      bestImgId: frames[3]!.imgId,
      individual: null,
    },
  );
  assert.deepEqual(
    framesOf(store, kept.id!).map(({ box, confidence, leadUp }) => [box?.left ?? null, confidence, leadUp]),
    [
      [0.1, 0.5, false],
      [0.101, 0.5, false],
      [null, 0, false],
      [0.103, 0.75, false],
      [0.104, 0.5, false],
      [0.105, 0.5, false],
    ],
  );
  const [label] = store.labels.ofFrame(first!.imgId);
  assert.equal(label?.label.created_by, "pyronear_french/4");
  assert.equal(label.event, "datasets/pyronear_french");
  assert.equal(label.track, "croix-augas");
  assert.deepEqual(label.source, {
    api: "pyronear_french",
    sequence: 4,
    alert: 4,
    detection: 4000,
    organisation: "sdis-77",
    lat: 48.4,
    lon: 2.7,
    azimuth: 120,
    kind: "wildfire_smoke",
  });
});

test("keepSequence() the second time asks for no picture and changes nothing", async (t) => {
  const store = openTestStore(t);
  const { id } = await keep(store, platformSequence(4, 5));
  const before = contentOf(store);
  const addresses = platformSequence(4, 5);
  // Addresses of pictures are others every day.
  const again = {
    ...addresses,
    detections: addresses.detections.map((each) => ({
      ...each,
      picture: { url: "http://new", bucketKey: null },
    })),
  };
  assert.deepEqual(await keep(store, again, { pictures: neverAsked }), {
    id,
    stored: 0,
    known: 5,
    problems: [],
  });
  assert.deepEqual(contentOf(store), before);
});

test("keepSequence() adds what a sequence grew by, and takes nothing away when less of it is asked for", async (t) => {
  const store = openTestStore(t);
  const { id } = await keep(store, platformSequence(4, 3));
  assert.deepEqual(await keep(store, platformSequence(4, 20)), { id, stored: 17, known: 3, problems: [] });
  assert.equal(store.seen.sequences.get(id!)?.frames, 20);
  assert.deepEqual(await keep(store, platformSequence(4, 2), { pictures: neverAsked }), {
    id,
    stored: 0,
    known: 2,
    problems: [],
  });
  assert.equal(store.seen.sequences.get(id!)?.frames, 20);
  assert.equal(store.frames.count(), 20);
});

test("keepSequence() has a picture of two sequences once, with the boxes of both and a label of each", async (t) => {
  const store = openTestStore(t);
  const one = platformSequence(4, 1);
  const other = {
    ...one,
    draft: { ...one.draft, alert_api_id: 1_000_004_001 },
    detections: one.detections.map((each) => ({
      ...each,
      algo_predictions: [{ xyxyn: [0.7, 0.7, 0.8, 0.8] as const, confidence: 0.4, class_name: "smoke" }],
      others_bboxes: each.algo_predictions,
    })),
  };
  await keep(store, one);
  assert.deepEqual((await keep(store, other)).stored, 1);
  const [frame, ...more] = store.frames.range();
  assert.deepEqual(more, []);
  assert.deepEqual(
    detectionsOf(store, frame!.imgId).map(({ index, box }) => [index, box.left]),
    [
      [0, 0.1],
      [1, 0.7],
    ],
  );
  assert.deepEqual(
    store.labels
      .ofFrame(frame!.imgId)
      .map(({ label }) => label.created_by)
      .sort(),
    ["pyronear_french/1000004001", "pyronear_french/4"],
  );
  assert.equal([...store.seen.sequences.keys()].length, 2);
});

test("keepSequence() keeps a frozen camera's pictures as the moments they are", async (t) => {
  const store = openTestStore(t);
  const same = await pictureOf(platformSequence(4, 1).detections[0]!);
  const { id } = await keep(store, platformSequence(4, 3), { pictures: async () => same });
  assert.equal(store.frames.count(), 3);
  assert.equal(store.seen.sequences.get(id!)?.frames, 3);
  // Another sequence of the same pictures finds each of its moments.
  const sequence = platformSequence(4, 3);
  const other = { ...sequence, draft: { ...sequence.draft, alert_api_id: 9 } };
  assert.equal((await keep(store, other, { pictures: async () => same })).stored, 3);
  assert.equal(store.frames.count(), 3);
});

test("keepSequence() leaves a frame that this device captured itself apart, though its bytes are the same", async (t) => {
  const store = openTestStore(t);
  const sequence = platformSequence(4, 1);
  await keep(store, sequence);
  const [kept] = store.frames.range();
  const own = openTestStore(t);
  await own.commit(() =>
    own.frames.add({ ...kept!, prefix: "car/20260701" }, store.frames.picture(kept!.imgId)!),
  );
  await keep(own, sequence);
  assert.deepEqual(
    [...own.frames.range()].map(({ prefix }) => prefix),
    ["car/20260701", "datasets/pyronear_french/20260701"],
  );
});

test("keepSequence() leaves out a picture that is none or is gone for good, tells of it, and keeps the rest", async (t) => {
  const store = openTestStore(t);
  const pictures: KeepOptions["pictures"] = async (detection) => {
    if (detection.alert_api_id === 4000) return Buffer.from("<Error>AccessDenied</Error>");
    if (detection.alert_api_id === 4002) throw new SyncError("permanent", "HTTP 404 Not Found");
    return await pictureOf(detection);
  };
  const kept = await keep(store, platformSequence(4, 4), { pictures });
  assert.equal(kept.stored, 2);
  assert.deepEqual(
    kept.problems.map(({ of }) => of),
    ["detection 4000", "detection 4002"],
  );
  assert.match(kept.problems[1]!.problem, /^picture: HTTP 404 Not Found; left out$/);
  assert.equal(store.seen.sequences.get(kept.id!)?.frames, 2);
  // It may be there the next time.
  assert.equal((await keep(store, platformSequence(4, 4))).stored, 2);
  assert.equal(store.seen.sequences.get(kept.id!)?.frames, 4);
});

test("keepSequence() has a label say what the source says now, and keeps what else became of it", async (t) => {
  const store = openTestStore(t);
  const sequence = platformSequence(4, 2);
  await keep(store, sequence);
  const [frame] = store.frames.range();
  const [label] = store.labels.ofFrame(frame!.imgId);
  await store.commit(() => store.labels.update({ ...label!, s3_bucket: "bucket/" }));
  const draft = { ...sequence.draft, is_wildfire_alertapi: "other" } as const;
  await keep(store, { ...sequence, draft }, { pictures: neverAsked });
  const [now, ...more] = store.labels.ofFrame(frame!.imgId);
  assert.deepEqual(more, []);
  assert.deepEqual(now, {
    ...label,
    s3_bucket: "bucket/",
    source: { ...(label!.source as object), kind: "other" },
  });
});

test("keepSequence() leaves out a detection without a time, or with a box beside the picture", async (t) => {
  const store = openTestStore(t);
  const sequence = platformSequence(4, 3);
  const [first, second, third] = sequence.detections;
  const beside = { xyxyn: [0.5, 0.5, 1.5, 0.6] as const, confidence: 0.5, class_name: "smoke" };
  const kept = await keep(store, {
    ...sequence,
    detections: [{ ...first!, recorded_at: "soon" }, { ...second!, algo_predictions: [beside] }, third!],
  });
  assert.equal(kept.stored, 1);
  assert.deepEqual(
    kept.problems.map(({ of }) => of),
    ["detection 4000", "detection 4001"],
  );
  assert.equal((await keep(store, { ...sequence, detections: [] })).id, kept.id);
});

test("keepSequence() with no picture at all is no sequence", async (t) => {
  const store = openTestStore(t);
  const kept = await keep(store, platformSequence(4, 2), { pictures: async () => new Uint8Array() });
  assert.equal(kept.id, null);
  assert.equal(kept.problems.length, 2);
  assert.equal([...store.seen.sequences.keys()].length, 0);
});

test("keepSequence() stops when a picture cannot be had now, and goes on where it was", async (t) => {
  const store = openTestStore(t);
  let asked = 0;
  const pictures: KeepOptions["pictures"] = async (detection) => {
    asked += 1;
    if (asked > 40) throw new SyncError("offline", "no way there");
    return await pictureOf(detection);
  };
  await assert.rejects(keep(store, platformSequence(4, 50), { pictures }), { message: "no way there" });
  assert.equal([...store.seen.sequences.keys()].length, 0);
  const there = store.frames.count();
  assert.equal(there, 32);
  assert.deepEqual(
    { ...(await keep(store, platformSequence(4, 50))), id: null },
    {
      id: null,
      stored: 50 - there,
      known: there,
      problems: [],
    },
  );
});

test("keepSequence() does not bring back what a person erased", async (t) => {
  const store = openTestStore(t);
  const { id } = await keep(store, platformSequence(4, 2));
  const [frame] = store.frames.range();
  await store.commit(() => store.frames.update({ ...frame!, erasedAtUs: 1 }));
  await keep(store, platformSequence(4, 3));
  assert.equal(store.frames.get(frame!.imgId)?.erasedAtUs, 1);
  assert.equal(store.seen.sequences.get(id!)?.frames, 3);
});

test("keepSequence() refuses when the store has no room, and stops when it is told to", async (t) => {
  const store = openTestStore(t);
  await assert.rejects(keep(store, platformSequence(4, 2), { hasRoom: () => false }), /no room for more/);
  await assert.rejects(
    keep(store, platformSequence(4, 2), { signal: AbortSignal.abort(new Error("stop")) }),
    /stop/,
  );
  assert.equal(store.frames.count(), 0);
});

test("keepSequence() makes nothing that is sent by itself, and nothing that a restart would close and report", async (t) => {
  const store = openTestStore(t);
  await keep(store, platformSequence(4, 3));
  const plan = createDeliveryPlan({
    pictureTargets: ["bucket"],
    labelTargets: ["index"],
    eventTargets: ["broker"],
    sequenceTargets: [{ name: "annotation", takes: () => true, maxPictures: 10 }],
    holdBackMs: 0,
  });
  const { signal } = new AbortController();
  assert.equal(await enqueueMissing(store, plan, { all: false, signal }), 0);
  assert.deepEqual(await recoverSequences(store, { draftEvent: () => [], plan }), []);
  // Asked for by name it goes out: 3 pictures and 3 labels, and the sequence to nobody.
  assert.equal(await enqueueMissing(store, plan, { all: true, signal }), 6);
});

test("stats count what was imported", async (t) => {
  const store = openTestStore(t);
  await keep(store, platformSequence(4, 3));
  await keep(store, platformSequence(5, 2));
  await keep(store, platformSequence(5, 2));
  assert.deepEqual(collectSeen(store).datasets, { pyronear_french: { origins: 5, images: 5, sequences: 2 } });
});

test("what was imported goes out as a picture folder, and is found by camera, sequence and kind", async (t) => {
  const store = openTestStore(t);
  await keep(store, platformSequence(4, 3));
  await keep(store, platformSequence(5, 2));
  const directory = temporaryFolder(t);
  const { signal } = new AbortController();
  const exported = await exportFolder({ store, directory, frames: store.frames.range(), wallUs: 0, signal });
  assert.deepEqual([exported.pictures, exported.labels], [5, 5]);
  const { documents, notes } = readLabelsFile(exported.labelsFile!);
  assert.deepEqual(notes, []);
  const index = await openLabelSearch({ directory: temporaryFolder(t), log: silentLog });
  t.after(() => index.close());
  await index.put(
    documents.map((document) => ({ fingerprint: document.label_fingerprint, document })),
    { overwrite: false },
  );
  const count = (field: string, value: string | number) =>
    index.count(parseQuery({ [field]: { type: "term", value } }));
  assert.equal(await count("track.keyword", "croix-augas"), 5);
  assert.equal(await count("source.sequence", 4), 3);
  assert.equal(await count("source.kind.keyword", "wildfire_smoke"), 5);
  assert.equal(await count("dataset.name.keyword", "pyronear_french"), 5);
});

test("keepSequence() killed anywhere leaves whole pictures only, and the next run makes it the same as an unbroken one", async (t) => {
  const directory = temporaryFolder(t);
  for (const after of [3, 20, 50]) {
    const { signal, stderr } = await startChild(t, "keep-child.ts", [directory, "4", "20", String(after)])
      .ended;
    assert.equal(signal, "SIGKILL", stderr);
  }
  const store = openTestStore(t, { directory });
  const there = store.frames.count();
  assert.ok(there >= 16 && there < 80, `${there} frames`);
  for (const { value: origin } of store.seen.origins.range()) {
    assert.ok(store.frames.has(origin.imgId));
    assert.equal(store.labels.ofFrame(origin.imgId).length, 1);
  }
  for (const { value: sequence } of store.seen.sequences.range())
    assert.equal(framesOf(store, sequence.id).length, 20);
  const clock = createManualClock();
  for (const id of [1, 2, 3, 4]) await keep(store, platformSequence(id, 20), { clock });
  const unbroken = openTestStore(t);
  for (const id of [4, 3, 2, 1]) await keep(unbroken, platformSequence(id, 20), { clock });
  const withoutMaking = (each: Store): unknown =>
    JSON.parse(JSON.stringify(contentOf(each), (name, value) => (name === "created_on_date" ? null : value)));
  assert.deepEqual(withoutMaking(store), withoutMaking(unbroken));
});
