// The benches of the store in small: their checks hold, and their figures are there.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { describeCrashBench, runCrashBench } from "../../../agent/bench/crash.ts";
import { crashPicture } from "../../../agent/bench/crash-picture.ts";
import { describeRecordBench, runRecordBench } from "../../../agent/bench/record.ts";
import { describeSoakBench, runSoakBench } from "../../../agent/bench/soak.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const root = resolve(import.meta.dirname, "../../..");
const deps = { clock: createSystemClock(), log: silentLog, signal: new AbortController().signal };

/** The same moments of death in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

test("runCrashBench() finds nothing torn, nothing acknowledged missing, and is ready again at once", async (t) => {
  const work = temporaryFolder(t);
  const result = await runCrashBench({
    ...deps,
    work,
    program: [
      process.execPath,
      "--import",
      join(root, "node_modules/tsx/dist/esm/index.mjs"),
      join(root, "scripts/outrider.ts"),
    ],
    rounds: 6,
    fps: 60,
    bytes: 30_000,
    maxRunMs: 200,
    random: seeded(7),
  });
  t.diagnostic(describeCrashBench(result));
  assert.deepEqual(result.problems, []);
  assert.ok(result.acknowledged >= 6);
  assert.deepEqual(readdirSync(work), []);
});

test("crashPicture() gives other bytes for every number, the same each time", () => {
  assert.deepEqual(crashPicture(3, 1001), crashPicture(3, 1001));
  assert.notDeepEqual(crashPicture(3, 1001), crashPicture(4, 1001));
  assert.equal(crashPicture(3, 1001).length, 1001);
});

test("runRecordBench() measures both in turns and leaves nothing behind", async (t) => {
  const work = temporaryFolder(t);
  const result = await runRecordBench({ ...deps, work, frames: 20, bytes: 5000, rounds: 2 });
  assert.deepEqual([result.store.length, result.files.length], [2, 2]);
  assert.match(describeRecordBench(result), /ratio \d/);
  assert.equal(existsSync(`${work}/record`), false);
});

test("runSoakBench() keeps every frame, reads it back and books it", async (t) => {
  const work = temporaryFolder(t);
  const result = await runSoakBench({ ...deps, work, seconds: 1, fps: 30, bytes: 5000, deliver: true });
  assert.deepEqual([result.frames, result.failed], [30, 0]);
  assert.ok(result.delivered > 0);
  assert.match(describeSoakBench(result), /RSS/);
});
