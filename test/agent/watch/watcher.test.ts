// The watcher at work on drawn pictures, with a detector that finds bright rectangles.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createCameraHub } from "../../../agent/camera-hub.ts";
import { parseConfig } from "../../../agent/config.ts";
import { createDeliveryPlan } from "../../../agent/deliveries.ts";
import { createEmit } from "../../../agent/events.ts";
import { addFrame, createFrameIds, recordOfFrame } from "../../../agent/frame-ids.ts";
import { createWatcher, type Unreadable, type WatcherOptions } from "../../../agent/watch/watcher.ts";
import type { Camera } from "../../../device/camera/camera.ts";
import type { CapturedFrame } from "../../../device/frame.ts";
import { silentLog } from "../../../device/log.ts";
import { ModelError } from "../../../models/vision.ts";
import {
  type BrightVision,
  brightSize,
  createBrightVision,
  drawBright,
  type Rectangle,
} from "../../fakes/bright-vision.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createManualClock, type ManualClock } from "../../fakes/manual-clock.ts";
import { createPushed } from "../../fakes/pushed-devices.ts";
import { openTestStore } from "../../fakes/store.ts";

type Values = Readonly<Record<string, unknown>>;
type Setup = {
  readonly watch?: Values;
  readonly settings?: Values;
  readonly pace?: "newest" | "every";
  readonly vision?: BrightVision;
  readonly cameras?: readonly string[];
  readonly open?: WatcherOptions["openModels"];
  readonly mustOpen?: boolean;
  readonly mayCapture?: () => boolean;
};

const red: Rectangle["colour"] = [220, 60, 50];
const green: Rectangle["colour"] = [60, 200, 60];

function setUp(t: TestContext, setup: Setup = {}) {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  const vision = setup.vision ?? createBrightVision();
  const config = parseConfig(
    {
      cameras: (setup.cameras ?? ["post"]).map((id) => ({
        id,
        watch: { everyMs: 200, ...setup.settings },
      })),
      watch: { enabled: true, ...setup.watch },
    },
    "test",
  );
  const plan = createDeliveryPlan({
    pictureTargets: ["bucket"],
    labelTargets: [],
    eventTargets: ["mqtt"],
    holdBackMs: 5_000,
  });
  const ids = createFrameIds(store);
  const events: string[] = [];
  const unreadable: Unreadable[] = [];
  const cameras = config.cameras.map(({ id, watch }) => {
    const camera = createDrawnCamera(clock, id);
    const pace = setup.pace ?? ("every" as const);
    return { camera, hub: createCameraHub(camera), settings: watch, pace, looksAtAll: pace === "every" };
  });
  const watcher = createWatcher({
    cameras,
    watch: config.watch,
    event: "reserve",
    store,
    clock,
    log: silentLog,
    plan,
    emit: createEmit({ store, plan, clock, onEvent: (type) => events.push(type) }),
    ids,
    openModels: setup.open ?? (async () => vision),
    mustOpen: setup.mustOpen ?? false,
    mayCapture: setup.mayCapture ?? (() => true),
    putHashes: null,
    onKept: () => undefined,
    onUnreadable: (each) => unreadable.push(each),
    onEvent: (type) => events.push(type),
  });
  const stop = new AbortController();
  const follow = (): Promise<void> => watcher.follow(stop.signal);
  t.after(() => stop.abort());
  const [{ camera }] = cameras as [(typeof cameras)[number]];
  return { clock, store, vision, watcher, follow, stop, camera, cameras, events, unreadable, ids };
}

type DrawnCamera = Camera & {
  readonly show: (rectangles: readonly Rectangle[], ms?: number) => Promise<CapturedFrame>;
  readonly push: (bytes: Uint8Array, ms?: number) => CapturedFrame;
  readonly end: () => void;
};

