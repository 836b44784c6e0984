import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { keepLastGood } from "../../../agent/config-last-good.ts";
import { stageFile, writeStage } from "../../../agent/config-stage.ts";
import { examineStage } from "../../../agent/doctor/config.ts";
import { temporaryFolder } from "../../fakes/store.ts";

test("examineStage() says nothing of a device that nobody changed, and names what was changed from afar", (t) => {
  const data = temporaryFolder(t);
  assert.deepEqual(examineStage(data), []);
  keepLastGood(data, { device: "car" });
  writeStage(data, [
    {
      id: "a",
      atUs: 1,
      state: "kept",
      confirm: false,
      changed: ["record.delayMs"],
      values: { "record.delayMs": 50, "log.level": "info" },
    },
  ]);
  const [changed, good] = examineStage(data);
  assert.deepEqual([changed!.state, good!.state], ["warning", "ok"]);
  assert.match(changed!.found, /record\.delayMs, log\.level/);
  assert.match(changed!.fix!, /config rollback .*config-staged\.json/);
  writeFileSync(stageFile(data), "{");
  assert.match(examineStage(data)[0]!.found, /cannot be used/);
});
