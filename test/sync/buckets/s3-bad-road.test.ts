// F9: a road that cuts, swallows and crawls. Each ends in success or in a failure that says what it was; none hangs.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import type { Bucket } from "../../../sync/buckets/bucket.ts";
import { createFolderBucket } from "../../../sync/buckets/folder.ts";
import { createS3Bucket } from "../../../sync/buckets/s3.ts";
import { createDrain } from "../../../sync/drain.ts";
import { type FailureKind, SyncError } from "../../../sync/errors.ts";
import { createPictureTarget } from "../../../sync/targets/pictures.ts";
import { type Badness, startBadRoad } from "../../fakes/bad-road.ts";
import { eventually } from "../../fakes/eventually.ts";
import { startFakeS3 } from "../../fakes/s3.ts";
import { bytesOf, frameEntry, openTestStore, temporaryFolder } from "../../fakes/store.ts";
import { createMemoryUploadBook } from "../../fakes/upload-book.ts";

const { signal } = new AbortController();
const mib = 1024 * 1024;
const small = bytesOf(1, 60_000);

async function setUp(t: TestContext, idleTimeoutMs = 2500) {
  const fake = await startFakeS3();
  const road = await startBadRoad(fake.endpoint);
  const bucket = createS3Bucket({
    bucket: "pictures",
    region: "us-east-1",
    endpoint: road.endpoint,
    credentials: async () => ({ accessKeyId: "AKTEST", secretAccessKey: "secret-of-the-test" }),
    idleTimeoutMs,
    multipart: { fromBytes: mib, partBytes: 5 * mib, book: createMemoryUploadBook(), nowMs: () => 0 },
  });
  t.after(async () => {
    await bucket.close();
    await road.close();
    await fake.close();
  });
  await bucket.put("there", small, { ifAbsent: true, signal });
  return { fake, road, bucket };
}

const calls: Readonly<Record<string, (bucket: Bucket) => Promise<unknown>>> = {
  put: (bucket) => bucket.put("new", small, { ifAbsent: true, signal }),
  "put in parts": (bucket) => {
    const bytes = bytesOf(2, 6 * mib);
    const source = {
      size: bytes.length,
      sha256: null,
      read: async (a: number, b: number) => bytes.subarray(a, b),
    };
    return bucket.putLarge("large", source, { ifAbsent: true, signal });
  },
  get: (bucket) => bucket.get("there", signal),
  "get a part": (bucket) => bucket.getRange("there", 10, 50_000, signal),
  head: (bucket) => bucket.head("there", signal),
  list: async (bucket) => {
    for await (const _each of bucket.list("", signal));
  },
  remove: (bucket) => bucket.remove("there", signal),
};

const roads: readonly (readonly [string, Badness, readonly FailureKind[]])[] = [
  ["cuts requests in their middle", { kind: "cut request", afterBytes: 200 }, ["offline"]],
  ["cuts answers in their headers", { kind: "cut answer", afterBytes: 20 }, ["offline", "retryable"]],
  ["swallows answers whole", { kind: "hole", afterBytes: 0 }, ["offline"]],
  ["swallows answers after a part of their headers", { kind: "hole", afterBytes: 20 }, ["offline"]],
];
for (const [name, badness, kinds] of roads)
  test(`a road that ${name}: every call says so, and goes through when the road is good again`, async (t) => {
    const { road, bucket } = await setUp(t);
    road.badness = badness;
    const met = async ([what, call]: (typeof all)[number]): Promise<void> => {
      // A connection that is kept open may have its answer under way: the next one meets the road as it is.
      const failure = await call(bucket)
        .then(() => call(bucket))
        .then(
          () => null,
          (error: unknown) => error,
        );
      assert.ok(failure instanceof SyncError, `${what}: ${failure}`);
      assert.ok(kinds.includes(failure.kind), `${what}: ${failure.kind}: ${failure.message}`);
    };
    const all = Object.entries(calls);
    await Promise.all(all.map(met));
    road.badness = null;
    for (const [, call] of all) await call(bucket);
  });

test("a body that stops after the headers is noticed", async (t) => {
  const { road, bucket } = await setUp(t);
  road.badness = { kind: "hole", afterBytes: 2000 };
  for (const call of [calls.get!, calls["get a part"]!])
    await assert.rejects(
      call(bucket),
      (error) => error instanceof SyncError && error.kind === "offline" && /inactivity/.test(error.message),
    );
  road.badness = { kind: "cut answer", afterBytes: 2000 };
  await assert.rejects(
    calls.get!(bucket),
    (error) => error instanceof SyncError && error.kind !== "permanent",
  );
  road.badness = null;
  assert.equal(Buffer.compare((await bucket.get("there", signal))!, small), 0);
});

test("a road that crawls at 8 kB/s is no road that stands", async (t) => {
  const { road, bucket, fake } = await setUp(t, 20_000);
  const bytes = small.subarray(0, 12_000);
  road.badness = { kind: "slow", bytesPerSecond: 8_000 };
  await bucket.put("slow", bytes, { ifAbsent: true, signal });
  assert.equal(Buffer.compare(fake.objects.get("slow")!.bytes, bytes), 0);
});

test("a target whose server swallows everything does not hold up another", async (t) => {
  const { road, bucket } = await setUp(t);
  const store = openTestStore(t);
  const folder = createFolderBucket({ directory: temporaryFolder(t) });
  const targets = [bucket, folder].map((each) =>
    createPictureTarget({ bucket: each, store, folder: "", concurrency: 2 }),
  );
  road.badness = { kind: "hole", afterBytes: 0 };
  const names = targets.map(({ name }) => name);
  for (let n = 0; n < 20; n += 1) await store.keep(frameEntry(n, { pictureTargets: names }));
  const stop = new AbortController();
  const drain = createDrain({
    store,
    targets,
    clock: createSystemClock(),
    log: silentLog,
    random: Math.random,
  });
  const running = drain.run({ follow: true, signal: stop.signal });
  await eventually("all in the folder", () => store.outbox.oldestWaitingUs(names[1]!) === null);
  const [held, free] = drain.status();
  assert.equal(held!.delivered, 0);
  assert.equal(free!.delivered, 20);
  await eventually("the server's silence is told", () => /inactivity/.test(drain.status()[0]!.problem ?? ""));
  road.badness = null;
  await eventually("all in the bucket", () => store.outbox.oldestWaitingUs(names[0]!) === null, 60_000);
  stop.abort();
  await running;
});

test("onClockSkew is told how far the server's clock is ahead", async (t) => {
  const fake = await startFakeS3();
  t.after(fake.close);
  const told: number[] = [];
  const bucket = createS3Bucket({
    bucket: "pictures",
    region: "us-east-1",
    endpoint: fake.endpoint,
    credentials: async () => ({ accessKeyId: "AKTEST", secretAccessKey: "secret-of-the-test" }),
    onClockSkew: (offsetMs) => told.push(offsetMs),
  });
  t.after(bucket.close);
  const aheadMs = 7_200_000;
  let refusals = 0;
  fake.override = () => {
    refusals += 1;
    if (refusals > 1) return null;
    return {
      status: 403,
      headers: {
        "content-type": "application/xml",
        "x-amz-request-id": "fake",
        date: new Date(Date.now() + aheadMs).toUTCString(),
      },
      body: "<Error><Code>RequestTimeTooSkewed</Code><Message>Too far</Message></Error>",
    };
  };
  await bucket.put("a", small, { ifAbsent: false, signal });
  assert.equal(told.length, 1);
  assert.ok(Math.abs(told[0]! - aheadMs) < 60_000, String(told[0]));
});
