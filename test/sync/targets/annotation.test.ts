import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../../device/log.ts";
import type { OutboxEntry } from "../../../device/store/outbox.ts";
import type { Store } from "../../../device/store/store.ts";
import { formatIso } from "../../../sync/annotation/drafts.ts";
import { detectionKey, sequenceKey } from "../../../sync/annotation/keys.ts";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { createDrain } from "../../../sync/drain.ts";
import { SyncError } from "../../../sync/errors.ts";
import { type AnnotationTargetOptions, createAnnotationTarget } from "../../../sync/targets/annotation.ts";
import { testTarget } from "../../contracts/target.ts";
import { startAnnotationApi } from "../../fakes/annotation-api.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { keepSequence, loseFrames, sequenceFrameId, sequenceId, takenUs } from "../../fakes/sequences.ts";
import { openTestStore } from "../../fakes/store.ts";

const signal = new AbortController().signal;
const sourceApi = "pyronear_french";
const key = (n: number): string => `${sourceApi} ${sequenceKey(sequenceId(n))}`;

type Server = Awaited<ReturnType<typeof startAnnotationApi>>;

function apiOf({ url, username, password }: Server) {
  return createAnnotationApi({
    url,
    login: async () => ({ username, password }),
    timeouts: { idleMs: 60_000 },
  });
}

function openTarget(
  t: TestContext,
  store: Store,
  { server, ...options }: { readonly server: Server } & Partial<AnnotationTargetOptions>,
) {
  const target = createAnnotationTarget({
    api: apiOf(server),
    store,
    log: silentLog,
    // An attempt more at once: whoever wants to see it broken off breaks it four times.
    clock: { sleep: async () => undefined },
    random: () => 0,
    sourceApi,
    organisation: { id: 3, name: "Rangers" },
    placeOf: () => ({ id: 7, name: "north", lat: 44.5, lon: 4.1, azimuth: 361 }),
    isSmoke: (className) => className === "smoke",
    maxPictures: 10,
    picturesAtOnce: 4,
    ...options,
  });
  t.after(() => target.close());
  return target;
}

async function setUp(t: TestContext, options: Partial<AnnotationTargetOptions> = {}) {
  const store = openTestStore(t);
  const server = await startAnnotationApi(t);
  const target = openTarget(t, store, { server, ...options });
  const entry = (n: number): OutboxEntry =>
    store.outbox
      .take(target.name, "labelled", { limit: 1000, skip: () => false, nowUs: Number.MAX_SAFE_INTEGER })
      .find(({ id }) => id === sequenceId(n))!;
  const deliver = async (n: number) => (await target.deliver([entry(n)], signal))[0]!;
  const shown = (n: number) => server.state().find((each) => each.key === key(n));
  return { store, server, target, entry, deliver, shown };
}

testTarget({
  name: "annotation target",
  kind: {
    lane: "labelled",
    keep: async (store, n, target) => void (await keepSequence(store, { n, frames: 1, target })),
    frameOf: (n) => sequenceFrameId(n, 0),
    drop: (store, n) => store.commit(() => void store.seen.sequences.remove(sequenceId(n))),
  },
  open: async (t, store) => {
    const server = await startAnnotationApi(t);
    return {
      target: openTarget(t, store, { server }),
      has: async () => server.state().map((each) => each.key),
    };
  },
});

test("deliver() makes one sequence, its detections with pictures, and one annotation that waits for a person", async (t) => {
  const { store, target, deliver, shown, server } = await setUp(t);
  await keepSequence(store, { n: 0, frames: 4, target: target.name });
  const outcome = await deliver(0);
  assert.deepEqual(outcome, { result: "delivered", reference: "1", already: false });
  const there = shown(0)!;
  const at = (frame: number): string => formatIso(takenUs(sequenceFrameId(0, frame)));
  const { recorded_at, last_seen_at, azimuth, camera_name, organisation_id } = there.sequence;
  assert.deepEqual(
    [Date.parse(recorded_at as string), Date.parse(last_seen_at as string)],
    [Date.parse(at(0)), Date.parse(at(3))],
  );
  assert.deepEqual([azimuth, camera_name, organisation_id], [1, "north", 3]);
  assert.deepEqual(
    there.detections.map(({ alert_api_id }) => alert_api_id),
    [3, 2, 1, 0].map((frame) => detectionKey(sequenceFrameId(0, frame))),
  );
  assert.ok(there.detections.every(({ picture }) => picture !== null));
  const { tracks, processing_stage } = there.annotation as {
    tracks: { is_smoke: boolean; bboxes: { detection: number }[] }[];
    processing_stage: string;
  };
  assert.equal(processing_stage, "ready_to_annotate");
  assert.deepEqual(
    tracks.map(({ is_smoke, bboxes }) => [is_smoke, bboxes.length]),
    [[true, 4]],
  );
  assert.deepEqual(Object.keys(server.requests()).filter((name) => name.includes("login")).length, 1);
});

