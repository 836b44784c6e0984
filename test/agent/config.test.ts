import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { ConfigError, loadConfig, parseConfig } from "../../agent/config.ts";

const nothing = { file: null, env: {}, flags: {} };

test("loadConfig() without anything is the embedded default", () => {
  const config = loadConfig(nothing);
  assert.equal(config.cameras[0]?.url, "sim:track?seed=1");
  assert.equal(config.sync.bucket, "folder:");
  assert.equal(config.sync.index, "local:");
  assert.equal(config.mqtt.url, "embedded:");
  assert.equal(config.data, resolve("outrider-data"));
});

test("loadConfig() lets flags win over the environment, and the environment over the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "outrider-config-"));
  try {
    const file = join(folder, "outrider.yaml");
    writeFileSync(file, "device: from-file\nsync:\n  bucket: folder:/from-file\n  index: local:/from-file\n");
    const env = {
      OUTRIDER_BUCKET: "folder:/from-env",
      OUTRIDER_INDEX: "local:/from-env",
      OUTRIDER_DEVICE: "",
    };
    const config = loadConfig({
      file,
      env,
      flags: { "sync.index": "local:/from-flag", "sync.bucket": undefined },
    });
    assert.equal(config.device, "from-file", "an empty variable is no value");
    assert.equal(config.sync.bucket, "folder:/from-env");
    assert.equal(config.sync.index, "local:/from-flag");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("parseConfig() names every problem at once, each with path, rule and value", () => {
  const values = {
    devce: 1,
    cameras: [{ fps: "fast", id: "a b" }],
    session: { event: "night run" },
    store: { maxBytes: "12 apples", commitWindowMs: -1 },
    mqtt: { url: "http://x" },
    record: { buttons: { stop: "trigger" } },
  };
  assert.throws(
    () => parseConfig(values, "outrider.yaml"),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      const text = error.message;
      for (const part of [
        "devce",
        "cameras[0].fps",
        '"fast"',
        "cameras[0].id",
        "session.event",
        '"night run"',
        "store.maxBytes",
        '"12 apples"',
        "store.commitWindowMs",
        "-1",
        "mqtt.url",
        "record.buttons.stop",
      ]) {
        assert.ok(text.includes(part), `expected ${part} in\n${text}`);
      }
      return true;
    },
  );
});

test("parseConfig() reads sizes with units and refuses two cameras of one name", () => {
  assert.equal(parseConfig({ store: { maxBytes: "1.5 GB" } }, "x").store.maxBytes, 1.5e9);
  assert.throws(
    () => parseConfig({ cameras: [{ id: "front" }, { id: "front" }] }, "x"),
    /id of its own.*front/s,
  );
});

test("loadConfig() refuses a file that a power cut left with zero bytes, though what stands before them is whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "outrider-config-"));
  try {
    const file = join(folder, "outrider.yaml");
    writeFileSync(file, `device: car\nmqtt:\n  base: fleet${"\0".repeat(40)}`);
    assert.throws(
      () => loadConfig({ ...nothing, file }),
      /got zero bytes: it was cut off while it was written/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("loadConfig() says what is wrong with a file: missing, broken YAML, not keys and values", () => {
  const folder = mkdtempSync(join(tmpdir(), "outrider-config-"));
  try {
    assert.throws(
      () => loadConfig({ ...nothing, file: join(folder, "none.yaml") }),
      /none\.yaml.*cannot be read/s,
    );
    const file = join(folder, "bad.yaml");
    writeFileSync(file, "cameras: [\n");
    assert.throws(() => loadConfig({ ...nothing, file }), ConfigError);
    writeFileSync(file, "- a\n- b\n");
    assert.throws(() => loadConfig({ ...nothing, file }), /expected keys and values/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("parseConfig() takes only the brokers that the link can speak to", () => {
  for (const url of ["embedded:", "embedded:1884", "mqtt://broker", "mqtts://broker:8883", null])
    assert.equal(parseConfig({ mqtt: { url } }, "x").mqtt.url, url);
  for (const url of ["ws://broker", "wss://broker:443/mqtt"])
    assert.throws(
      () => parseConfig({ mqtt: { url } }, "x"),
      /mqtt\.url: expected embedded:, mqtt:\/\/ or mqtts/,
    );
});

test("loadConfig() takes the region from AWS_REGION, then from AWS_DEFAULT_REGION", () => {
  const regionOf = (env: Record<string, string>): string => loadConfig({ ...nothing, env }).sync.region;
  assert.equal(regionOf({}), "us-east-1");
  assert.equal(regionOf({ AWS_DEFAULT_REGION: "eu-west-3" }), "eu-west-3");
  assert.equal(regionOf({ AWS_DEFAULT_REGION: "eu-west-3", AWS_REGION: "eu-west-1" }), "eu-west-1");
});

test("parseConfig() gives a frozen configuration", () => {
  const config = parseConfig({}, "x");
  assert.ok(Object.isFrozen(config.sync) && Object.isFrozen(config.cameras[0]));
});

test("loadConfig() takes the environment of the existing ingestion, and its yes and no strictly", () => {
  const env = {
    INGEST_DATASETS_ON_STARTUP: "True",
    ATRW_DATASET_PATH: "/a",
    METAWILD_DATASET_PATH: "/m",
    WILDLIFE_DATASETS_PATH: "/w",
    INDIVIDUAL_ANIMAL_REID_PATH: "/i",
  };
  assert.deepEqual(loadConfig({ ...nothing, env }).ingest, {
    onStartup: true,
    schedule: "0 3 * * *",
    atrw: "/a",
    metawild: "/m",
    wildlifeDatasets: "/w",
    individualAnimalReid: "/i",
  });
  assert.throws(
    () => loadConfig({ ...nothing, env: { INGEST_DATASETS_ON_STARTUP: "yes please" } }),
    /ingest\.onStartup: expected true or false, got "yes please"/,
  );
  assert.throws(
    () => parseConfig({ ingest: { schedule: "every day" } }, "test"),
    /ingest\.schedule: expected a cron expression .*got "every day"/,
  );
});

test("parseConfig() refuses a mask with nothing in it", () => {
  const withMask = (mask: object) => parseConfig({ cameras: [{ watch: { masks: [mask] } }] }, "test");
  assert.throws(
    () => withMask({ left: 0.5, top: 0.4, right: 0.2, bottom: 0.4 }),
    /cameras\[0\]\.watch\.masks\[0\]: expected left to be less than right, got .*\n.*masks\[0\]: expected top to be less than bottom/,
  );
  assert.equal(withMask({ left: 0, top: 0, right: 1, bottom: 1 }).cameras[0]!.watch.masks.length, 1);
});

test("parseConfig() says one thing of an address of a service that is none", () => {
  for (const [url, rule] of [
    ["127.0.0.1:5050", "begins with http:// or https://"],
    ["https://me:secret@host", "without user and password"],
    ["https://host/?a=1", "without ? and #"],
  ])
    assert.throws(
      () => parseConfig({ sync: { platform: { url } } }, "test"),
      ({ problems }: ConfigError) =>
        problems.length === 1 && problems[0]!.includes(rule!) && !problems[0]!.includes("secret"),
    );
});

test("parseConfig() refuses a place of sync.also that is named before, whatever way it is written", () => {
  const parse = (sync: object) => () => parseConfig({ sync }, "test");
  assert.throws(
    parse({ bucket: "s3://one", also: [{ bucket: "s3://two" }, { bucket: "one/" }] }),
    /sync\.also\[1\]\.bucket: expected another bucket than the places before it, got "one\/"/,
  );
  assert.throws(
    parse({ also: [{ index: "http://a:9200/x" }, { index: "http://a:9200/x" }] }),
    /also\[1\]\.index/,
  );
  const twice = { bucket: "s3://one", also: [{ bucket: "s3://one" }] };
  assert.throws(
    parse({ ...twice, concurrency: "many" }),
    /sync\.also\[0\]\.bucket: expected another/,
    "whatever else is wrong",
  );
  assert.throws(parse({ ...twice, index: 5 }), /sync\.index/, "unless a place is");
  assert.doesNotThrow(
    parse({ bucket: "s3://one", also: [{ bucket: "s3://one/folder" }, { index: "local:x" }] }),
  );
});
