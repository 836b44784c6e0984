import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { describeFailSafeBench, runFailSafeBench } from "../../../agent/bench/fail-safe.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const program = [
  process.execPath,
  "--import",
  "tsx",
  fileURLToPath(new URL("../../../scripts/outrider.ts", import.meta.url)),
];

test("runFailSafeBench() makes a real program fail and finds its car at rest, to stay there", async (t) => {
  const only = ["gamepad unplugged", "program stopped"];
  const result = await runFailSafeBench({
    work: temporaryFolder(t),
    rounds: 1,
    seed: 1,
    only,
    program,
    clock: createSystemClock(),
    signal: t.signal,
  });
  assert.deepEqual(result.faults.map(({ fault }) => fault).toSorted(), only.toSorted());
  for (const { fault, moved } of result.faults) assert.equal(moved, 0, fault);
  // The bounds are for a machine that is not full of other tests.
  for (const { fault, worstMs } of result.faults) assert.ok(worstMs < 60_000, `${fault}: ${worstMs} ms`);
  assert.match(describeFailSafeBench(result), /gamepad unplugged +1 /);
});

test("runFailSafeBench() names the faults it knows", async (t) => {
  await assert.rejects(
    runFailSafeBench({
      work: temporaryFolder(t),
      rounds: 1,
      seed: 1,
      only: ["earthquake"],
      program,
      clock: createSystemClock(),
      signal: t.signal,
    }),
    /Expected faults among gamepad unplugged, .*event storm, got earthquake/,
  );
});
