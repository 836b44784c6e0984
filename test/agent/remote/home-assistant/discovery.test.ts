import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { discoveryOf, discoveryTopic } from "../../../../agent/remote/home-assistant/discovery.ts";
import { createTopics } from "../../../../agent/remote/topics.ts";
import { fullFacts } from "./facts.ts";

const golden = new URL("discovery.golden.json", import.meta.url);

// The golden message was held against Home Assistant's own schemas (2025.3.4) by test/servers/home-assistant-check.py;
// test/integration/home-assistant.test.ts does it again where one is installed.
test("discoveryOf() is the golden message, word for word: a person's names and rooms hang on its unique ids", () => {
  const message = JSON.parse(JSON.stringify(discoveryOf(fullFacts))) as unknown;
  assert.deepEqual(message, JSON.parse(readFileSync(golden, "utf8")));
});

test("discoveryOf() has no button for what is not taken, and no alert where nobody watches", () => {
  const { components, device } = discoveryOf({
    ...fullFacts,
    commands: ["status", "help"],
    cameras: [{ id: "post", record: false, watch: false }],
    moves: false,
  });
  assert.equal(device.model, "Camera post");
  for (const key of ["record", "mark", "sync", "restart", "stop", "driver", "alert_post"])
    assert.equal(Object.hasOwn(components, key), false, key);
  assert.ok(components.picture_post);
});

test("discoveryTopic() is one Home Assistant listens to, whatever the base is", () => {
  assert.equal(
    discoveryTopic("homeassistant", createTopics("fleet/nörd", "car 7")),
    "homeassistant/device/fleet_n_rd_car_7/config",
  );
});

test("discoveryOf() fits in a message that any broker takes", () => {
  const cameras = Array.from({ length: 16 }, (_, at) => ({
    id: `camera-${at}`.padEnd(64, "x"),
    record: true,
    watch: true,
  }));
  assert.ok(JSON.stringify(discoveryOf({ ...fullFacts, cameras })).length < 64 * 1024);
});
