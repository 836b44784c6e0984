// The recorder at work with a camera, a gamepad and a drive in the hands of the test.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createDeliveryPlan } from "../../../agent/deliveries.ts";
import { createStick } from "../../../agent/drive/stick.ts";
import { createWheel } from "../../../agent/drive/wheel.ts";
import { createEmit } from "../../../agent/events.ts";
import { createFrameIds } from "../../../agent/frame-ids.ts";
import { createRecorder, type RecorderSettings } from "../../../agent/record/recorder.ts";
import { defaultStickMapping } from "../../../agent/record/stick-label.ts";
import type { Camera } from "../../../device/camera/camera.ts";
import type { FrameRecord } from "../../../device/frame.ts";
import { defaultCarSetting } from "../../../device/label-document.ts";
import { silentLog } from "../../../device/log.ts";
import { emptySessionTemplate } from "../../../device/session-template.ts";
import type { Store } from "../../../device/store/store.ts";
import { eventually } from "../../fakes/eventually.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { createPushedCamera, createPushedGamepad, createWatchedDrive } from "../../fakes/pushed-devices.ts";
import { openTestStore } from "../../fakes/store.ts";

const session = { ...emptySessionTemplate, event: "race", track: "hall" };
const buttons = { stop: "a", erase: "x", undoErase: "y", mark: "b", pause: "start" } as const;

type Setup = {
  readonly settings?: Partial<RecorderSettings>;
  readonly store?: (store: Store) => Store;
  readonly mayCapture?: () => boolean;
  readonly pictureBytes?: number;
  readonly secondCamera?: boolean;
  /** The camera ends only then, as one does whose program does not heed its signal. */
  readonly cameraEnds?: Promise<void>;
};

function lingering(camera: Camera, ends: Promise<void> = Promise.resolve()): Camera {
  return {
    ...camera,
    async *frames(signal) {
      yield* camera.frames(signal);
      await ends;
    },
  };
}

function setUp(t: TestContext, setup: Setup = {}) {
  const clock = createManualClock();
  const real = openTestStore(t, { clock });
  const store = setup.store?.(real) ?? real;
  const camera = createPushedCamera(clock, "front", setup.pictureBytes);
  const second = createPushedCamera(clock, "back", setup.pictureBytes);
  const gamepad = createPushedGamepad(clock);
  const drive = createWatchedDrive();
  const plan = createDeliveryPlan({
    pictureTargets: ["bucket"],
    labelTargets: ["index"],
    eventTargets: [],
    holdBackMs: 10_000,
  });
  const events: string[] = [];
  const wheel = createWheel({ drive, clock, log: silentLog });
  const stick = createStick({ gamepad, wheel, clock, log: silentLog, throttleLimit: 1 });
  const recorder = createRecorder({
    store,
    ids: createFrameIds(store),
    clock,
    log: silentLog,
    plan,
    emit: createEmit({ store, plan, clock, onEvent: (type) => events.push(type) }),
    cameras: setup.secondCamera ? [camera, second] : [lingering(camera, setup.cameraEnds)],
    wheel,
    stick,
    surroundings: { hardware: {}, carSetting: defaultCarSetting },
    mapping: defaultStickMapping,
    createdBy: "tester",
    mayCapture: setup.mayCapture ?? (() => true),
    onKept: undefined,
    settings: { delayMs: 0, standingEveryMs: null, eraseSeconds: 3, buttons, ...setup.settings },
  });
  const controller = new AbortController();
  const followed = recorder.follow(controller.signal);
  followed.catch(() => undefined);
  const stop = async (): Promise<void> => {
    controller.abort();
    await followed;
  };
  t.after(() => stop().catch(() => undefined));
  /** Lets `ms` pass and everything pushed be dealt with. */
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** Pushes frames, one every `ms`, and waits until they are dealt with. */
  const expose = async (count: number, ms = 10): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      camera.expose();
      await pass(ms);
    }
    await store.settle();
  };
  /** A run that is on, with the car armed and moving at `throttle`. */
  const drivingAt = async (throttle: number): Promise<void> => {
    gamepad.hold({});
    await pass(1);
    await recorder.start(session);
    gamepad.hold({ righttrigger: throttle });
    await pass(1);
  };
  return {
    clock,
    store: real,
    camera,
    second,
    gamepad,
    drive,
    recorder,
    events,
    stop,
    pass,
    expose,
    drivingAt,
    followed,
  };
}

