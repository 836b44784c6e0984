// An agent that records and watches one simulated camera post, with the shipped models.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraStatusOf, healthOf } from "../../../agent/remote/states.ts";
import { collectStats } from "../../../agent/stats.ts";
import { describeWatch } from "../../../agent/summary.ts";
import type { ReserveTruth } from "../../../device/camera/sim/reserve/reserve-scene.ts";
import { iou } from "../../../models/boxes.ts";
import { ModelError } from "../../../models/vision.ts";
import { openTestAgent } from "../../fakes/agent.ts";
import { createBrightVision } from "../../fakes/bright-vision.ts";
import { eventually } from "../../fakes/eventually.ts";

const post = {
  id: "post",
  url: "sim:reserve?seed=1&pace=asap&frames=50",
  width: 480,
  height: 360,
  fps: 5,
  record: true,
  watch: { detector: "post-v1" },
};
const values = {
  cameras: [post],
  gamepad: "none:",
  drive: "none:",
  record: { delayMs: 0, standingEveryMs: 0 },
  watch: { enabled: true, keep: "all" },
};

test("agent.run() records and watches one camera: every frame once, the animal in a sequence where it truly is", async (t) => {
  const agent = await openTestAgent(t, values);
  const summary = await agent.run(new AbortController().signal);
  const { store, recorder, watcher } = agent;
  assert.equal(agent.devices.cameras[0]!.status().frames, 50);
  assert.equal(recorder.state().frames, 50, "the recorder has every frame");
  assert.equal(store.frames.count(), 50, "recorder and watcher keep a frame once");
  const { watch } = summary;
  assert.equal(watch!.looked, 50);
  assert.match(
    describeWatch(watch!),
    /^watched 50 frames, looked at 50; detections animal \d+; sequences 1, /,
  );
  const [sequence, ...others] = [...store.seen.sequences.range()].map(({ value }) => value);
  assert.equal(others.length, 0);
  assert.ok(sequence!.closedAt !== null);
  let overlap = 0;
  let seen = 0;
  for (const { value: frame } of store.seen.sequenceFrames.range()) {
    if (frame.confidence === 0) continue;
    const { animals } = store.frames.get(frame.imgId)!.truth as ReserveTruth;
    const [animal] = animals.filter(({ visible }) => visible > 0.5);
    if (animal === undefined) continue;
    overlap += iou(animal.box, frame.box!);
    seen += 1;
  }
  assert.ok(seen >= 5 && overlap / seen > 0.6, `${seen} frames, IoU ${overlap / seen}`);
  const sightings = [...store.sightings.of("sequence", sequence!.id)];
  assert.ok(sightings.length > 0);
  assert.ok(sightings.every(({ state, individual }) => state === "suggested" && individual === null));
  assert.ok(store.sightings.spaces().length >= 2, "an embedder and the colours");
  assert.ok(store.seen.hashes.has(sequence!.bestImgId));
  const stats = collectStats(store, { disk: { freeBytes: 1e9, totalBytes: 2e9 }, nowUs: 0 });
  assert.deepEqual(
    stats.watched.map(({ camera, className, sequences }) => [camera, className, sequences]),
    [["post", "animal", 1]],
  );
  const status = cameraStatusOf(agent, agent.devices.cameras[0]!) as { watch: { looked: number } };
  assert.equal(status.watch.looked, 50);
  assert.equal(watcher!.state().problem, null);
});

test("agent.run() records on when the models fail, and health says why", async (t) => {
  const agent = await openTestAgent(
    t,
    { ...values, cameras: [{ ...post, url: "sim:reserve?seed=1&frames=12", fps: 20 }] },
    {
      watching: {
        openModels: async () => {
          throw new ModelError("post-v1.onnx: Expected SHA-256 abc, got def");
        },
      },
    },
  );
  await agent.run(new AbortController().signal);
  assert.equal(agent.recorder.state().frames + (agent.devices.cameras[0]!.status().dropped.lag ?? 0), 12);
  const health = healthOf(agent) as { watch: { problem: string } };
  assert.match(health.watch.problem, /Expected SHA-256/);
});

test("agent.run() loses no frame for the recorder while the detector hangs", async (t) => {
  const vision = createBrightVision();
  const stop = new AbortController();
  vision.gate = () => new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve()));
  const agent = await openTestAgent(
    t,
    {
      ...values,
      cameras: [
        {
          ...post,
          url: "sim:track?seed=1&frames=25",
          width: 160,
          height: 96,
          fps: 40,
          watch: { everyMs: 0 },
        },
      ],
      watch: { enabled: true, motion: { enabled: false } },
    },
    { watching: { openModels: async () => vision } },
  );
  const running = agent.run(stop.signal);
  await eventually("all frames were taken", () => agent.devices.cameras[0]!.status().state === "ended");
  stop.abort();
  await running;
  const camera = agent.devices.cameras[0]!.status();
  assert.equal(agent.recorder.state().frames, camera.frames);
  const [figures] = agent.watcher!.state().cameras;
  assert.equal(figures!.looked, 0);
  assert.ok((figures!.skipped.busy ?? 0) > camera.frames / 2, JSON.stringify(figures));
});
