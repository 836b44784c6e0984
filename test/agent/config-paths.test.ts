import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { isSameOrAround, leavesOf, setPath, type Values, valueAt } from "../../agent/config-paths.ts";

test("setPath() makes the way, knows cameras by their id and a drive by its address", () => {
  const values: Values = { drive: "sim:", mqtt: null };
  setPath(values, "drive.shadow", true);
  setPath(values, "mqtt.url", null);
  setPath(values, "cameras.front.fps", 5);
  assert.deepEqual(values, {
    drive: { url: "sim:", shadow: true },
    mqtt: { url: null },
    cameras: [{ fps: 5 }],
  });
  const named: Values = { cameras: [{ id: "a" }, { id: "b", watch: { everyMs: 5 } }] };
  setPath(named, "cameras.b.watch.motion", false);
  assert.deepEqual(named.cameras, [{ id: "a" }, { id: "b", watch: { everyMs: 5, motion: false } }]);
  assert.throws(() => setPath(named, "cameras.c.fps", 1), /cameras\.c: expected one of a, b/);
});

test("leavesOf() and valueAt() agree on every value of a configuration", () => {
  const config = parseConfig({ cameras: [{ id: "a" }, { id: "b" }], drive: "sim:" }, "test");
  const leaves = leavesOf(config);
  for (const [path, value] of leaves) assert.deepEqual(valueAt(config, path), value, path);
  assert.equal(leaves.get("cameras.b.fps"), 30);
  assert.deepEqual(leaves.get("sync.windows"), []);
  assert.equal(valueAt(config, "cameras.c"), undefined);
  assert.equal(valueAt(config, "record.constructor"), undefined);
  assert.deepEqual([...leavesOf({ drive: "none:" })], [["drive.url", "none:"]]);
});

test("isSameOrAround() goes by levels, not by letters", () => {
  assert.ok(isSameOrAround("sync", "sync.bucket") && isSameOrAround("sync.bucket", "sync"));
  assert.ok(!isSameOrAround("sync", "syncs.bucket") && !isSameOrAround("sync.bucket", "sync.bucketed"));
});