const frames = (store: Store): FrameRecord[] => [...store.frames.range()];
const labelled = (store: Store): number =>
  frames(store).filter(({ imgId }) => store.labels.ofFrame(imgId).length > 0).length;
const alive = (store: Store): FrameRecord[] => frames(store).filter(({ erasedAtUs }) => erasedAtUs === null);

test("follow() records frames with their labels while the car moves, and nothing while it stands or no run is on", async (t) => {
  const { store, gamepad, drive, recorder, pass, expose, drivingAt } = setUp(t);
  gamepad.hold({ righttrigger: 1 });
  await expose(3);
  assert.equal(store.frames.count(), 0, "no run is on");
  await drivingAt(0.8);
  await expose(5);
  assert.equal(store.frames.count(), 5);
  gamepad.hold({ righttrigger: 0.03 });
  await pass(1);
  await expose(4);
  assert.equal(store.frames.count(), 5, "the car stands");
  gamepad.hold({ righttrigger: 0.5, leftx: -1 });
  await pass(1);
  await expose(2);
  const [first] = frames(store);
  const label = store.labels.ofFrame(first!.imgId)[0]!;
  assert.deepEqual(
    [label.label.label_direction, label.label.label_speed, label.label.created_by, label.event],
    [2, 1, "tester", "race"],
  );
  assert.equal(store.labels.ofFrame(frames(store).at(-1)!.imgId)[0]?.label.label_direction, 0);
  assert.deepEqual(drive.told.slice(0, 2), ["arm", "0.00"]);
  const { run } = recorder.state();
  assert.deepEqual([run?.frames, run?.labels], [7, 7]);
  assert.equal(first?.run, run?.id);
  assert.equal(first?.prefix, "race/20240501");
  assert.deepEqual(store.outbox.waiting().bucket?.labelled, { entries: 7, bytes: 7000 });
  assert.equal(store.outbox.waiting().index?.labelled.entries, 7);
});

test("follow() joins a frame to the newest stick at or before its exposure, never to a later one", async (t) => {
  const { clock, store, camera, gamepad, recorder, pass, drivingAt } = setUp(t);
  await drivingAt(0.5);
  const exposures: number[] = [];
  for (const leftx of [-1, 0, 1]) {
    gamepad.hold({ righttrigger: 1, leftx });
    await pass(4);
    exposures.push(clock.monotonicNs());
    await pass(6);
  }
  gamepad.hold({ righttrigger: 1, leftx: 0.15 });
  await pass(1);
  // The pictures come late, all at once, after the stick has moved on.
  for (const atNs of exposures) camera.expose(atNs);
  await pass(1);
  await store.settle();
  const directions = frames(store).map(({ imgId }) => store.labels.ofFrame(imgId)[0]?.label.label_direction);
  assert.deepEqual(directions, [0, 2, 4]);
  const { p50 } = recorder.state().labelSkewMs;
  assert.ok(p50! > 3.8 && p50! < 4.2, `${p50} ms`);
});

test("follow() labels nothing after the gamepad is gone, stops the car at once, and moves again after rest and a button", async (t) => {
  const { store, gamepad, drive, recorder, events, pass, expose, drivingAt } = setUp(t);
  await drivingAt(0.8);
  await expose(3);
  gamepad.unplug();
  await pass(1);
  assert.equal(drive.told.at(-1), "neutral: the gamepad is gone");
  await expose(3);
  assert.equal(store.frames.count(), 3);
  assert.ok(events.includes("gamepad.lost"));
  gamepad.hold({ righttrigger: 0.8 });
  await expose(2);
  assert.deepEqual([recorder.state().needsConfirmation, drive.state().armed], [true, false]);
  gamepad.hold({ righttrigger: 0.8 }, ["start"]);
  await expose(2);
  assert.equal(drive.state().armed, false, "the trigger is not at rest");
  gamepad.hold({});
  await expose(1);
  assert.equal(drive.state().armed, false, "nobody confirmed at rest");
  gamepad.hold({}, ["start"]);
  await expose(1);
  assert.deepEqual(
    [recorder.state().needsConfirmation, drive.state().armed, recorder.state().paused],
    [false, true, false],
  );
  assert.equal(store.frames.count(), 3);
  gamepad.hold({ righttrigger: 0.8 });
  await pass(1);
  await expose(2);
  assert.equal(store.frames.count(), 5);
});

