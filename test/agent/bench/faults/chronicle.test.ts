// A break is understood from what was done around it: nothing that was done may be missing from the chronicle.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noted, openChronicle } from "../../../../agent/bench/faults/chronicle.ts";
import { createManualClock } from "../../../fakes/manual-clock.ts";
import { temporaryFolder } from "../../../fakes/store.ts";

test("openChronicle() tells what was noted between two moments, and keeps all of it in its file", async (t) => {
  const path = join(temporaryFolder(t), "chronicle.log");
  const clock = createManualClock();
  const zeroNs = clock.monotonicNs();
  const chronicle = openChronicle(path, clock);
  const proxy = noted(
    { port: 7, set: async (_fault: { kind: string } | null) => undefined },
    "bucket",
    chronicle,
  );
  chronicle.note("life 0 begins");
  await clock.advance(1500);
  await proxy.set({ kind: "hole" });
  await clock.advance(500);
  await proxy.set(null);
  assert.deepEqual(chronicle.between(zeroNs + 1e9, zeroNs + 2e9, zeroNs + 1e9), [
    '0.50 s bucket: {"kind":"hole"}',
    "1.00 s bucket: well",
  ]);
  assert.deepEqual(
    readFileSync(path, "utf8")
      .split("\n")
      .map((line) => line.replace(/^\S+ /, "")),
    ["life 0 begins", 'bucket: {"kind":"hole"}', "bucket: well", ""],
  );
});
