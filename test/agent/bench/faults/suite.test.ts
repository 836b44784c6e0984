// The suite deals out and adds up; what it plays is tried on real servers (test/integration/faults.test.ts).
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runFaultSuite } from "../../../../agent/bench/faults/suite.ts";
import { faults } from "../../../../agent/bench/faults/table.ts";
import { createSystemClock } from "../../../../device/clock.ts";
import { silentLog } from "../../../../device/log.ts";
import { temporaryFolder } from "../../../fakes/store.ts";

test("runFaultSuite() does not play into what an earlier run left, which may show what broke", async (t) => {
  const work = temporaryFolder(t);
  mkdirSync(join(work, "f17-1-0"));
  const suite = runFaultSuite({
    work,
    places: { broker: "mqtt://127.0.0.1:9", bucket: null, endpoint: null, index: null },
    program: ["false"],
    clock: createSystemClock(),
    log: silentLog,
    env: {},
    signal: new AbortController().signal,
    faults: faults.filter(({ name }) => name === "F17"),
    rounds: 1,
    seed: 1,
    stamp: "x",
    parallel: 1,
    abilities: new Set(),
  });
  await assert.rejects(suite, /Expected --work to hold nothing of an earlier run.*f17-1-0/);
});
