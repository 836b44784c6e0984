import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { leavesOf } from "../../agent/config-paths.ts";
import { ruleOf, valueProblem } from "../../agent/config-stage-rules.ts";

const isDenied = (path: string): boolean => {
  const rule = ruleOf(path);
  return rule === null || "denied" in rule;
};

test("every key of the configuration is decided about: it may be changed from afar, or there is a reason", () => {
  const undecided = [...leavesOf(parseConfig({}, "test")).keys()].filter((path) => ruleOf(path) === null);
  assert.deepEqual(undecided, []);
});

test("what leads data elsewhere, moves the car, opens the door, reads the machine or judges the change is denied", () => {
  for (const path of [
    ...["device", "data", "gamepad", "cameras.front.id", "cameras"],
    ...["drive.url", "drive.guard", "drive.pilot", "drive.modelThrottle", "record.throttleLimit"],
    ...["drive.remote.enabled", "drive.remote.throttleLimit", "drive.remote.validMs", "drive.remote.leaseMs"],
    ...["sync.bucket", "sync.index", "sync.also", "sync.endpoint", "sync.region", "sync.caFile"],
    ...["mqtt.url", "mqtt.base", "mqtt.caFile", "mqtt.certFile", "mqtt.keyFile", "mqtt.allow"],
    ...["mqtt.maxRequestBytes", "mqtt.requestBurst", "mqtt.requestsPerSecond", "mqtt.homeAssistant.prefix"],
    ...["health.rollbackMs", "health.cameraMs", "store.maxBytes", "store.keepFreeBytes", "models.folder"],
    ...["ingest.atrw", "ingest.metawild", "nonsense", "session.__proto__", "__proto__", "", "session", "a b"],
  ])
    assert.ok(isDenied(path), path);
});

test("what a person far away needs may be changed, some of it at once", () => {
  for (const path of ["log.level", "sync.bytesPerSecond", "sync.windows", "session.event", "session.weather"])
    assert.deepEqual(ruleOf(path), { change: "live" }, path);
  for (const path of [
    "cameras.front.fps",
    "cameras.x_-1.watch.detector",
    "record.delayMs",
    "watch.motion.area",
  ])
    assert.deepEqual(ruleOf(path), { change: "anew" }, path);
});

test("a camera's address from afar is a camera or a stream, never a file", () => {
  for (const url of [
    "sim:track?seed=2",
    "rpicam:0",
    "ffmpeg:rtsp://a:b@c/d",
    "ffmpeg:/dev/video0?format=mjpeg",
  ])
    assert.equal(valueProblem("cameras.front.url", url), null, url);
  for (const url of [
    ...["folder:/etc", "tub:/home", "ffmpeg:/etc/passwd", "ffmpeg:movie.mp4", "ffmpeg:file:///etc/passwd"],
    ...["ffmpeg:/dev/video0/../../etc/passwd", "ffmpeg:/dev/sda", "ffmpeg:lavfi:movie=/etc/passwd", "", 3],
  ])
    assert.notEqual(valueProblem("cameras.front.url", url), null, String(url));
});
