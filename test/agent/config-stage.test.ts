import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { readStage, type StagedChange, stageFile, writeStage } from "../../agent/config-stage.ts";
import { temporaryFolder } from "../fakes/store.ts";

const change = (id: string, values: Record<string, unknown> = { "record.delayMs": 50 }): StagedChange => ({
  id,
  atUs: 1,
  state: "kept",
  confirm: false,
  changed: Object.keys(values),
  values,
});

test("what is staged is read again, by its owner only", (t) => {
  const data = join(temporaryFolder(t), "not-there-yet");
  assert.deepEqual(readStage(data), { changes: [], problem: null });
  writeStage(data, [change("a"), change("b")]);
  assert.deepEqual(readStage(data), { changes: [change("a"), change("b")], problem: null });
  assert.equal(statSync(stageFile(data)).mode & 0o077, 0);
});

test("only the newest sixteen are kept", (t) => {
  const data = temporaryFolder(t);
  writeStage(
    data,
    Array.from({ length: 20 }, (_, at) => change(`c${at}`)),
  );
  assert.deepEqual(readStage(data).changes.at(0)!.id, "c4");
});

test("a damaged file is what it held before, with the reason; and nothing when that is damaged, too", (t) => {
  const data = temporaryFolder(t);
  writeStage(data, [change("a")]);
  writeStage(data, [change("a"), change("b")]);
  const whole = readFileSync(stageFile(data), "utf8");
  writeFileSync(stageFile(data), whole.slice(0, 40));
  assert.deepEqual(readStage(data).changes, [change("a")]);
  assert.match(readStage(data).problem!, /config-staged\.json cannot be used .*the one before it is/);
  writeFileSync(stageFile(data), whole.replace('"record.delayMs":50', '"record.delayMs":51'));
  assert.match(readStage(data).problem!, /checksum/);
  rmSync(join(data, "config-staged.before.json"));
  writeFileSync(join(data, "config-staged.before.json"), "{");
  assert.deepEqual(readStage(data).changes, []);
  assert.match(readStage(data).problem!, /nothing is staged/);
  writeStage(data, [change("c")]);
  assert.deepEqual(readStage(data), { changes: [change("c")], problem: null });
});

test("no bytes in the file make reading it throw", (t) => {
  const data = temporaryFolder(t);
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
      writeFileSync(stageFile(data), bytes);
      assert.deepEqual(readStage(data).changes, []);
    }),
    { numRuns: 200 },
  );
});

test("kill -9 in the middle of staging leaves the old changes or the new ones, never something between", async (t) => {
  const data = temporaryFolder(t);
  let newest = -1;
  for (let round = 0; round < 4; round += 1) {
    const program = join(import.meta.dirname, "../fakes/stage-child.ts");
    const child = spawn(process.execPath, ["--import", "tsx", program, data], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await delay(20 + round * 13);
    child.kill("SIGKILL");
    await once(child, "exit");
    const { changes, problem } = readStage(data);
    assert.equal(problem, null);
    const count = Number(changes.at(-1)!.values["record.delayMs"]);
    assert.ok(count >= newest);
    newest = count;
  }
});
