// An import that is killed with SIGKILL again and again, against contract servers that fail in every way, ends as an undisturbed one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { disturbImports } from "../../agent/bench/import/disturbed.ts";
import { temporaryFolder } from "../fakes/store.ts";
import { theProgram } from "../fakes/the-program.ts";

test("an import killed at random points is gone on with; nothing doubled, no person's work touched", async (t) => {
  const result = await disturbImports({
    program: theProgram,
    work: temporaryFolder(t),
    sequences: 12,
    detections: 5,
    pictureBytes: 1000,
    latencyMs: 5,
    workers: 4,
    kills: 6,
    faultShare: 0.3,
    seed: 11,
    say: (words) => t.diagnostic(words),
    signal: t.signal,
  });
  assert.deepEqual(result.problems, []);
  assert.ok(result.kills >= 6, `${result.kills} kills`);
  assert.deepEqual([result.duplicates, result.humanChanges, result.writesOfRerun], [0, 0, 0]);
});
