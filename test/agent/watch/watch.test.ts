import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig, parseConfig } from "../../../agent/config.ts";
import { embeddedDefault, isEmbeddedCamera } from "../../../agent/embedded-default.ts";
import { type WatchWishes, watchConfig } from "../../../agent/watch/watch.ts";

const nothing: WatchWishes = {
  camera: null,
  folder: null,
  detector: null,
  embedder: null,
  keep: null,
  motion: true,
};
const mask = { left: 0, top: 0, right: 1, bottom: 0.1 };
const configured = parseConfig(
  {
    cameras: [
      { id: "front", url: "rpicam:0" },
      { id: "mast", url: "ffmpeg:rtsp://mast", fps: 2, watch: { detector: "post-v1", masks: [mask] } },
    ],
  },
  "test",
);

test("watchConfig() takes a camera as the configuration has it, and any other without its detector and masks", () => {
  const [mast] = watchConfig(configured, { ...nothing, camera: "ffmpeg:rtsp://mast" }).cameras;
  assert.deepEqual([mast!.id, mast!.fps, mast!.watch.detector], ["mast", 2, "post-v1"]);
  assert.deepEqual(mast!.watch.masks, [mask]);
  const [other] = watchConfig(configured, { ...nothing, folder: "/pictures" }).cameras;
  assert.deepEqual([other!.id, other!.url, other!.watch.detector], ["folder", "folder:/pictures", null]);
});

test("watchConfig() has the detector that is asked for look at every camera", () => {
  const { cameras, watch } = watchConfig(configured, { ...nothing, detector: "animal-v1-int8" });
  assert.equal(watch.detector, "animal-v1-int8");
  assert.ok(cameras.length === 2 && cameras.every((camera) => camera.watch.detector === null));
});

test("watchConfig() looks at the simulated posts with what was trained for them", () => {
  const config = loadConfig({ file: null, env: {}, flags: embeddedDefault });
  const { cameras } = watchConfig(config, { ...nothing, camera: "sim:reserve?seed=7" });
  assert.deepEqual([cameras[0]!.url, cameras[0]!.watch.detector], ["sim:reserve?seed=7", "post-v1"]);
  assert.ok(isEmbeddedCamera("sim:ridge") && !isEmbeddedCamera("ffmpeg:/dev/video0"));
});
