import assert from "node:assert/strict";
import { test } from "node:test";
import { collectStats, describeStats, formatBytes, formatHours } from "../../agent/stats.ts";
import { createSystemClock } from "../../device/clock.ts";
import type { Store } from "../../device/store/store.ts";
import { frameEntry, frameId, openTestStore } from "../fakes/store.ts";

const stats = (store: Store) =>
  collectStats(store, { disk: { freeBytes: 5e9, totalBytes: 9e9 }, nowUs: createSystemClock().now().wallUs });

test("collectStats() holds what the store holds, waits for and dropped; describeStats() says it in lines", async (t) => {
  const store = openTestStore(t);
  const empty = stats(store);
  assert.deepEqual([empty.frames, empty.oldest, empty.diskHoursLeft, empty.targets], [0, null, null, []]);
  assert.match(describeStats(empty), /nothing recorded yet/);
  for (let n = 0; n < 3; n += 1)
    await store.keep(frameEntry(n * 1000, { pictureTargets: ["folder:/b"], labelTargets: ["local:/i"] }));
  await store.commit(() => {
    const [entry] = store.outbox.take("local:/i", "labelled", { limit: 1, skip: () => false, nowUs: 9e15 });
    store.outbox.settle({ entry: entry!, result: "parked", reason: "field x is unknown" });
    store.counters.add("dropped/sent", 4);
  });
  const full = stats(store);
  assert.deepEqual([full.frames, full.labels, full.oldest, full.newest], [3, 3, frameId(0), frameId(2000)]);
  assert.deepEqual(
    full.targets.map(({ target, waiting, parked }) => [target, waiting, parked]),
    [
      ["folder:/b", 3, 0],
      ["local:/i", 2, 1],
    ],
  );
  assert.ok(full.diskHoursLeft! > 0);
  const text = describeStats(full);
  assert.match(text, /^target {4}folder:\/b: delivered 0, waiting 3 \(6\.0 kB, oldest \d+ s\), parked 0$/m);
  assert.match(text, /^dropped {3}sent 4$/m);
  assert.match(text, /^parked {4}label label-0-0 → local:\/i: field x is unknown$/m);
});

test("formatBytes() and formatHours() speak to people", () => {
  assert.deepEqual([0, 999, 1000, 12_345, 999_950, 5e9, 7e13].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "12.3 kB",
    "1000 kB",
    "5.0 GB",
    "70.0 TB",
  ]);
  assert.deepEqual([0.5, 1.5, 72].map(formatHours), ["30 min", "1.5 h", "3 days"]);
});