test("deliver() suggests what is no smoke as something else", async (t) => {
  const { store, target, deliver, shown } = await setUp(t);
  await keepSequence(store, { n: 0, className: "animal", target: target.name });
  await deliver(0);
  const [track] = shown(0)!.annotation!.tracks as { is_smoke: boolean }[];
  assert.equal(track!.is_smoke, false);
});

test("deliver() shows no more pictures than it may: the first, the last, the best, and the others evenly", async (t) => {
  const { store, target, deliver, shown } = await setUp(t, { maxPictures: 5 });
  await keepSequence(store, { n: 0, frames: 101, target: target.name });
  await deliver(0);
  assert.deepEqual(
    shown(0)!.detections.map(({ alert_api_id }) => alert_api_id),
    [100, 75, 50, 25, 0].map((frame) => detectionKey(sequenceFrameId(0, frame))),
  );
});

test("deliver() broken off anywhere and done again comes to the same, and nothing is there twice", async (t) => {
  const whole = await setUp(t);
  await keepSequence(whole.store, { n: 0, frames: 4, target: whole.target.name });
  await whole.deliver(0);
  // 0 login, 1 sequence, 2 to 5 pictures, 6 annotation
  for (let broken = 0; broken <= 7; broken += 1) {
    const { store, target, deliver, server, entry } = await setUp(t, { picturesAtOnce: 1 });
    await keepSequence(store, { n: 0, frames: 4, target: target.name });
    server.behave({ outages: [{ from: broken, until: broken + 4 }] });
    const first = await target.deliver([entry(0)], signal).then(
      ([outcome]) => outcome!.result,
      (cause: SyncError) => cause.kind,
    );
    assert.equal(first, broken === 7 ? "delivered" : "retryable", `request ${broken}`);
    server.behave({ outages: [] });
    assert.equal((await deliver(0)).result, "delivered", `after request ${broken}`);
    assert.deepEqual(server.state(), whole.server.state(), `request ${broken}`);
  }
});

test("deliver() whose answers are lost after they were carried out comes to the same", async (t) => {
  const whole = await setUp(t);
  await keepSequence(whole.store, { n: 0, frames: 6, target: whole.target.name });
  await whole.deliver(0);
  const { store, target, server, entry } = await setUp(t);
  await keepSequence(store, { n: 0, frames: 6, target: target.name });
  server.behave({ faults: { "reset-after-commit": 0.25, "502": 0.1, truncated: 0.15 }, seed: 3 });
  for (let tries = 0; ; tries += 1) {
    const outcome = await target.deliver([entry(0)], signal).then(
      ([each]) => each!.result,
      (cause: SyncError) => cause.kind,
    );
    if (outcome === "delivered") break;
    assert.ok(["offline", "retryable"].includes(outcome) && tries < 100, outcome);
  }
  assert.deepEqual(server.state(), whole.server.state());
  assert.ok(Object.keys(server.faults()).length >= 2, JSON.stringify(server.faults()));
});

test("deliver() leaves a person's work alone, whatever is new here", async (t) => {
  const { store, target, deliver, server, shown } = await setUp(t, { maxPictures: 3 });
  await keepSequence(store, { n: 0, frames: 6, target: target.name });
  await deliver(0);
  server.work(key(0), "seq_annotation_done");
  const before = structuredClone(shown(0));
  const again = openTarget(t, store, { server, maxPictures: 6 });
  const [outcome] = await again.deliver(
    [{ ...(await entryOf(store, target.name)), target: again.name }],
    signal,
  );
  assert.equal(outcome!.result === "delivered" && outcome!.already, true);
  assert.deepEqual(shown(0), before);
  assert.deepEqual(server.humanChanges(), []);
  const [back] = await target.deliver(
    [{ ...(await entryOf(store, target.name)), operation: "remove" }],
    signal,
  );
  assert.match(back!.result === "failed" ? back!.error.message : "", /a person has worked on it/);
});

