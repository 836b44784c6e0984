// F2: killed at each step of an upload to a real server, and at random: one object, the right bytes, at most one part sent twice.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { startMeteredLink } from "../../agent/bench/metered-link.ts";
import { objectKey } from "../../device/frame.ts";
import type { UploadStep } from "../../sync/buckets/bucket.ts";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
import { createPackedBucket } from "../../sync/shards/packed-bucket.ts";
import { bytesOf, frameEntry, frameId, openTestStore, temporaryFolder } from "../fakes/store.ts";
import type { UploadChildOptions } from "../fakes/upload-child.ts";
import { makeTestBucket, s3Skip } from "./s3-server.ts";

const { signal } = new AbortController();
const mib = 1024 * 1024;
const partBytes = 5 * mib;
const frames = 60;
const frameBytes = 300_000;
/** All frames in one shard of four parts. */
const shardBytes = 20e6;
const child = resolve(import.meta.dirname, "../fakes/upload-child.ts");

async function setUp(t: TestContext) {
  const server = await makeTestBucket();
  const link = await startMeteredLink(new URL(server.endpoint));
  const directory = temporaryFolder(t);
  const target = `s3://${server.bucket}`;
  const filling = openTestStore(t, { directory, commitWindowMs: 20 });
  await Promise.all(
    Array.from({ length: frames }, (_, n) =>
      filling.keep(frameEntry(n, { pictureTargets: [target], size: frameBytes })),
    ),
  );
  await filling.close();
  const keys = await server.credentials();
  const client = new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    forcePathStyle: true,
    credentials: keys,
  });
  const bucket = createS3Bucket(server);
  t.after(async () => {
    client.destroy();
    await Promise.all([bucket.close(), link.close()]);
  });
  const options = { directory, endpoint: link.url, bucket: server.bucket, keys, partBytes, shardBytes };
  /** Runs the child to its end, or to its death. */
  const run = async (killAt: UploadChildOptions["killAt"], afterMs?: number): Promise<string | number> => {
    const running = spawn(
      process.execPath,
      ["--import", "tsx", child, JSON.stringify({ ...options, killAt } satisfies UploadChildOptions)],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
    if (afterMs !== undefined)
      void delay(afterMs, undefined, { ref: false }).then(() => running.kill("SIGKILL"));
    const [code, died] = (await once(running, "close")) as [number | null, string | null];
    return died ?? code ?? -1;
  };
  /** What is there in the end, and how much went twice. */
  const judge = async (): Promise<{ readonly resent: number }> => {
    const objects = new Map<string, number>();
    for await (const { key, size } of bucket.list("", signal)) objects.set(key, size);
    const shards = [...objects.keys()].filter((key) => key.endsWith(".tar"));
    assert.equal(shards.length, 1, [...objects.keys()].join());
    assert.equal(objects.size, 2);
    const packed = createPackedBucket(bucket);
    for (let n = 0; n < frames; n += 1) {
      const bytes = await packed.get(objectKey({ prefix: "track/20240501", imgId: frameId(n) }), signal);
      assert.ok(bytes !== null && Buffer.compare(bytes, bytesOf(n, frameBytes)) === 0, frameId(n));
    }
    // The whole object against the SHA-256 that was kept beside it.
    assert.equal((await bucket.get(shards[0]!, signal))!.byteLength, objects.get(shards[0]!));
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
    assert.deepEqual(Uploads, [], "nothing is left half there");
    const store = openTestStore(t, { directory });
    assert.deepEqual([...store.notes.keys({ start: "shard/", end: "upload/~" })], []);
    await store.close();
    const sent = link.bodies().get(`/${server.bucket}/${shards[0]!}`) ?? 0;
    return { resent: sent - objects.get(shards[0]!)! };
  };
  return { run, judge };
}

const points: readonly (readonly [UploadStep, number])[] = [
  ["create", 1],
  ["created", 1],
  ["part", 1],
  ["part", 3],
  ["part", 4],
  ["complete", 1],
  ["completed", 1],
];
for (const [step, nth] of points)
  test(`killed at "${step}" (${nth}), the upload goes on: one object, at most one part twice`, {
    skip: s3Skip,
  }, async (t) => {
    const { run, judge } = await setUp(t);
    assert.equal(await run({ step, nth }), "SIGKILL");
    assert.equal(await run(null), 0);
    const { resent } = await judge();
    assert.ok(resent <= partBytes, `${resent} bytes went twice`);
  });

test("killed at random again and again, the upload goes on: one object, at most one part twice for each kill", {
  skip: s3Skip,
}, async (t) => {
  const { run, judge } = await setUp(t);
  let hits = 0;
  for (let kill = 0; kill < 6; kill += 1)
    if ((await run(null, 600 + Math.random() * 1200)) === "SIGKILL") hits += 1;
  assert.equal(await run(null), 0);
  const { resent } = await judge();
  t.diagnostic(`${hits} kills, ${resent} bytes sent twice`);
  assert.ok(resent <= hits * partBytes, `${resent} bytes went twice in ${hits} kills`);
});
