// The whole way on real servers: recorded, sent, found, downloaded and compared; and sending that is killed again and again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { proveReplay } from "../../agent/bench/replay.ts";
import { runRestartBench } from "../../agent/bench/restarts.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { createElasticIndex } from "../../sync/indexes/elastic.ts";
import { makeTestBucket, s3Skip } from "./s3-server.ts";

const root = resolve(import.meta.dirname, "../..");
const tub =
  process.env.OUTRIDER_TEST_DATA === undefined
    ? null
    : join(process.env.OUTRIDER_TEST_DATA, "donkey_tub/tub.tar.gz");
const tubSkip =
  tub !== null && existsSync(tub)
    ? false
    : "OUTRIDER_TEST_DATA names no folder with donkey_tub/tub.tar.gz: the real car frames are no part of this repository";
const env = {
  ...process.env,
  PATATE_S3_KEY_ID: process.env.OUTRIDER_TEST_S3_KEY,
  PATATE_S3_KEY: process.env.OUTRIDER_TEST_S3_SECRET,
};
const never = new AbortController().signal;

const servers = [
  ["Elasticsearch", "OUTRIDER_TEST_ELASTICSEARCH"],
  ["OpenSearch", "OUTRIDER_TEST_OPENSEARCH"],
] as const;

for (const [name, variable] of servers) {
  const url = process.env[variable] ?? "";
  const skip =
    s3Skip || (url === "" ? `${variable} is not set: start a node with test/servers/search-up` : false);
  describe(`S3 and ${name}`, { skip }, () => {
    let work = "";
    let bucket = "";
    const index = `${url}/whole-way-${process.pid}`;
    before(async () => {
      work = mkdtempSync(join(tmpdir(), "outrider-whole-way-"));
      bucket = `s3://${(await makeTestBucket()).bucket}`;
      const opened = createElasticIndex({ url, index: `whole-way-${process.pid}` });
      await opened.create(never);
      await opened.close();
    });
    after(() => rmSync(work, { recursive: true, force: true }));
    const common = () => ({
      work,
      bucket,
      index,
      endpoint: process.env.OUTRIDER_TEST_S3 ?? null,
      clock: createSystemClock(),
      log: silentLog,
      env,
      random: Math.random,
      signal: never,
    });

    test("1000 real car frames go the whole way and come back byte for byte", { skip: tubSkip }, async () => {
      execFileSync("tar", ["xzf", tub!, "-C", work]);
      const person = {
        ask: async () => null,
        confirm: async () => true,
        tell: () => undefined,
        progress: () => ({ step: () => undefined, end: () => undefined }),
      };
      const proof = await proveReplay({ ...common(), tub: join(work, "tub"), speed: 1, person });
      assert.deepEqual(proof.problems, []);
      assert.equal(proof.records, 1000);
      assert.equal(proof.identical, 1000);
    });

    test("sending that is killed eight times leaves every object and every label there once", async () => {
      const program = [
        process.execPath,
        "--import",
        join(root, "node_modules/tsx/dist/esm/index.mjs"),
        join(root, "scripts/outrider.ts"),
      ];
      const result = await runRestartBench({
        ...common(),
        frames: 1200,
        bytes: 10_000,
        kills: 8,
        program,
        shards: false,
      });
      assert.deepEqual(result.problems, []);
      assert.ok(result.hits > 0, "no kill came while it was sending");
    });
  });
}
