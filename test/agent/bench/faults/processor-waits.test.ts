// The bench must know when the agent waited for a processor, and must not take more for a wait than there was time.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { accountedWaitNs, watchProcessorWaits } from "../../../../agent/bench/faults/processor-waits.ts";

test("watchProcessorWaits() tells what was accounted between two looks, at most the time between them", () => {
  let nowNs = 0;
  let accounted: number | null = 5e9;
  const watch = watchProcessorWaits(
    () => accounted,
    () => nowNs,
  );
  const lookAt = (atNs: number, total: number | null) => {
    nowNs = atNs;
    accounted = total;
    watch.look();
  };
  lookAt(1e9, 5.4e9);
  lookAt(2e9, 5.4e9);
  lookAt(3e9, 8.4e9);
  lookAt(4e9, null);
  watch.close();
  assert.deepEqual(watch.waits(), [
    { fromNs: 0, toNs: 0.4e9 },
    { fromNs: 2e9, toNs: 3e9 },
  ]);
});

test("watchProcessorWaits() forgets what is over a minute old", () => {
  let nowNs = 0;
  let accounted = 0;
  const watch = watchProcessorWaits(
    () => accounted,
    () => nowNs,
  );
  for (let second = 1; second <= 1000; second += 1) {
    nowNs = second * 1e9;
    accounted += 0.5e9;
    watch.look();
  }
  watch.close();
  assert.ok(watch.waits().length <= 62, `${watch.waits().length} waits`);
});

test("accountedWaitNs() knows of this process, and of none that is gone", {
  skip: !existsSync("/proc/self/schedstat") && "this system does not account for it",
}, () => {
  const waited = accountedWaitNs(process.pid);
  assert.ok(waited !== null && waited >= 0, `${waited}`);
  assert.equal(accountedWaitNs(2 ** 22 + 1), null);
});