test("start() moves a car whose stick is at rest without another word of the pad, and no car whose trigger is held", async (t) => {
  const { gamepad, drive, recorder, pass } = setUp(t);
  gamepad.hold({});
  await pass(1);
  await recorder.start(session);
  assert.equal(drive.state().armed, true);
  await recorder.stop("test");
  gamepad.hold({ righttrigger: 1 });
  await pass(1);
  await recorder.start(session);
  await pass(1);
  assert.equal(drive.state().armed, false);
});

test("follow() keeps its delay between frames, and frames of a standing car without a label when asked", async (t) => {
  const { store, gamepad, pass, expose, drivingAt } = setUp(t, {
    settings: { delayMs: 50, standingEveryMs: 200 },
  });
  await drivingAt(1);
  await expose(20, 10);
  assert.equal(store.frames.count(), 4);
  gamepad.hold({});
  await pass(1000);
  await expose(60, 10);
  assert.equal(store.frames.count(), 4 + 3);
  assert.equal(labelled(store), 4);
  assert.equal(store.outbox.waiting().bucket?.unlabelled.entries, 3);
});

test("pause() stops car and recording until resume(), and the button does both", async (t) => {
  const { store, gamepad, drive, recorder, pass, expose, drivingAt } = setUp(t);
  await drivingAt(1);
  await expose(2);
  gamepad.hold({ righttrigger: 1 }, ["start"]);
  await pass(1);
  assert.deepEqual([recorder.state().paused, drive.state().armed], [true, false]);
  await expose(3);
  assert.equal(store.frames.count(), 2);
  gamepad.hold({}, ["start"]);
  await pass(1);
  assert.deepEqual([recorder.state().paused, drive.state().armed], [false, true]);
  gamepad.hold({ righttrigger: 1 });
  await pass(1);
  await expose(1);
  assert.equal(store.frames.count(), 3);
});

test("stop() by its button ends the run with the right figures; the pause button begins another like it", async (t) => {
  const { store, gamepad, drive, recorder, events, pass, expose, drivingAt } = setUp(t);
  await drivingAt(1);
  await expose(4);
  gamepad.hold({ righttrigger: 1 }, ["a"]);
  await eventually("the run ends", () => recorder.state().run === null);
  assert.equal(drive.state().armed, false);
  await expose(2);
  await eventually("its books are closed", () => [...store.runs.range()][0]?.value.endedAt !== null);
  const [first] = [...store.runs.range()].map(({ value }) => value);
  assert.deepEqual([first?.frames, first?.labels, first?.session.track], [4, 4, "hall"]);
  gamepad.hold({}, ["start"]);
  await pass(1);
  await eventually("another begins", () => recorder.state().run !== null);
  gamepad.hold({ righttrigger: 1 });
  await pass(1);
  await expose(2);
  const second = await recorder.stop("test");
  assert.deepEqual([second?.frames, second?.session.track], [2, "hall"]);
  assert.notEqual(second?.id, first?.id);
  assert.equal(await recorder.stop("again"), null);
  assert.deepEqual(
    events.filter((type) => type.startsWith("run.")),
    ["run.started", "run.stopped", "run.started", "run.stopped"],
  );
});

test("start() and stop() take turns: no run is left open, however they are called", async (t) => {
  const { store, recorder } = setUp(t);
  await Promise.all([
    recorder.start(session),
    recorder.start(session),
    recorder.stop("a"),
    recorder.start(session),
    recorder.start(session),
    recorder.stop("b"),
  ]);
  const runs = [...store.runs.range()].map(({ value }) => value);
  assert.equal(runs.length, 4);
  assert.ok(runs.every(({ endedAt }) => endedAt !== null));
  assert.equal(recorder.state().run, null);
});

test("mark() writes moments into the run", async (t) => {
  const { gamepad, recorder, pass, drivingAt } = setUp(t);
  assert.equal(await recorder.mark("too early"), false);
  await drivingAt(1);
  assert.equal(await recorder.mark("bend"), true);
  gamepad.hold({}, ["b"]);
  await pass(1);
  const run = await recorder.stop("test");
  assert.deepEqual(
    run?.marks.map(({ note }) => note),
    ["bend", "button"],
  );
});