/** Each picture moves the clock of its frames on; the clock of the test stands still. */
function createDrawnCamera(clock: ManualClock, id: string): DrawnCamera {
  const frames = createPushed<CapturedFrame>();
  let sequence = 0;
  let passedMs = 0;
  const push: DrawnCamera["push"] = (bytes, ms = 200) => {
    passedMs += ms;
    const now = clock.now();
    const moment = {
      ...now,
      monotonicNs: now.monotonicNs + passedMs * 1e6,
      wallUs: now.wallUs + passedMs * 1000,
    };
    const frame: CapturedFrame = {
      camera: id,
      sequence: sequence++,
      moment,
      bytes,
      mediaType: "image/jpeg",
      ...brightSize,
    };
    frames.push(frame);
    return frame;
  };
  return {
    id,
    frames: frames.values,
    status: () => ({
      state: "online",
      frames: sequence,
      dropped: {},
      restarts: 0,
      newestFrameNs: null,
      fps: 5,
      problem: null,
    }),
    close: async () => frames.end(),
    end: frames.end,
    push,
    show: async (rectangles, ms) => push(await drawBright(sequence, rectangles), ms),
  };
}

/** An animal that walks through in `steps` pictures. */
async function walk(camera: DrawnCamera, colour: Rectangle["colour"], steps = 10): Promise<void> {
  for (let n = 0; n < steps; n += 1) await camera.show([{ x: 10 + n * 8, y: 50, colour }]);
}
const empty = async (camera: DrawnCamera, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await camera.show([]);
};

test("follow() makes one sequence of an animal that walks through, with what led up to it, in the store and in events", async (t) => {
  const { store, watcher, follow, camera, events } = setUp(t);
  await empty(camera, 6);
  await walk(camera, red);
  await empty(camera, 30);
  camera.end();
  await follow();
  const [sequence, ...others] = [...store.seen.sequences.range()].map(({ value }) => value);
  assert.equal(others.length, 0);
  assert.equal(sequence!.className, "animal");
  assert.equal(sequence!.model, "bright");
  const frames = [...store.seen.sequenceFrames.range()].map(({ value }) => value);
  assert.equal(frames.length, sequence!.frames);
  assert.equal(frames.length, 12, "ten with the animal, two before it in the window of five");
  assert.deepEqual(
    frames.map(({ leadUp }) => leadUp),
    frames.map((_, index) => index < 4),
  );
  assert.deepEqual(
    frames.slice(0, 3).map(({ confidence }) => confidence),
    [0, 0, 0.9],
  );
  assert.ok(frames.every(({ box }) => box !== null));
  assert.equal(frames[0]!.imgId, sequence!.firstImgId);
  assert.equal(frames.at(-1)!.imgId, sequence!.lastImgId);
  assert.deepEqual(sequence!.closedAt, store.frames.get(sequence!.lastImgId)!.moment);
  assert.equal(store.frames.count(), 12, "only what belongs to the sequence is kept");
  assert.equal([...store.detections.range()].length, 10);
  for (const { imgId } of frames) {
    const frame = store.frames.get(imgId)!;
    assert.deepEqual([frame.run, frame.prefix], [null, "reserve/20240501"]);
    assert.ok(store.frames.picture(imgId) !== null);
    assert.ok(store.outbox.isWaiting("picture", imgId, "bucket"));
  }
  assert.deepEqual(
    events.filter((type) => type !== "sequence.updated"),
    ["sequence.opened", "sequence.closed"],
  );
  assert.equal(store.outbox.waiting().mqtt!.alert.entries, 1);
  const [figures] = watcher.state().cameras;
  assert.deepEqual([figures!.frames, figures!.looked, figures!.sequences, figures!.kept], [46, 46, 1, 12]);
  assert.deepEqual(figures!.detections, { animal: 10 });
  assert.deepEqual(store.counters.list("seen/"), {
    "detections/post/animal": 10,
    "sequences/post/animal": 1,
    "sightings/post/animal": figures!.sightings,
  });
});

test("follow() keeps every picture when told so, and those without anything, too", async (t) => {
  const { store, follow, camera } = setUp(t, { watch: { keep: "all" } });
  await empty(camera, 2);
  await camera.show([{ x: 40, y: 40, colour: red }]);
  camera.end();
  await follow();
  assert.equal(store.frames.count(), 3);
  assert.equal([...store.detections.range()].length, 1);
  assert.equal([...store.seen.sequences.range()].length, 0, "one picture lasts for nothing");
});

