// A short part of the fault suite against real servers: kills, lying links, a clock that jumps, cameras that fail. Nothing lost, nothing doubled,
// nothing left behind. As a process of its own: it reads stores that others are killed over, and should it die, that is told.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, type TestContext, test } from "node:test";
import type { FaultSuite } from "../../agent/bench/faults/suite.ts";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
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

test("outrider bench faults on real servers: every fault that is injected, nothing lost, nothing doubled", {
  skip,
}, async (context) => {
  const opened = await makeTestBucket();
  const index = `outrider-faults-${randomBytes(4).toString("hex")}`;
  const result = await benchFaults(context, [
    ...["--rounds", String(rounds), "--seed", "1", "--parallel", "3"],
    ...["--mqtt", mqtt, "--bucket", `s3://${opened.bucket}`, "--endpoint", opened.endpoint],
    ...["--index", `${search}/${index}`],
  ]);
  assert.deepEqual(result.problems, []);
  assert.deepEqual([result.lost, result.doubled], [0, 0]);
  assert.ok(result.injected >= rounds / 2, `${result.injected} of ${result.rounds} rounds met something`);

  const bucket = createS3Bucket(opened);
  context.after(bucket.close);
  for await (const { key } of bucket.list("", context.signal)) assert.fail(`${key} is left in the bucket`);
  await fetch(`${search}/${index}/_refresh`, { method: "POST" });
  const { count } = (await (await fetch(`${search}/${index}/_count`)).json()) as { count: number };
  assert.equal(count, 0, "documents left in the index");
});

/** Runs the bench to its end and gives what it prints with --json; its progress and last words are the test's. */
async function benchFaults(context: TestContext, options: readonly string[]): Promise<FaultSuite> {
  const child = spawn(
    process.execPath,
    [
      ...["--import", join(root, "node_modules/tsx/dist/esm/index.mjs"), join(root, "scripts/outrider.ts")],
      ...["bench", "faults", "--json", "--work", work, ...options],
    ],
    {
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: process.env.OUTRIDER_TEST_S3_KEY,
        AWS_SECRET_ACCESS_KEY: process.env.OUTRIDER_TEST_S3_SECRET,
      },
      stdio: ["ignore", "pipe", "pipe"],
      signal: context.signal,
    },
  );
  let printed = "";
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  const progress = said.split("\n").filter((line) => line.startsWith("["));
  for (const line of progress) context.diagnostic(line);
  const line = printed.trim().split("\n").at(-1)!;
  // A promise that was broken is told by the result.
  assert.notEqual(line, "", `ended with ${signal ?? `exit code ${code}`}, no result: ${said.slice(-4000)}`);
  return JSON.parse(line) as FaultSuite;
}
