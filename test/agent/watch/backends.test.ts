// A whole agent on a simulated camera post with the shipped models, and both backends: what it sees arrives there by itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { configuredTargets } from "../../../agent/configured-targets.ts";
import { openProbes } from "../../../agent/probes.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { sequenceKey } from "../../../sync/annotation/keys.ts";
import { openTestAgent } from "../../fakes/agent.ts";
import { startAnnotationApi } from "../../fakes/annotation-api.ts";
import { startPlatformApi } from "../../fakes/platform-api.ts";

test("agent.run() sends alerts at once, a sign of life, and the sequence when it is over", async (t) => {
  const annotation = await startAnnotationApi(t);
  const platform = await startPlatformApi(t, { season: { sequences: 1, detections: 1, cameras: 1 } });
  const pose = platform.tables.poses.all()[0]!;
  const before = platform.tables.detections.all().length;
  const env = {
    OUTRIDER_ANNOTATION_LOGIN: annotation.username,
    OUTRIDER_ANNOTATION_PASSWORD: annotation.password,
    OUTRIDER_PLATFORM_TOKEN_POST: platform.cameraToken(pose.camera_id),
  };
  const agent = await openTestAgent(
    t,
    {
      cameras: [
        {
          id: "post",
          url: "sim:reserve?seed=1&pace=asap&frames=50",
          width: 480,
          height: 360,
          fps: 5,
          record: false,
          watch: { detector: "post-v1" },
          place: { lat: 44.5, lon: 4.1, azimuth: 400 },
          platform: { pose: pose.id },
        },
      ],
      gamepad: "none:",
      drive: "none:",
      watch: { enabled: true, embedder: null },
      sync: {
        annotation: {
          url: annotation.url,
          sourceApi: "alert_wildfire",
          organisation: { id: 3, name: "Rangers" },
          classes: ["animal"],
        },
        platform: { url: platform.url, classes: ["animal"], everyMs: 0, heartbeatMs: 1000 },
      },
    },
    { env },
  );
  const { store, config } = agent;
  assert.deepEqual(
    [...(await configuredTargets(config))].filter((name) => /^(annotation|alerts):/.test(name)),
    [`annotation:${annotation.url}`, `alerts:${platform.url}/post`],
  );
  await agent.run(new AbortController().signal);
  const [sequence] = [...store.seen.sequences.range()].map(({ value }) => value);
  const [arrived, ...others] = annotation.state();
  assert.equal(others.length, 0);
  assert.equal(arrived!.key, `alert_wildfire ${sequenceKey(sequence!.id)}`);
  assert.deepEqual(
    [arrived!.sequence.camera_name, arrived!.sequence.azimuth, arrived!.detections.length],
    ["car-post", 40, sequence!.frames],
  );
  assert.equal(arrived!.annotation!.processing_stage, "ready_to_annotate");
  const alerts = platform.tables.detections.all().slice(before);
  assert.ok(alerts.length > 0 && alerts.length <= sequence!.frames, `${alerts.length} alerts`);
  assert.ok(alerts.every(({ pose_id }) => pose_id === pose.id));
  assert.ok((platform.requests()["PATCH /cameras/heartbeat"]?.count ?? 0) > 0, "it is alive");
  assert.ok((platform.requests()["PATCH /cameras/image"]?.count ?? 0) > 0, "how it looks");
  const waiting = store.outbox.waiting();
  assert.ok(
    Object.values(waiting).every((lanes) => Object.values(lanes).every(({ entries }) => entries === 0)),
    JSON.stringify(waiting),
  );
  const { probes, close } = openProbes({
    config,
    env,
    clock: createSystemClock(),
    random: Math.random,
    log: silentLog,
  });
  t.after(close);
  for (const { part, probe } of probes)
    if (part.includes("annotation") || part.includes("platform")) await probe(new AbortController().signal);
  assert.ok(probes.some(({ part }) => part === "alert platform, camera post"));
});
