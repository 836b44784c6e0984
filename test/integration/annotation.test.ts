// The simulated ridge, the real program in processes of its own, a way that is broken and mended badly, two kills: what its sequences look like
// at an annotation API in the end. Needs no outside server, and some minutes.
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { describeAnnotationBench, runAnnotationBench } from "../../agent/bench/annotation.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { temporaryFolder } from "../fakes/store.ts";

const root = resolve(import.meta.dirname, "../..");

test("sequences of a watched ridge arrive by themselves after a broken link, each once and whole", async (t) => {
  const bench = await runAnnotationBench({
    work: temporaryFolder(t),
    seed: 1,
    maxPictures: 20,
    platform: true,
    program: [process.execPath, "--import", "tsx", resolve(root, "scripts/outrider.ts")],
    clock: createSystemClock(),
    log: silentLog,
    env: process.env,
    signal: new AbortController().signal,
  });
  t.diagnostic(describeAnnotationBench(bench));
  assert.deepEqual(bench.problems, []);
  assert.ok(bench.lines.length >= 2 && bench.lines.every(({ state }) => state === "delivered"));
  assert.ok(Object.keys(bench.faults).length > 0, "the way was bad");
});
