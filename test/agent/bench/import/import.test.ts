// The bench itself, small: real processes of the program and of the contract servers. The kills are in test/integration.
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDisturbed, disturbImports } from "../../../../agent/bench/import/disturbed.ts";
import { describeThroughput, measureThroughput } from "../../../../agent/bench/import/throughput.ts";
import { temporaryFolder } from "../../../fakes/store.ts";
import { theProgram } from "../../../fakes/the-program.ts";

const small = { sequences: 7, detections: 3, pictureBytes: 1000, latencyMs: 0, workers: 4, seed: 3 };

test("measureThroughput() has the import give what the same calls give one by one", async (t) => {
  const result = await measureThroughput({
    ...small,
    program: theProgram,
    work: temporaryFolder(t),
    baseline: 2,
    signal: t.signal,
  });
  assert.deepEqual(result.problems, []);
  assert.deepEqual([result.import.detections, result.oneByOne.detections], [21, 6]);
  assert.match(describeThroughput(result), /one by one .*\nimport .*\nmemory .*\nresult {6}the same/);
});

test("disturbImports() has an import with lost answers, dead tokens and people at work end as an undisturbed one", async (t) => {
  const result = await disturbImports({
    ...small,
    program: theProgram,
    work: temporaryFolder(t),
    kills: 0,
    faultShare: 0.1,
    say: () => undefined,
    signal: t.signal,
  });
  assert.deepEqual(result.problems, []);
  assert.deepEqual([result.duplicates, result.humanChanges, result.writesOfRerun], [0, 0, 0]);
  assert.ok(Object.values(result.faults).reduce((sum, count) => sum + count, 0) > 0);
  assert.match(describeDisturbed(result), /disturbed .*\nfaults .*\nserver .*\nresult {6}the same/);
});
