import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readCandidates } from "../../agent/config-candidates.ts";
import { keepLastGood } from "../../agent/config-last-good.ts";
import { type StagedChange, writeStage } from "../../agent/config-stage.ts";
import { temporaryFolder } from "../fakes/store.ts";

const change = (id: string, state: StagedChange["state"], delayMs: number): StagedChange => ({
  id,
  atUs: 1,
  state,
  confirm: false,
  changed: ["record.delayMs"],
  values: { "record.delayMs": delayMs },
});

function open(t: TestContext, text: string | null, changes: readonly StagedChange[] = []) {
  const folder = temporaryFolder(t);
  const file = join(folder, "outrider.yaml");
  const data = join(folder, "data");
  mkdirSync(data);
  if (text !== null) writeFileSync(file, text.replace("DATA", data));
  if (changes.length > 0) writeStage(data, changes);
  const read = (more: Partial<Parameters<typeof readCandidates>[0]> = {}) =>
    readCandidates({
      sources: { file, env: {}, flags: {} },
      running: null,
      lastGood: false,
      without: new Set(),
      ...more,
    });
  const tried = (found: ReturnType<typeof read>): readonly string[] =>
    found.list.map(({ base, staged }) => `${base} ${staged?.id ?? "-"}`);
  return { file, data, read, tried };
}

test("at the start a change on probation is one that died; while running it comes first, then what was before it", (t) => {
  const { read, tried } = open(t, "data: DATA\n", [change("a", "kept", 50), change("b", "trying", 40)]);
  const first = read();
  assert.deepEqual([first.died?.id, tried(first)], ["b", ["file a", "file -"]]);
  const running = read({ running: { base: { data: "elsewhere" } } });
  assert.equal(running.died, null);
  assert.deepEqual(tried(running), [
    ...["file b", "file a", "file -"],
    ...["last good b", "last good a", "last good -"],
  ]);
  const without = read({ running: { base: { data: "elsewhere" } }, without: new Set(["b"]) });
  assert.deepEqual(tried(without).slice(0, 2), ["file a", "file -"]);
});

test("what is staged stands over the file and under environment and flags", (t) => {
  const { read, file } = open(t, "data: DATA\nrecord: { delayMs: 200 }\n", [change("a", "kept", 50)]);
  assert.equal(read().list[0]!.parse().record.delayMs, 50);
  const flags = { "record.delayMs": 30 };
  assert.equal(read({ sources: { file, env: {}, flags } }).list[0]!.parse().record.delayMs, 30);
});

test("a broken file is an error, or, for a service, the last good one; its data folder is found all the same", (t) => {
  for (const text of ["data: DATA\ncameras: [\n", "data: 'DATA'  # here\nrecord: {\n"]) {
    const { data, read, tried } = open(t, text);
    assert.throws(() => read(), { name: "ConfigError" });
    assert.throws(() => read({ lastGood: true }), { name: "ConfigError" });
    keepLastGood(data, { data, record: { delayMs: 70 } });
    const found = read({ lastGood: true });
    assert.deepEqual([tried(found), found.data], [["last good -"], data]);
    assert.equal(found.list[0]!.parse().record.delayMs, 70);
    assert.match(found.problems[0]!, /outrider\.yaml cannot be used/);
  }
});

test("where the file is gone, the service manager knows the folder", (t) => {
  const { data, file, read } = open(t, null);
  keepLastGood(data, { data });
  const sources = { file, env: { STATE_DIRECTORY: data }, flags: {} };
  assert.equal(read({ sources, lastGood: true }).data, data);
});