test("erase() takes the last seconds out of run and outbox, undoErase() brings them back, step by step", async (t) => {
  const { store, recorder, expose, drivingAt } = setUp(t);
  await drivingAt(1);
  await expose(10, 100);
  assert.equal(await recorder.erase(0.35), 3);
  assert.equal(await recorder.erase(0.65), 3, "those that are erased do not count again");
  assert.equal(alive(store).length, 4);
  assert.deepEqual([recorder.state().run?.frames, recorder.state().erased], [4, 6]);
  assert.equal(store.outbox.waiting().bucket?.labelled.entries, 4);
  assert.equal(await recorder.undoErase(), 3);
  assert.deepEqual(
    alive(store).map(({ sequence }) => sequence),
    [0, 1, 2, 3, 4, 5, 6],
  );
  assert.equal(store.outbox.waiting().index?.labelled.entries, 7);
  assert.equal(await recorder.undoErase(), 3);
  assert.equal(await recorder.undoErase(), 0);
  const run = await recorder.stop("test");
  assert.deepEqual([run?.frames, run?.labels], [10, 10]);
});

test("erase() after the run corrects what its books say, and undoErase() too", async (t) => {
  const { store, recorder, expose, drivingAt } = setUp(t);
  await drivingAt(1);
  await expose(5, 100);
  const run = await recorder.stop("test");
  assert.equal(await recorder.erase(0.25), 2);
  assert.deepEqual([store.runs.get(run!.id)?.frames, store.runs.get(run!.id)?.labels], [3, 3]);
  await recorder.undoErase();
  assert.equal(store.runs.get(run!.id)?.frames, 5);
});

test("erase() takes back what targets have already, and undoErase() sends it again", async (t) => {
  const { store, recorder, expose, drivingAt } = setUp(t);
  await drivingAt(1);
  await expose(2, 100);
  const options = { limit: 9, skip: () => false, nowUs: Number.MAX_SAFE_INTEGER };
  await store.commit(() => {
    for (const target of ["bucket", "index"])
      for (const entry of store.outbox.take(target, "labelled", options))
        store.outbox.settle({ entry, result: "delivered", reference: null, already: false });
  });
  await recorder.erase(9);
  for (const target of ["bucket", "index"])
    assert.deepEqual(
      store.outbox.take(target, "labelled", options).map(({ operation }) => operation),
      ["remove", "remove"],
    );
  await recorder.undoErase();
  for (const target of ["bucket", "index"])
    assert.deepEqual(
      store.outbox.take(target, "labelled", options).map(({ operation }) => operation),
      ["put", "put"],
    );
});

test("erase() goes by the monotonic clock: a wall clock that was set back hides nothing from it", async (t) => {
  const { clock, store, camera, recorder, pass, drivingAt } = setUp(t);
  await drivingAt(1);
  const startNs = clock.monotonicNs();
  for (let n = 0; n < 4; n += 1) {
    camera.expose();
    await pass(100);
  }
  // Frames of an hour "before" are the newest by exposure.
  const now = clock.now;
  Object.assign(clock, { now: () => ({ ...now(), wallUs: now().wallUs - 3600e6 }) });
  for (let n = 0; n < 4; n += 1) {
    camera.expose();
    await pass(100);
  }
  await store.settle();
  assert.equal(store.frames.count(), 8);
  assert.equal(await recorder.erase(0.45), 4);
  assert.ok(alive(store).every(({ moment }) => moment.monotonicNs < startNs + 400e6));
});

test("follow() counts what the store does not take, goes on when there is room, and books the drops then", async (t) => {
  let full = false;
  const { store, gamepad, drive, recorder, expose, pass, drivingAt } = setUp(t, {
    store: (real) => ({
      ...real,
      commit: (write, bytes) =>
        full && bytes !== undefined
          ? Promise.reject(new Error("the disk is full"))
          : real.commit(write, bytes),
    }),
  });
  await drivingAt(1);
  await expose(2);
  full = true;
  await expose(3);
  assert.deepEqual(recorder.state().dropped, { "store failed": 3 });
  assert.equal(recorder.state().problem, "the disk is full");
  gamepad.hold({ righttrigger: 0.5 });
  await pass(1);
  assert.equal(drive.told.at(-1), "0.50", "the stick does not wait for the disk");
  full = false;
  await expose(2);
  await store.settle();
  assert.equal(recorder.state().problem, null);
  assert.equal(store.counters.get("dropped/store failed"), 3);
  assert.deepEqual(store.journal.newest(1)[0]?.details, { reason: "store failed", frames: 3 });
  const run = await recorder.stop("test");
  assert.deepEqual([run?.frames, run?.labels], [4, 4]);
});

