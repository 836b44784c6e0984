import assert from "node:assert/strict";
import { test } from "node:test";
import { createReplayCamera, type ReplayPicture } from "../../device/camera/replay-camera.ts";
import { restingAxes } from "../../device/gamepad/gamepad.ts";
import { createTimedGamepad, type TimedState } from "../../device/gamepad/timed-gamepad.ts";
import { silentLog } from "../../device/log.ts";
import { createReplayStart } from "../../device/replay-start.ts";
import { createManualClock } from "../fakes/manual-clock.ts";

test("createReplayStart() fixes one moment, a little ahead, when it is first asked", async () => {
  const clock = createManualClock();
  const startNs = createReplayStart(clock);
  await clock.advance(10);
  const askedNs = clock.monotonicNs();
  assert.equal(startNs(), askedNs + 50e6);
  await clock.advance(1000);
  assert.equal(startNs(), askedNs + 50e6);
});

test("createReplayStart() gives every picture the state it was recorded with, however late one of the two begins", async () => {
  const clock = createManualClock();
  const deps = { clock, log: silentLog, replayStartNs: createReplayStart(clock) };
  const count = 100;
  const everyMs = 3;
  async function* readStates(): AsyncGenerator<TimedState> {
    for (let n = 0; n < count; n += 1)
      yield {
        ms: Math.max(0, (n - 0.5) * everyMs),
        connected: true,
        axes: { ...restingAxes, leftx: n / count },
        down: [],
      };
  }
  async function* readPictures(): AsyncGenerator<ReplayPicture> {
    for (let n = 0; n < count; n += 1)
      yield {
        bytes: new Uint8Array(1),
        mediaType: "image/jpeg",
        width: 1,
        height: 1,
        recordedMs: n * everyMs,
        truth: { angle: n / count },
      };
  }
  const gamepad = createTimedGamepad({ name: "recorded", read: readStates, speed: 1, lastMs: everyMs }, deps);
  const camera = createReplayCamera({ id: "front", pace: "recorded", read: readPictures }, deps);
  const stop = new AbortController();

  const states: { ns: number; leftx: number }[] = [];
  const joined: (readonly [number | undefined, unknown])[] = [];
  const steering = (async () => {
    for await (const { monotonicNs, connected, axes } of gamepad.states(stop.signal))
      if (connected) states.push({ ns: monotonicNs, leftx: axes.leftx });
  })();
  // The camera needs long to open: as long as eleven records.
  await clock.advance(33);
  const filming = (async () => {
    for await (const { moment, truth } of camera.frames(stop.signal))
      joined.push([states.findLast(({ ns }) => ns <= moment.monotonicNs)?.leftx, truth?.angle]);
  })();
  await clock.advance(1000);
  await Promise.all([steering, filming]);
  assert.deepEqual(
    joined,
    Array.from({ length: count }, (_, n) => [n / count, n / count]),
  );
  await Promise.all([gamepad.close(), camera.close()]);
});
