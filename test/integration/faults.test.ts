// A short part of the fault suite against real servers: kills, lying links, a clock that jumps, cameras that fail. Nothing lost, nothing doubled.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, test } from "node:test";
import { playFaults } from "../../agent/bench/faults/play.ts";
import { describeFaultSuite } from "../../agent/bench/faults/suite.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { makeTestBucket, s3Skip } from "./s3-server.ts";

const root = resolve(import.meta.dirname, "../..");
const mqtt = process.env.OUTRIDER_TEST_MQTT ?? "";
const search = process.env.OUTRIDER_TEST_ELASTICSEARCH ?? "";
const skip =
  s3Skip ||
  (mqtt === "" && "OUTRIDER_TEST_MQTT is not set: start a broker with test/servers/mqtt-up") ||
  (search === "" && "OUTRIDER_TEST_ELASTICSEARCH is not set: start a server with test/servers/search-up");

const rounds = 40;
const work = mkdtempSync(join(tmpdir(), "outrider-faults-"));
after(() => rmSync(work, { recursive: true, force: true }));

test("runFaultSuite() on real servers: every fault that is injected, nothing lost, nothing doubled", {
  skip,
}, async (context) => {
  const { bucket, endpoint } = await makeTestBucket();
  const result = await playFaults({
    work,
    rounds,
    seed: 1,
    parallel: 3,
    mqtt,
    bucket: `s3://${bucket}`,
    endpoint,
    index: `${search}/outrider-faults-${randomBytes(4).toString("hex")}`,
    program: [
      process.execPath,
      "--import",
      join(root, "node_modules/tsx/dist/esm/index.mjs"),
      join(root, "scripts/outrider.ts"),
    ],
    clock: createSystemClock(),
    log: silentLog,
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: process.env.OUTRIDER_TEST_S3_KEY,
      AWS_SECRET_ACCESS_KEY: process.env.OUTRIDER_TEST_S3_SECRET,
    },
    random: Math.random,
    signal: new AbortController().signal,
  });
  context.diagnostic(describeFaultSuite(result));
  assert.deepEqual(result.problems, []);
  assert.deepEqual([result.lost, result.doubled], [0, 0]);
  assert.ok(result.injected >= rounds / 2, `${result.injected} of ${result.rounds} rounds met something`);
});