test("follow() counts each picture that there was no room for, once, and none that found room in time", async (t) => {
  let looks = 0;
  // Full for the first two looks: those pictures are still at hand when there is room again.
  const early = setUp(t, { watch: { keep: "all" }, mayCapture: () => ++looks > 2 });
  await empty(early.camera, 8);
  early.camera.end();
  await early.follow();
  assert.deepEqual(
    [
      early.watcher.state().cameras[0]!.kept,
      early.watcher.state().cameras[0]!.lost,
      early.store.frames.count(),
    ],
    [8, 0, 8],
  );
  const full = setUp(t, { watch: { keep: "all" }, mayCapture: () => false });
  await empty(full.camera, 8);
  full.camera.end();
  await full.follow();
  assert.deepEqual([full.watcher.state().cameras[0]!.kept, full.watcher.state().cameras[0]!.lost], [0, 8]);
});

test("follow() makes two sequences of two that cross", async (t) => {
  const { store, follow, camera } = setUp(t);
  for (let n = 0; n < 18; n += 1)
    await camera.show([
      { x: 4 + n * 7, y: 45, colour: red },
      { x: 126 - n * 7, y: 55, colour: green },
    ]);
  camera.end();
  await follow();
  const sequences = [...store.seen.sequences.range()].map(({ value }) => value);
  assert.equal(sequences.length, 2);
});

test("follow() suggests who it is by a few crops of a sequence, never more than suggests, and keeps their vectors", async (t) => {
  const setup = setUp(t, { vision: createBrightVision({ red: "01TIGER" }) });
  const { store, follow, camera } = setup;
  await walk(camera, red, 14);
  await empty(camera, 30);
  await walk(camera, green, 14);
  camera.end();
  await follow();
  const [known, unknown] = [...store.seen.sequences.range()].map(({ value }) => value);
  assert.equal(known!.individual, "01TIGER");
  assert.equal(unknown!.individual, null);
  const sightings = [...store.sightings.of("sequence", known!.id)];
  assert.ok(sightings.length >= 2 && sightings.length <= 6, `${sightings.length}`);
  for (const sighting of sightings) {
    assert.deepEqual([sighting.state, sighting.individual, sighting.score], ["suggested", "01TIGER", 0.95]);
    assert.ok(store.frames.has(sighting.imgId));
    assert.equal(store.sightings.vector(sighting.id, "colour/3")!.length, 3);
  }
  assert.ok([...store.sightings.of("sequence", unknown!.id)].every(({ individual }) => individual === null));
});

test("follow() leaves out masks, and what is on another part of the picture stays", async (t) => {
  const masks = [{ left: 0, top: 0, right: 0.5, bottom: 1 }];
  const { store, follow, camera } = setUp(t, { settings: { masks } });
  for (let n = 0; n < 8; n += 1) await camera.show([{ x: 20, y: 40, colour: red }]);
  for (let n = 0; n < 8; n += 1) await camera.show([{ x: 110, y: 40, colour: red }]);
  camera.end();
  await follow();
  const [sequence, ...others] = [...store.seen.sequenceFrames.range()].map(({ value }) => value.box!.left);
  assert.ok([sequence!, ...others].every((left) => left > 0.5));
});

test("follow() names pictures that cannot be decoded, counts them, and goes on", async (t) => {
  const { follow, camera, unreadable, watcher } = setUp(t);
  await camera.show([]);
  camera.push(new Uint8Array(0));
  camera.push(new TextEncoder().encode("no picture at all"));
  const whole = await drawBright(9, []);
  camera.push(whole.subarray(0, whole.byteLength / 2));
  await camera.show([]);
  camera.end();
  await follow();
  assert.deepEqual(
    unreadable.map(({ reason }) => reason),
    ["empty", "not-a-picture", "truncated"],
  );
  assert.equal(watcher.state().cameras[0]!.skipped.undecodable, 3);
  assert.equal(watcher.state().cameras[0]!.looked, 2);
});