async function entryOf(store: Store, target: string): Promise<OutboxEntry> {
  return store.outbox.take(target, "labelled", { limit: 1, skip: () => false, nowUs: Infinity })[0]!;
}

/** A sequence whose delivery was broken off. */
async function setUpHalf(t: TestContext, how: "without its last picture" | "without its annotation") {
  const scene = await setUp(t);
  await keepSequence(scene.store, { n: 0, target: scene.target.name });
  // A login, the sequence, three pictures, the annotation; each is tried four times.
  const from = how === "without its annotation" ? 5 : 4;
  scene.server.behave({ outages: [{ from, until: from + 4 }] });
  await assert.rejects(scene.deliver(0), SyncError);
  return scene;
}

test("deliver() fills an annotation that somebody left empty", async (t) => {
  const { deliver, server, shown } = await setUpHalf(t, "without its annotation");
  server.work(key(0), "imported");
  await deliver(0);
  const { tracks, processing_stage } = shown(0)!.annotation as { tracks: []; processing_stage: string };
  assert.deepEqual([tracks.length, processing_stage], [1, "ready_to_annotate"]);
});

test("deliver() leaves alone what a person begins in an empty annotation while pictures are on their way", async (t) => {
  const { store, target, server, shown } = await setUpHalf(t, "without its last picture");
  server.work(key(0), "imported");
  const api = apiOf(server);
  t.after(() => api.close());
  const slow = openTarget(t, store, {
    server,
    api: {
      ...api,
      createDetection: async (draft, picture, each) => {
        const created = await api.createDetection(draft, picture, each);
        server.work(key(0), "seq_annotation_done");
        return created;
      },
    },
  });
  const [outcome] = await slow.deliver([await entryOf(store, target.name)], signal);
  assert.equal(outcome!.result, "delivered");
  const { tracks, processing_stage } = shown(0)!.annotation as { tracks: []; processing_stage: string };
  assert.deepEqual([tracks.length, processing_stage], [0, "seq_annotation_done"]);
  assert.deepEqual(server.humanChanges(), []);
});

test("deliver() leaves alone, and takes not back, what a person only marked as unsure", async (t) => {
  const { store, target, deliver, server, shown } = await setUpHalf(t, "without its annotation");
  server.work(key(0), "ready_to_annotate");
  const api = apiOf(server);
  t.after(() => api.close());
  const row = (await api.findSequence(
    { source_api: sourceApi, alert_api_id: sequenceKey(sequenceId(0)) },
    signal,
  ))!;
  const { id } = (await api.findAnnotation(row.id, signal))!;
  const unsure = { processing_stage: "imported", has_missed_smoke: false, is_unsure: true } as const;
  await api.updateAnnotation(id, unsure, signal);
  assert.equal((await deliver(0)).result, "delivered");
  assert.deepEqual((shown(0)!.annotation as { tracks: [] }).tracks, []);
  const removal = { ...(await entryOf(store, target.name)), operation: "remove" } as const;
  const [back] = await target.deliver([removal], signal);
  assert.match(back!.result === "failed" ? back!.error.message : "", /a person has worked on it/);
});

test("deliver() leaves no sequence behind that has pictures, but none with what it is about", async (t) => {
  const { store, target, deliver, server } = await setUp(t);
  await keepSequence(store, { n: 0, frames: 4, target: target.name });
  // What led up to it has no box; the pictures that show it were erased.
  const led = store.seen.sequenceFrames.get([sequenceId(0), sequenceFrameId(0, 0)])!;
  await store.commit(() =>
    store.seen.sequenceFrames.put([led.sequence, led.imgId], { ...led, box: null, leadUp: true }),
  );
  await loseFrames(
    store,
    [1, 2, 3].map((at) => sequenceFrameId(0, at)),
    "erased",
  );
  const outcome = await deliver(0);
  assert.ok(outcome.result === "failed" && outcome.error.kind === "permanent");
  assert.match(outcome.error.message, /none of its 4 pictures .* shows what it is about/);
  assert.deepEqual(server.state(), []);
});

