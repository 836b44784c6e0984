import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { openTargets } from "../../agent/targets.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { isSent } from "../../device/store/retention.ts";
import { createDrain } from "../../sync/drain.ts";
import type { Target } from "../../sync/targets/target.ts";
import { frameEntry, frameId, openTestStore, temporaryFolder } from "../fakes/store.ts";

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

test("openTargets() opens every place, each label target after its own bucket, and says which may be behind", async (t) => {
  const targets = open(t, {
    bucket: "s3://first",
    index: "https://search.example:9200/labels",
    also: [
      { bucket: "s3://second/cars", index: "https://other.example:9200/labels", required: false },
      { index: "http://third.example:9200/labels" },
    ],
  });
  assert.deepEqual(
    targets.list.map(({ name, waitsFor }) => [name, ...waitsFor]),
    [
      ["s3://first"],
      ["s3://second/cars"],
      ["https://search.example:9200/labels", "s3://first"],
      ["https://other.example:9200/labels", "s3://second/cars"],
      ["http://third.example:9200/labels", "s3://first"],
    ],
  );
  assert.deepEqual(targets.plan.optionalTargets, ["s3://second/cars", "https://other.example:9200/labels"]);
  const { frame, labels } = frameEntry(1, { labels: 1 });
  assert.deepEqual(
    targets.plan.ofFrame(frame, labels).map(({ target }) => target),
    targets.list.map(({ name }) => name),
  );
  await targets.close();
});

test("openTargets() refuses one name for two places: their receipts could not be told apart", (t) => {
  assert.throws(
    () => open(t, { bucket: "folder:one", also: [{ bucket: "folder:./one" }] }),
    /Expected every bucket and index of sync \(with sync.also\) to have a name of its own, got folder:.*\/one twice/,
  );
});

test("a drain sends to every place by itself, and a place that is away keeps no frame from retention unless it is required", async (t) => {
  for (const required of [true, false]) {
    const data = temporaryFolder(t);
    writeFileSync(join(data, "away"), "a file where the bucket should be");
    const store = openTestStore(t);
    const clock = createSystemClock();
    const targets = openTargets({
      config: parseConfig(
        { data, sync: { also: [{ bucket: `folder:${join(data, "away")}`, required }] } },
        "test",
      ),
      store,
      clock,
      log: silentLog,
      env: {},
      events: null,
    });
    const { pictureTargets, labelTargets, optionalTargets } = targets.plan;
    for (let n = 0; n < 3; n += 1) await store.keep(frameEntry(n, { pictureTargets, labelTargets }));
    const drain = createDrain({ store, targets: targets.list, clock, log: silentLog, random: () => 0 });
    const statuses = await drain.run({ follow: false, attempts: 1, signal: new AbortController().signal });
    assert.deepEqual(
      statuses.map(({ delivered }) => delivered),
      [3, 0, 3],
    );
    const frame = store.frames.get(frameId(1))!;
    const limits = {
      pictureTargets: pictureTargets.filter((name) => !optionalTargets.includes(name)),
      labelTargets,
      optionalTargets,
    };
    assert.equal(isSent(store, frame, limits), !required);
    await targets.close();
  }
});