test("follow() skips frames while the detector is busy, counts them, and gives each camera its turn", async (t) => {
  const vision = createBrightVision();
  const release: (() => void)[] = [];
  vision.gate = () => new Promise((resolve) => release.push(resolve));
  const setup = setUp(t, {
    vision,
    pace: "newest",
    cameras: ["left", "right"],
    watch: { motion: { enabled: false } },
  });
  const { watcher, cameras } = setup;
  const following = setup.follow();
  await eventually("models are open", () => watcher.state().state === "watching");
  for (let n = 0; n < 12; n += 1) {
    for (const { camera } of cameras) await camera.show([]);
    await new Promise((resolve) => setTimeout(resolve, 3));
    if (n % 4 === 3) release.shift()?.();
  }
  for (const { camera } of cameras) camera.end();
  const letting = setInterval(() => release.shift()?.(), 1);
  await following;
  clearInterval(letting);
  const [left, right] = watcher.state().cameras;
  for (const figures of [left!, right!]) {
    assert.equal(figures.frames, 12);
    assert.equal(figures.looked + (figures.skipped.busy ?? 0), 12);
    assert.ok(figures.skipped.busy! > 0);
  }
  assert.ok(Math.abs(left!.looked - right!.looked) <= 1, `${left!.looked} ${right!.looked}`);
});

test("follow() waits for motion, looks now and then all the same, and goes on looking at what it found", async (t) => {
  const { watcher, follow, camera, store } = setUp(t, { pace: "newest" });
  const following = follow();
  await eventually("models are open", () => watcher.state().state === "watching");
  /** Frames one by one, each dealt with before the next comes. */
  const calm = async (rectangles: readonly Rectangle[]): Promise<void> => {
    await camera.show(rectangles);
    const before = watcher.state().cameras[0]!;
    await eventually("the frame is dealt with", () => {
      const { looked, skipped } = watcher.state().cameras[0]!;
      const done = looked + (skipped["no motion"] ?? 0) + (skipped.busy ?? 0);
      return done > before.looked + (before.skipped["no motion"] ?? 0) || done >= camera.status().frames;
    });
  };
  for (let n = 0; n < 20; n += 1) await calm([]);
  const resting = watcher.state().cameras[0]!;
  assert.equal(resting.looked, 1, "the first look of all");
  assert.equal(resting.skipped["no motion"], 19);
  for (let n = 0; n < 10; n += 1) await calm([{ x: 20 + n * 8, y: 40, colour: red }]);
  assert.equal(watcher.state().cameras[0]!.looked, 11);
  camera.end();
  await following;
  assert.equal([...store.seen.sequences.range()].length, 1);
});

test("follow() rests at night, finds day again by fresh pictures, and says so", async (t) => {
  const { watcher, follow, camera } = setUp(t, {
    pace: "newest",
    settings: { night: "rest", everyMs: 0 },
    watch: { motion: { enabled: false } },
  });
  const following = follow();
  await eventually("models are open", () => watcher.state().state === "watching");
  const grey = await grid((at) => [60 + (at % 90), 60 + (at % 90), 60 + (at % 90)]);
  const day = await grid((at) => [120 + (at % 40), 110, 60]);
  const push = async (bytes: Uint8Array, ms: number): Promise<void> => {
    camera.push(bytes, ms);
    await eventually("it is dealt with", () => {
      const { looked, skipped } = watcher.state().cameras[0]!;
      return (
        looked + Object.values(skipped).reduce((sum, count) => sum + count, 0) === camera.status().frames
      );
    });
  };
  for (let n = 0; n < 4; n += 1) await push(grey, 200);
  for (let n = 0; n < 10; n += 1) await push(grey, 500);
  const night = watcher.state().cameras[0]!;
  assert.equal(night.looked, 2, "the third agreeing picture makes it night");
  assert.equal(night.skipped.night, 12);
  for (let n = 0; n < 4; n += 1) await push(day, 11_000);
  assert.ok(watcher.state().cameras[0]!.looked > 2);
  camera.end();
  await following;
});

