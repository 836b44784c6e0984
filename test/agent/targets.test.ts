import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { openTargets } from "../../agent/targets.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import type { Target } from "../../sync/targets/target.ts";
import { frameEntry, openTestStore, temporaryFolder } from "../fakes/store.ts";

function open(
  t: Parameters<Parameters<typeof test>[0] & object>[0],
  sync: object,
  events: Target | null = null,
) {
  return openTargets({
    config: parseConfig({ data: temporaryFolder(t), sync }, "test"),
    store: openTestStore(t),
    clock: createSystemClock(),
    log: silentLog,
    env: { PATATE_S3_KEY_ID: "id", PATATE_S3_KEY: "key" },
    events,
  });
}

test("openTargets() lists pictures before labels before events, and plans for those that are there", async (t) => {
  const events = { name: "mqtt:x", close: async () => undefined } as unknown as Target;
  const targets = open(
    t,
    { bucket: "s3://bucket/cars", index: "https://search.example:9200/labels" },
    events,
  );
  assert.deepEqual(
    targets.list.map(({ name }) => name),
    ["s3://bucket/cars", "https://search.example:9200/labels", "mqtt:x"],
  );
  assert.deepEqual(targets.list[1]!.waitsFor, ["s3://bucket/cars"]);
  const { frame, labels } = frameEntry(1, { labels: 2 });
  assert.deepEqual(
    targets.plan.ofFrame(frame, labels).map(({ kind }) => kind),
    ["picture", "label", "label"],
  );
  await targets.close();
  await targets.close();
});

test("openTargets() opens none where none is wanted", async (t) => {
  const targets = open(t, { bucket: null, index: null });
  const { frame, labels } = frameEntry(1);
  assert.deepEqual([targets.list, targets.plan.ofFrame(frame, labels)], [[], []]);
  await targets.close();
});

test("openTargets() names no secret of an address, and refuses one it does not know", async (t) => {
  const targets = open(t, { index: "https://anna:hush@search.example:9200/labels" });
  assert.ok(targets.list.every(({ name }) => !name.includes("hush")));
  await targets.close();
  assert.throws(() => open(t, { index: "gopher://x" }), /Expected the index as local:DIR/);
});
