import assert from "node:assert/strict";
import test from "node:test";
import type { CameraSettings } from "../../../../device/camera/camera.ts";
import type { Scene } from "../../../../device/camera/sim/scene.ts";
import { createSimCamera, type SimCameraOptions } from "../../../../device/camera/sim/sim-camera.ts";
import { createSimTime } from "../../../../device/camera/sim/sim-time.ts";
import { readFrameStamp } from "../../../../device/camera/sim/stamp.ts";
import type { CapturedFrame } from "../../../../device/frame.ts";
import { silentLog } from "../../../../device/log.ts";
import { eventually } from "../../../fakes/eventually.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";

const settings: CameraSettings = {
  id: "front",
  url: "sim:track",
  width: 64,
  height: 48,
  fps: 20,
  quality: 70,
};

/** A scene of one colour that only knows its time. */
function createPlainScene(): Scene {
  let timeS = 0;
  return {
    advanceTo: (seconds) => {
      timeS = seconds;
    },
    paint: (pixels) => pixels.fill(Math.round(timeS * 20) % 256),
    truth: () => ({ timeS: Math.round(timeS * 1e6) / 1e6 }),
  };
}

/** A manual clock whose process can hang: time passes and nobody who sleeps is woken for it. */
function createHangingClock() {
  const manual = createManualClock();
  let hungNs = 0;
  const monotonicNs = (): number => manual.monotonicNs() + hungNs;
  return {
    ...manual,
    monotonicNs,
    now: () => ({ ...manual.now(), monotonicNs: monotonicNs() }),
    hang: (ms: number): void => {
      hungNs += ms * 1e6;
    },
  };
}

function openCamera(options: Partial<SimCameraOptions> = {}) {
  const clock = createHangingClock();
  const time = createSimTime(clock);
  const camera = createSimCamera(
    { settings, pace: "clock", frames: null, time, openScene: createPlainScene, ...options },
    { clock, log: silentLog },
  );
  return { clock, time, camera };
}

/** Starts taking frames; `taken` grows as they come. */
function consume(frames: AsyncIterable<CapturedFrame>) {
  const taken: CapturedFrame[] = [];
  const over = (async () => {
    for await (const frame of frames) taken.push(frame);
  })();
  return { taken, over };
}

test("createSimCamera() takes a frame at every slot of the clock, stamped with what it says", async () => {
  const { clock, camera } = openCamera();
  const stop = new AbortController();
  assert.equal(camera.status().state, "starting");
  const startNs = clock.monotonicNs();
  const { taken, over } = consume(camera.frames(stop.signal));
  for (let slot = 0; slot < 5; slot++) {
    await eventually(`frame ${slot}`, () => taken.length === slot + 1);
    await eventually("the camera waits for its next slot", () => clock.sleepers() === 1);
    if (slot < 4) await clock.advance(50);
  }
  taken.forEach((frame, slot) => {
    assert.equal(frame.sequence, slot);
    assert.ok(Math.abs(frame.moment.monotonicNs - startNs - slot * 50e6) < 2000);
    assert.ok(Math.abs((frame.truth?.timeS as number) - slot / 20) < 1e-5);
    assert.deepEqual(readFrameStamp(frame.bytes), {
      camera: "front",
      sequence: slot,
      monotonicNs: frame.moment.monotonicNs,
    });
  });
  const status = camera.status();
  assert.equal(status.state, "online");
  assert.equal(status.frames, 5);
  assert.deepEqual(status.dropped, {});
  assert.equal(status.newestFrameNs, taken[4]?.moment.monotonicNs);
  stop.abort();
  await over;
  assert.equal(camera.status().state, "ended");
});

test("createSimCamera() counts the slots it missed as lag and leaves a gap in the sequence", async () => {
  const { clock, camera } = openCamera();
  const stop = new AbortController();
  const { taken, over } = consume(camera.frames(stop.signal));
  await eventually("the first frame", () => taken.length === 1 && clock.sleepers() === 1);
  await clock.advance(50);
  await eventually("the second", () => taken.length === 2 && clock.sleepers() === 1);
  // The process hangs: the clock goes on under the sleeping camera.
  clock.hang(200);
  await clock.advance(50);
  await eventually("the one after the gap", () => taken.length === 3);
  assert.equal(taken[2]?.sequence, 6);
  assert.deepEqual(camera.status().dropped, { lag: 4 });
  stop.abort();
  await over;
});

