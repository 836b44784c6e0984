// A process that is killed while it writes labels: what it was told is kept is there, and the index says the same as the labels.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../../device/log.ts";
import { parseQuery } from "../../../device/query.ts";
import { openLabelSearch } from "../../../device/store/search.ts";

const { signal } = new AbortController();
const writer = join(import.meta.dirname, "search-crash-writer.ts");

/** Starts a writer, kills it after some acknowledged batches, and gives the fingerprints it was told are kept. */
async function writeAndKill(directory: string, round: number, batches: number): Promise<string[]> {
  const flags = process.execArgv.filter((flag) => !flag.startsWith("--test"));
  const child = spawn(process.execPath, [...flags, writer, directory, `${round}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const kept: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    kept.push(line);
    // Not at a line's end but somewhere in the next batch: the child goes on while this process looks.
    if (kept.length === batches) child.kill("SIGKILL");
  }
  const [, killedBy] = await exit;
  assert.equal(killedBy, "SIGKILL");
  return kept;
}

test("put() loses nothing that it acknowledged when the process is killed", async (t: TestContext) => {
  const directory = await mkdtemp(join(tmpdir(), "outrider-search-crash-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const kept: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    kept.push(...(await writeAndKill(directory, round, 5 + round * 7)));
    const search = await openLabelSearch({ directory, log: silentLog });
    const fingerprints = kept.flatMap((batch) => Array.from({ length: 10 }, (_, n) => `${batch}-${n}`));
    assert.equal((await search.get(fingerprints)).size, fingerprints.length);
    const all: string[] = [];
    for await (const label of search.search(parseQuery({}), signal)) all.push(label.label_fingerprint);
    assert.equal(new Set(all).size, all.length);
    // Whole batches only, each of ten labels, and every way to ask gives the same labels.
    assert.equal(all.length % 10, 0);
    for (const query of [
      { img_id: { type: "exists" } },
      { event: { type: "match", query: "crash" } },
      { img_id: { type: "prefix", value: "picture-" } },
      { timestamp: { type: "range", gte: "20200101" } },
    ])
      assert.equal(await search.count(parseQuery(query)), all.length, JSON.stringify(query));
    assert.equal(search.damaged(), 0);
    await search.close();
  }
});
