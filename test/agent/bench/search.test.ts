// The search bench on a few labels: it runs, finds what it should and cleans up.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runSearchBench } from "../../../agent/bench/search.ts";
import { benchQueries } from "../../../agent/bench/search-labels.ts";

test("runSearchBench() measures every query and leaves nothing behind", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "outrider-bench-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const lines: string[] = [];
  const result = await runSearchBench({
    directory,
    labels: 1500,
    rounds: 1,
    signal: new AbortController().signal,
    print: (line) => lines.push(line),
  });
  assert.deepEqual(
    result.queries.map(({ name, hits }) => [name, hits]),
    [
      ["one label: time range and class", 1],
      ["a minute of one event", 300],
      ["a class in one session", 0],
      ["a picture by wildcard and class", result.queries[3]?.hits],
      ["a phrase and a creator", 0],
      ["broad: a class and a speed range", result.queries[5]?.hits],
      ["broad: all of the year but one event", 1500],
    ],
  );
  assert.equal(lines.length, 2 + Object.keys(benchQueries).length);
  assert.ok(result.putPerSecond > 0 && result.queries.every(({ countP50Ms }) => countP50Ms > 0));
  assert.deepEqual(await readdir(directory), []);
});

test("runSearchBench() stops when its signal aborts", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "outrider-bench-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const signal = AbortSignal.abort(new Error("stop"));
  await assert.rejects(runSearchBench({ directory, labels: 1000, rounds: 1, signal }), /stop/);
  assert.deepEqual(await readdir(directory), []);
});