test("follow() drops frames, counted, while there is no room, and drives on", async (t) => {
  let room = true;
  const { store, recorder, expose, drivingAt } = setUp(t, { mayCapture: () => room });
  await drivingAt(1);
  await expose(2);
  room = false;
  await expose(5);
  assert.deepEqual([store.frames.count(), recorder.state().dropped], [2, { "disk full": 5 }]);
  await recorder.stop("test");
  assert.equal(store.counters.get("dropped/disk full"), 5);
});

test("follow() drops frames rather than fill the memory when the disk hangs, and the stick does not wait for it", async (t) => {
  let release = (): void => undefined;
  const hang = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { camera, gamepad, drive, recorder, pass, drivingAt } = setUp(t, {
    pictureBytes: 1024 * 1024,
    store: (real) => ({
      ...real,
      commit: (write, bytes) =>
        bytes === undefined ? real.commit(write) : hang.then(() => real.commit(write, bytes)),
    }),
  });
  await drivingAt(1);
  for (let n = 0; n < 70; n += 1) camera.expose();
  await pass(1);
  gamepad.hold({ righttrigger: 0.25 });
  await pass(1);
  assert.equal(drive.told.at(-1), "0.25");
  assert.deepEqual(recorder.state().dropped, { "disk too slow": 6 });
  release();
  await eventually("the disk catches up", () => recorder.state().frames === 64);
});

test("follow() stops the car when the drive fails once, and obeys the next state", async (t) => {
  const { gamepad, drive, pass, drivingAt } = setUp(t);
  await drivingAt(1);
  drive.failure = new Error("i2c: remote I/O error");
  gamepad.hold({ righttrigger: 0.9 });
  await pass(1);
  assert.equal(drive.told.at(-1), "neutral: the drive failed");
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.4 });
  await pass(1);
  assert.equal(drive.told.at(-1), "0.40");
});

test("follow() ends with the cameras: car neutral, run closed, everything on disk", async (t) => {
  const { store, camera, drive, expose, drivingAt, followed } = setUp(t);
  await drivingAt(1);
  await expose(3);
  camera.end();
  await followed;
  assert.equal(drive.state().armed, false);
  const [run] = [...store.runs.range()].map(({ value }) => value);
  assert.deepEqual([run?.frames, run?.endedAt !== null], [3, true]);
});

test("follow() goes on with the other cameras when one fails, and says so in the end", async (t) => {
  const { store, camera, second, expose, drivingAt, pass, followed } = setUp(t, { secondCamera: true });
  await drivingAt(1);
  second.expose();
  await expose(2);
  second.fail(new Error("the back camera broke"));
  await pass(1);
  await expose(3);
  assert.equal(store.frames.count(), 6);
  camera.end();
  await assert.rejects(followed, /the back camera broke/);
  assert.notEqual([...store.runs.range()][0]?.value.endedAt, null);
});

test("start() and resume() move no car any more when the run ends or the recorder has stopped", async (t) => {
  const { recorder, stop, pass, drivingAt, gamepad, drive } = setUp(t);
  await drivingAt(0.5);
  await recorder.pause();
  gamepad.hold({});
  await pass(1);
  const stopping = recorder.stop("test");
  await recorder.resume();
  assert.equal(drive.state().armed, false, "the run is about to end");
  await stopping;
  await stop();
  await assert.rejects(recorder.start(session), /Expected a recorder that runs, got one that has stopped/);
  assert.deepEqual([drive.state().armed, recorder.state().run], [false, null]);
});

test("follow() stops the car the moment it is told to stop, however long a camera takes to end", async (t) => {
  let end = (): void => undefined;
  const cameraEnds = new Promise<void>((resolve) => {
    end = resolve;
  });
  const { stop, pass, drivingAt, drive } = setUp(t, { cameraEnds });
  await drivingAt(0.5);
  const stopping = stop();
  await pass(1);
  assert.deepEqual([drive.state().armed, drive.told.at(-1)], [false, "neutral: the recorder stops"]);
  end();
  await stopping;
});

test("stop() and start() end and begin runs also when the board does not take neutral", async (t) => {
  const { drivingAt, drive, recorder, store } = setUp(t);
  await drivingAt(0.5);
  const { neutral } = drive;
  Object.assign(drive, {
    neutral: async (reason: string) => {
      await neutral(reason);
      throw new Error("the board does not answer");
    },
  });
  await recorder.pause();
  assert.notEqual((await recorder.stop("test"))?.endedAt, null);
  const { id } = await recorder.start(session);
  assert.notEqual((await recorder.stop("test"))?.endedAt, null);
  assert.notEqual(store.runs.get(id)?.endedAt ?? null, null);
});
