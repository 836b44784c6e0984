import assert from "node:assert/strict";
import { test } from "node:test";
import { describeAutopilotBench, runAutopilotBench } from "../../../agent/bench/autopilot.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { temporaryFolder } from "../../fakes/store.ts";

test("runAutopilotBench() has the shipped model drive a lap of a track that it never saw without leaving the road", async (t) => {
  const result = await runAutopilotBench({
    work: temporaryFolder(t),
    clock: createSystemClock(),
    log: silentLog,
    signal: new AbortController().signal,
    model: "sim-steer-v1",
    seed: 1,
    laps: 1,
    fps: 8,
    latencyMs: 60,
    throttle: 0.5,
  });
  const { pilot, person } = result;
  assert.deepEqual([pilot.laps, pilot.onTrack, pilot.rescues, pilot.stops], [1, 1, 0, 0]);
  assert.ok(pilot.meanOffsetM < person.meanOffsetM, describeAutopilotBench(result));
});
