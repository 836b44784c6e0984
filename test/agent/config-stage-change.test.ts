import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { type ConfigLayers, configOfLayers, readLayers } from "../../agent/config.ts";
import { planChange } from "../../agent/config-stage-change.ts";
import { reportConfig } from "../../agent/config-stage-report.ts";
import { openCatalog } from "../../agent/models/open-catalog.ts";
import { RemoteRefusal } from "../../agent/remote/hands.ts";
import { temporaryFolder } from "../fakes/store.ts";

const yaml = `
device: car
cameras:
  - { id: front, url: "ffmpeg:rtsp://ann:s3cret@camera.example/live", fps: 10 }
  - { id: rear, url: "sim:track?seed=1" }
record: { delayMs: 200 }
mqtt: { url: "mqtt://bob:s3cret@broker.example" }
`;

function open(t: Parameters<typeof temporaryFolder>[0], { env = {}, flags = {}, staged = {} } = {}) {
  const file = join(temporaryFolder(t), "outrider.yaml");
  writeFileSync(file, yaml);
  const layers: ConfigLayers = { ...readLayers({ file, env, flags }), staged };
  const config = configOfLayers(layers);
  const plan = (set: Record<string, unknown>, unset: string[] = []) =>
    planChange({ set, unset }, { layers, config, openCatalog });
  const refusal = (set: Record<string, unknown>, unset: string[] = []): string => {
    try {
      plan(set, unset);
    } catch (error) {
      assert.ok(error instanceof RemoteRefusal, String(error));
      assert.equal(error.code, "bad_config");
      return error.message;
    }
    return "not refused";
  };
  return { layers, config, plan, refusal };
}

test("planChange() says what changes, and whether the agent has to begin anew for it", (t) => {
  const { plan } = open(t, { staged: { "record.delayMs": 100 } });
  assert.deepEqual(plan({ "log.level": "info", "sync.bytesPerSecond": "200 kB" }), {
    values: { "record.delayMs": 100, "log.level": "info", "sync.bytesPerSecond": "200 kB" },
    changed: ["sync.bytesPerSecond", "log.level"],
    isLive: true,
  });
  assert.deepEqual(plan({ record: { delayMs: 50, autostart: false } }), {
    values: { "record.delayMs": 50, "record.autostart": false },
    changed: ["record.autostart", "record.delayMs"],
    isLive: false,
  });
  assert.deepEqual(plan({}, ["record"]), { values: {}, changed: ["record.delayMs"], isLive: false });
  assert.deepEqual(plan({ "cameras.rear.fps": 5 }).changed, ["cameras.rear.fps"]);
});

test("planChange() names every problem at once", (t) => {
  const { refusal } = open(t, { env: { OUTRIDER_LOG: "info" }, flags: { "session.event": "flagged" } });
  const words = refusal({
    "sync.bucket": "s3://elsewhere",
    "log.level": "debug",
    "session.event": "mine",
    "cameras.rear.url": "folder:/etc",
    nonsense: 1,
  });
  for (const part of [
    "sync.bucket: cannot be changed from afar, for it says where data goes",
    "log.level: set on the device by the variable OUTRIDER_LOG",
    "session.event: set on the device by a flag",
    "cameras.rear.url: expected sim:",
    "nonsense: no such key",
  ])
    assert.ok(words.includes(part), `${part} in ${words}`);
  const wrong = refusal({ "record.delayMs": -1, "cameras.rear.fps": "fast", "record.nonsense": 1 });
  for (const part of ["record.delayMs", "-1", "cameras[1].fps", '"fast"', "record.nonsense: no such key"])
    assert.ok(wrong.includes(part), `${part} in ${wrong}`);
  assert.match(refusal({ "cameras.side.fps": 5 }), /cameras\.side: expected one of front, rear/);
  assert.match(refusal({ cameras: [{ id: "front", url: "folder:/etc" }] }), /cameras\.front\.id: cannot/);
  assert.match(
    refusal({ "watch.enabled": true, "watch.detector": "nobody" }),
    /watch\.detector: expected a model/,
  );
  assert.match(
    refusal({ "watch.detector": "nobody" }),
    /watch\.detector: expected a model/,
    "also while no camera looks with it",
  );
  assert.match(refusal({ "drive.model": "animal-v1" }), /drive\.model: expected a model that can steer/);
  assert.match(refusal({}, ["record.delayMs"]), /record\.delayMs: nothing is staged there/);
  assert.match(refusal({ "session.event": "two words" }), /session\.event/);
  assert.match(refusal({ "session.comment": "x".repeat(70_000) }), /at most 65536 bytes/);
  assert.ok(refusal({ "record.delayMs": "x".repeat(60_000) }).length <= 4000);
});

test("no value at any path leads data elsewhere, opens the door or throws anything but a refusal", (t) => {
  const { config, plan } = open(t);
  const path = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "sync",
      "mqtt",
      "drive",
      "cameras",
      "cameras.front",
      "data",
      "record",
      "session",
      "__proto__",
    ),
    fc
      .array(fc.constantFrom("sync", "bucket", "mqtt", "front", "cameras", "__proto__", "x"), {
        maxLength: 4,
      })
      .map((parts) => parts.join(".")),
  );
  fc.assert(
    fc.property(fc.dictionary(path, fc.jsonValue(), { maxKeys: 4 }), (set) => {
      try {
        const { changed } = plan(set);
        for (const each of changed) assert.doesNotMatch(each, /^(data|device|mqtt|gamepad|store|health)/);
      } catch (error) {
        assert.ok(error instanceof RemoteRefusal, String((error as Error).stack));
      }
      assert.deepEqual(Object.keys(Object.prototype), []);
    }),
    { numRuns: 300 },
  );
  assert.ok(Object.isFrozen(config.sync));
});

test("reportConfig() tells where each value comes from, and no secret", (t) => {
  const { config, layers } = open(t, {
    env: { OUTRIDER_LOG: "info" },
    flags: { "session.event": "flagged" },
    staged: { "record.delayMs": 50 },
  });
  const report = reportConfig(config, layers);
  assert.equal(report.sources["record.delayMs"], "staged");
  assert.equal(report.sources["log.level"], "environment OUTRIDER_LOG");
  assert.equal(report.sources["session.event"], "flag");
  assert.equal(report.sources["cameras.front.fps"], "file");
  assert.equal(report.sources["cameras.front.quality"], undefined, "nobody said so");
  assert.deepEqual([...report.differs].sort(), ["log.level", "record.delayMs", "session.event"]);
  assert.doesNotMatch(JSON.stringify(report), /s3cret/);
  assert.deepEqual(reportConfig(config, layers, "record.delayMs"), {
    config: 50,
    sources: { "record.delayMs": "staged" },
    differs: ["record.delayMs"],
    file: layers.file,
  });
  assert.deepEqual((reportConfig(config, layers, "cameras.rear").config as { id: string }).id, "rear");
  assert.throws(() => reportConfig(config, layers, "record.nonsense"), { code: "unknown_key" });
});

test("a parsed configuration is itself a configuration, so that what worked can be used again", (t) => {
  const { config } = open(t, { staged: { "sync.bytesPerSecond": "200 kB" } });
  const values = JSON.parse(JSON.stringify(config)) as Record<string, unknown>;
  const again = configOfLayers({
    file: null,
    base: values,
    staged: {},
    environment: new Map(),
    flags: new Map(),
  });
  assert.deepEqual(again, config);
});