test("deliver() goes on without pictures that are gone or damaged, and says so", async (t) => {
  const { store, target, deliver, shown } = await setUp(t);
  await keepSequence(store, { n: 0, frames: 5, target: target.name });
  await loseFrames(store, [sequenceFrameId(0, 0), sequenceFrameId(0, 3)], "dropped");
  await loseFrames(store, [sequenceFrameId(0, 1)], "erased");
  assert.equal((await deliver(0)).result, "delivered");
  assert.equal(shown(0)!.detections.length, 2);
  const [said] = store.journal.newest(1);
  assert.deepEqual(
    [said!.act, said!.details.sequence, said!.details.pictures],
    ["annotation.left_out", sequenceId(0), 3],
  );
});

test("deliver() leaves out a picture that is none, and the rest goes", async (t) => {
  const { store, target, deliver, shown } = await setUp(t);
  await keepSequence(store, { n: 0, frames: 3, target: target.name });
  const imgId = sequenceFrameId(0, 1);
  const frame = store.frames.get(imgId)!;
  await store.commit(() => {
    store.frames.remove(imgId);
    store.frames.add(frame, new TextEncoder().encode("no picture at all"));
  });
  assert.equal((await deliver(0)).result, "delivered");
  assert.equal(shown(0)!.detections.length, 2);
  assert.match(JSON.stringify(store.journal.newest(1)[0]!.details), /JPEG/);
});

test("deliver() parks a sequence without any picture, and leaves nothing empty behind", async (t) => {
  const { store, target, deliver, server } = await setUp(t);
  await keepSequence(store, { n: 0, target: target.name });
  await keepSequence(store, { n: 1, frames: 2, target: target.name });
  await loseFrames(
    store,
    [0, 1, 2].map((at) => sequenceFrameId(0, at)),
    "dropped",
  );
  await store.commit(() => {
    for (const at of [0, 1]) {
      const frame = store.frames.get(sequenceFrameId(1, at))!;
      store.frames.remove(frame.imgId);
      store.frames.add(frame, Uint8Array.of(1, 2, 3));
    }
  });
  for (const n of [0, 1]) {
    const outcome = await deliver(n);
    assert.ok(outcome.result === "failed" && outcome.error.kind === "permanent");
    assert.match(outcome.error.message, /none of its [23] pictures can be shown/);
  }
  assert.deepEqual(server.state(), []);
});

test("deliver() begins anew when somebody deletes the sequence meanwhile", async (t) => {
  const { store, target, deliver, server, shown } = await setUp(t, { picturesAtOnce: 1 });
  await keepSequence(store, { n: 0, target: target.name });
  const api = apiOf(server);
  t.after(() => api.close());
  let deletes = 0;
  const meddled = openTarget(t, store, {
    server,
    picturesAtOnce: 1,
    api: {
      ...api,
      createDetection: async (draft, picture, each) => {
        if (deletes === 0) {
          deletes += 1;
          await api.deleteSequence(draft.sequence_id, each);
        }
        return api.createDetection(draft, picture, each);
      },
    },
  });
  const [outcome] = await meddled.deliver([await entryOf(store, target.name)], signal);
  assert.equal(outcome!.result, "delivered");
  assert.equal(shown(0)!.detections.length, 3);
  assert.equal((await deliver(0)).result, "delivered");
});

test("deliver() parks a sequence of a camera whose place nobody said, and sends it when somebody does", async (t) => {
  const { store, target, server } = await setUp(t, { placeOf: () => null });
  await keepSequence(store, { n: 0, target: target.name });
  const [outcome] = await target.deliver([await entryOf(store, target.name)], signal);
  assert.match(
    outcome!.result === "failed" ? outcome!.error.message : "",
    /no place is configured for camera front .*sync retry/,
  );
  const placed = openTarget(t, store, { server });
  const [then] = await placed.deliver([await entryOf(store, target.name)], signal);
  assert.equal(then!.result, "delivered");
});