test("createSimCamera() never waits for its consumer: the oldest waiting frames go, counted as lag", async () => {
  const { clock, camera } = openCamera({ frames: 20 });
  const stop = new AbortController();
  const frames = camera.frames(stop.signal)[Symbol.asyncIterator]();
  const first = await frames.next();
  assert.equal(first.value?.sequence, 0);
  for (let slot = 1; slot < 20; slot++) {
    await eventually("the camera waits for its next slot", () => clock.sleepers() === 1);
    await clock.advance(50);
    await eventually("the frame is made", () => camera.status().newestFrameNs === clock.monotonicNs());
  }
  const rest: number[] = [];
  for (let next = await frames.next(); !next.done; next = await frames.next()) rest.push(next.value.sequence);
  assert.deepEqual(rest, [12, 13, 14, 15, 16, 17, 18, 19]);
  assert.deepEqual(camera.status().dropped, { lag: 11 });
  assert.equal(camera.status().frames, 9);
  assert.equal(camera.status().state, "ended");
});

test("createSimCamera() with pace asap makes a frame when asked, time following the frames", async () => {
  const { clock, time, camera } = openCamera({ pace: "asap", frames: 7 });
  const { taken, over } = consume(camera.frames(new AbortController().signal));
  await over;
  assert.deepEqual(
    taken.map((frame) => frame.truth?.timeS),
    [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3],
  );
  assert.deepEqual(camera.status().dropped, {});
  // Time is the clock's again, without a jump.
  assert.ok(Math.abs(time.nowS() - 0.3) < 1e-6);
  await clock.advance(1000);
  assert.ok(Math.abs(time.nowS() - 1.3) < 1e-6);
});

test("createSimCamera() ends at once when the signal aborts or it is closed, twice if need be", async () => {
  for (const pace of ["clock", "asap"] as const) {
    const aborted = openCamera({ pace });
    const early = consume(aborted.camera.frames(AbortSignal.abort()));
    await early.over;
    assert.equal(early.taken.length, 0);

    const { camera } = openCamera({ pace });
    const { taken, over } = consume(camera.frames(new AbortController().signal));
    await eventually("a frame", () => taken.length > 0);
    await camera.close();
    await camera.close();
    await over;
    assert.equal(camera.status().state, "ended");
  }
});

test("createSimCamera() has one consumer", async () => {
  const { camera } = openCamera({ frames: 1 });
  const { over } = consume(camera.frames(new AbortController().signal));
  await over;
  await assert.rejects(consume(camera.frames(new AbortController().signal)).over, /called once/);
});

test("createSimCamera() tells its consumer when no picture can be made", async () => {
  const openScene = (): Scene => ({
    ...createPlainScene(),
    paint: () => {
      throw new Error("out of paint");
    },
  });
  for (const pace of ["clock", "asap"] as const) {
    const { camera } = openCamera({ pace, openScene });
    await assert.rejects(consume(camera.frames(new AbortController().signal)).over, (error: Error) => {
      return /front cannot make pictures/.test(error.message) && /out of paint/.test(String(error.cause));
    });
    assert.match(camera.status().problem ?? "", /out of paint/);
  }
});

test("createSimCamera() reports the rate of the last seconds", async () => {
  const { clock, camera } = openCamera();
  const stop = new AbortController();
  const { taken, over } = consume(camera.frames(stop.signal));
  for (let slot = 0; slot < 45; slot++) {
    await eventually("frame", () => taken.length === slot + 1 && clock.sleepers() === 1);
    await clock.advance(50);
  }
  assert.ok(Math.abs(camera.status().fps - 20) < 1.5, `${camera.status().fps}`);
  stop.abort();
  await over;
});
