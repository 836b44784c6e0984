import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { describeQueueBench, runQueueBench } from "../../../agent/bench/queue.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const root = resolve(import.meta.dirname, "../../..");

test("runQueueBench() has every event heard once and in order by another process, and says what memory it took", async (t) => {
  const result = await runQueueBench({
    work: temporaryFolder(t),
    events: 3000,
    broker: null,
    program: [
      process.execPath,
      "--import",
      join(root, "node_modules/tsx/dist/esm/index.mjs"),
      join(root, "scripts/outrider.ts"),
    ],
    clock: createSystemClock(),
    log: silentLog,
    random: Math.random,
    signal: new AbortController().signal,
  });
  assert.deepEqual([result.heard.events, result.heard.overtaken, result.heard.topics], [3000, 0, 10]);
  assert.ok(result.storeMb > 0.5 && result.sentPerS > 0);
  assert.match(
    describeQueueBench(result),
    /queued {4}3000 events.*\nbaseline.*\nsent.*\nheard {5}3000 different/,
  );
});