test("deliver() holds no more pictures at once than it may, however long the sequence is", async (t) => {
  const store = openTestStore(t);
  const server = await startAnnotationApi(t);
  const api = createAnnotationApi({
    url: server.url,
    login: async () => ({ username: server.username, password: server.password }),
  });
  t.after(() => api.close());
  let underWay = 0;
  let most = 0;
  const target = openTarget(t, store, {
    server,
    maxPictures: 60,
    picturesAtOnce: 3,
    api: {
      ...api,
      createDetection: async (draft, picture, each) => {
        underWay += 1;
        most = Math.max(most, underWay);
        return api.createDetection(draft, picture, each).finally(() => {
          underWay -= 1;
        });
      },
    },
  });
  await keepSequence(store, { n: 0, frames: 500, target: target.name });
  const [outcome] = await target.deliver([await entryOf(store, target.name)], signal);
  assert.equal(outcome!.result, "delivered");
  assert.deepEqual([most, server.state()[0]!.detections.length], [3, 60]);
});

test("deliver() parks nothing while the account is refused", async (t) => {
  const store = openTestStore(t);
  const server = await startAnnotationApi(t);
  const target = openTarget(t, store, { server: { ...server, password: "wrong" } });
  await keepSequence(store, { n: 0, target: target.name });
  await assert.rejects(
    target.deliver([await entryOf(store, target.name)], signal),
    (cause: unknown) =>
      cause instanceof SyncError && cause.kind === "permanent" && !cause.message.includes("wrong"),
  );
});

test("a sequence that the server answers with 500 again and again is parked, and holds up no other", async (t) => {
  const { store, server } = await setUp(t);
  const clock = createManualClock();
  // A number the server cannot keep: it answers 500.
  const target = openTarget(t, store, {
    server,
    api: failingFor(sequenceKey(sequenceId(1)), server, t),
  });
  for (const n of [0, 1, 2]) await keepSequence(store, { n, target: target.name });
  const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: () => 0.5 });
  const stop = new AbortController();
  const running = drain.run({ follow: true, signal: stop.signal });
  for (let n = 0; n < 2000 && store.outbox.parked().length === 0; n += 1) {
    await clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stop.abort();
  await running;
  assert.deepEqual(
    server
      .state()
      .map((each) => each.key)
      .sort(),
    [key(0), key(2)].sort(),
  );
  const [parked] = store.outbox.parked();
  assert.deepEqual([parked!.entry.id], [sequenceId(1)]);
  assert.match(parked!.reason, /HTTP 500/);
});

test("pictures that the server answers with 500 again and again are left out, and the rest of the sequence goes", async (t) => {
  const store = openTestStore(t);
  const server = await startAnnotationApi(t);
  const api = createAnnotationApi({
    url: server.url,
    login: async () => ({ username: server.username, password: server.password }),
  });
  t.after(() => api.close());
  const bad = [1, 3].map((at) => detectionKey(sequenceFrameId(0, at)));
  const target = openTarget(t, store, {
    server,
    picturesAtOnce: 1,
    api: {
      ...api,
      createDetection: async (draft, picture, each) => {
        if (!bad.includes(draft.alert_api_id)) return api.createDetection(draft, picture, each);
        throw new SyncError("retryable", "POST /detections/: HTTP 500 internal", { status: 500 });
      },
    },
  });
  await keepSequence(store, { n: 0, frames: 5, target: target.name });
  const entry = await entryOf(store, target.name);
  const results: string[] = [];
  while (results.at(-1) !== "delivered" && results.length < 20) {
    const [outcome] = await target.deliver([entry], signal);
    assert.ok(outcome!.result !== "failed" || outcome!.error.kind !== "permanent", "never parked");
    results.push(outcome!.result);
  }
  assert.equal(results.at(-1), "delivered");
  assert.equal(server.state()[0]!.detections.length, 3);
  assert.equal(store.journal.newest(1)[0]!.details.pictures, 2);
});

/** A client whose server fails on one sequence. */
function failingFor(alertApiId: number, server: Server, t: TestContext) {
  const api = createAnnotationApi({
    url: server.url,
    login: async () => ({ username: server.username, password: server.password }),
  });
  t.after(() => api.close());
  return {
    ...api,
    createSequence: (async (draft, each) => {
      if (draft.alert_api_id !== alertApiId) return api.createSequence(draft, each);
      throw new SyncError("retryable", "POST /sequences/: HTTP 500 internal", { status: 500 });
    }) satisfies typeof api.createSequence,
  };
}