test("follow() goes on without models, says why, tries again, and says when it is over", async (t) => {
  const vision = createBrightVision();
  let broken = 2;
  const { clock, watcher, follow, camera, events } = setUp(t, {
    pace: "newest",
    vision,
    watch: { motion: { enabled: false } },
    open: async () => {
      if (broken-- > 0) throw new ModelError("animal-v1.onnx: Expected 3 outputs, got 1");
      return vision;
    },
  });
  const following = follow();
  await eventually("it failed", () => watcher.state().state === "failed");
  assert.match(watcher.state().problem!, /Expected 3 outputs/);
  await camera.show([]);
  await eventually("the frame is skipped", () => watcher.state().cameras[0]!.skipped["no model"] === 1);
  await clock.advance(2_100);
  await clock.advance(4_100);
  await eventually("it watches", () => watcher.state().state === "watching");
  vision.failure = new ModelError("the worker is gone");
  for (let n = 0; n < 3; n += 1) {
    const before = watcher.state().cameras[0]!.skipped["no model"] ?? 0;
    await camera.show([]);
    await eventually("it fails", () => (watcher.state().cameras[0]!.skipped["no model"] ?? 0) > before);
  }
  await eventually("the models are closed", () => vision.closed === 1);
  assert.equal(watcher.state().problem, "the worker is gone");
  vision.failure = null;
  await clock.advance(130_000);
  await eventually("it watches again", () => watcher.state().state === "watching");
  camera.end();
  await following;
  assert.deepEqual(
    events.filter((type) => type.startsWith("watch.")),
    ["watch.problem", "watch.recovered", "watch.problem", "watch.recovered"],
  );
});

test("follow() ends with the reason when its models must open and do not", async (t) => {
  const { follow } = setUp(t, {
    mustOpen: true,
    open: async () => {
      throw new ModelError('Expected the id of a model (animal-v1), got "lion"');
    },
  });
  await assert.rejects(follow(), /got "lion"/);
});

test("follow() closes the sequences that a power cut left open", async (t) => {
  const { store, follow, camera, events } = setUp(t);
  await walk(camera, red);
  camera.end();
  await follow();
  const [sequence] = [...store.seen.sequences.range()].map(({ value }) => value);
  await store.commit(() => store.seen.sequences.put(sequence!.id, { ...sequence!, closedAt: null }));
  const before = store.outbox.waiting().mqtt!.telemetry.entries;
  const again = createWatcherOn(store);
  await again.follow(new AbortController().signal);
  assert.deepEqual(
    store.seen.sequences.get(sequence!.id)!.closedAt,
    store.frames.get(sequence!.lastImgId)!.moment,
  );
  assert.equal(store.outbox.waiting().mqtt!.telemetry.entries, before + 1);
  assert.ok(events.includes("sequence.closed"));
});

test("addFrame() keeps a frame of recorder and watcher once, under one name", async (t) => {
  const { store, follow, camera, ids } = setUp(t, { watch: { keep: "all" } });
  const frame = await camera.show([{ x: 10, y: 10, colour: red }]);
  const imgId = ids.of(frame);
  await store.commit(() => {
    addFrame(store, recordOfFrame(frame, { imgId, run: "01RUN", prefix: "race/20240501" }), frame.bytes);
  });
  camera.end();
  await follow();
  assert.equal(store.frames.count(), 1);
  assert.deepEqual(
    [store.frames.get(imgId)!.run, store.frames.get(imgId)!.prefix],
    ["01RUN", "race/20240501"],
  );
  assert.equal([...store.detections.range()].length, 1);
});

function createWatcherOn(store: WatcherOptions["store"]) {
  const clock = createManualClock();
  const plan = createDeliveryPlan({
    pictureTargets: [],
    labelTargets: [],
    eventTargets: ["mqtt"],
    holdBackMs: 0,
  });
  const config = parseConfig({ watch: { enabled: true } }, "test");
  return createWatcher({
    cameras: [],
    watch: config.watch,
    event: "reserve",
    store,
    clock,
    log: silentLog,
    plan,
    emit: createEmit({ store, plan, clock }),
    ids: createFrameIds(store),
    openModels: async () => createBrightVision(),
    mustOpen: false,
    mayCapture: () => true,
    putHashes: null,
    onKept: () => undefined,
    onUnreadable: () => undefined,
    onEvent: () => undefined,
  });
}

async function grid(pixel: (at: number) => readonly [number, number, number]): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const { width, height } = brightSize;
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) pixels.set(pixel(at), at * 3);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90, chromaSubsampling: "4:4:4" })
    .toBuffer();
}
