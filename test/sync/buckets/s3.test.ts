// The S3 bucket against a small server in this process: the contract, and everything a bad server or a bad road can answer.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { createS3Bucket, type S3BucketOptions } from "../../../sync/buckets/s3.ts";
import { type FailureKind, SyncError } from "../../../sync/errors.ts";
import { testBucket } from "../../contracts/bucket.ts";
import { type FakeS3, s3Error, startFakeS3 } from "../../fakes/s3.ts";

const { signal } = new AbortController();
const keys = { accessKeyId: "AKTEST", secretAccessKey: "secret-of-the-test" };
const open = (fake: { endpoint: string }, more: Partial<S3BucketOptions> = {}) =>
  createS3Bucket({
    bucket: "pictures",
    region: "us-east-1",
    endpoint: fake.endpoint,
    credentials: async () => keys,
    ...more,
  });

for (const ifNoneMatch of ["honoured", "ignored", "refused"] as const) {
  testBucket(
    `createS3Bucket() where If-None-Match is ${ifNoneMatch}`,
    async () => {
      const fake = await startFakeS3({ ifNoneMatch });
      const bucket = open(fake);
      return { bucket, prefix: "", close: () => bucket.close().then(fake.close) };
    },
    // Without the server's help, two writers at once cannot be told apart.
    { withoutRace: ifNoneMatch !== "honoured" },
  );
}

let fake: FakeS3;
beforeEach(async () => {
  fake = await startFakeS3();
});
afterEach(async () => {
  await fake.close();
});

const put = (bucket: ReturnType<typeof open>, key: string, ifAbsent = true) =>
  bucket.put(key, Buffer.from("picture"), { ifAbsent, signal });

test("put() learns from its first object that If-None-Match is honoured, and leaves nothing else behind", async () => {
  const bucket = open(fake);
  await put(bucket, "a");
  assert.deepEqual(fake.requests, ["HEAD /pictures/a", "PUT /pictures/a", "PUT /pictures/a"]);
  assert.equal((await put(bucket, "b")).outcome, "created");
  assert.equal((await put(bucket, "b")).outcome, "exists");
  assert.deepEqual(
    fake.requests.slice(3),
    ["PUT /pictures/b", "PUT /pictures/b"],
    "one request each from now on",
  );
  assert.deepEqual([...fake.objects.keys()], ["a", "b"]);
  await bucket.close();
});

test("put() looks first while it meets objects that are there, so that their bytes are not sent to be refused", async () => {
  const bucket = open(fake);
  for (const key of ["a", "b", "c"]) await put(bucket, key);
  fake.requests.length = 0;
  for (const key of ["a", "b", "c", "d", "e"]) await put(bucket, key);
  assert.deepEqual(
    fake.requests.map((request) => request.replace("/pictures/", "")),
    ["PUT a", "HEAD b", "HEAD c", "HEAD d", "PUT d", "PUT e"],
  );
  fake.override = ({ method }) =>
    method === "HEAD" ? s3Error(403, "AccessDenied", "You may only put") : null;
  assert.deepEqual(
    await Promise.all(["a", "b", "f"].map(async (key) => (await put(bucket, key)).outcome)),
    ["exists", "exists", "created"],
    "credentials that may only put are enough",
  );
  assert.equal((await put(bucket, "c")).outcome, "exists");
  await bucket.close();
});

test("put() keeps the SHA-256 as metadata and sends no checksum header that old servers refuse", async () => {
  const bucket = open(fake);
  let headers: Record<string, unknown> = {};
  fake.override = (request) => {
    headers = request.headers;
    return null;
  };
  await put(bucket, "a", false);
  assert.equal(headers["x-amz-meta-sha256"], createHash("sha256").update("picture").digest("hex"));
  assert.equal(headers["x-amz-content-sha256"], headers["x-amz-meta-sha256"], "the signature covers it");
  assert.ok(
    !Object.keys(headers).some((name) => /checksum|trailer|sdk-checksum/.test(name)),
    JSON.stringify(headers),
  );
  assert.ok(!String(headers["content-encoding"] ?? "").includes("aws-chunked"));
  await bucket.close();
});

test("get() refuses bytes that are not those that were put", async () => {
  const bucket = open(fake);
  await put(bucket, "a", false);
  fake.objects.set("a", { ...fake.objects.get("a")!, bytes: Buffer.from("pictuRe") });
  await assert.rejects(
    bucket.get("a", signal),
    refused("retryable", /get a from .*expected bytes with SHA-256/),
  );
  await bucket.close();
});

const answers: readonly (readonly [string, ReturnType<typeof s3Error>, FailureKind, RegExp])[] = [
  [
    "AccessDenied",
    s3Error(403, "AccessDenied", "Not yours"),
    "permanent",
    /AccessDenied: Not yours \(HTTP 403\)/,
  ],
  ["NoSuchBucket", s3Error(404, "NoSuchBucket", "No such"), "permanent", /NoSuchBucket/],
  ["SlowDown", s3Error(503, "SlowDown", "Please reduce", { "retry-after": "7" }), "retryable", /SlowDown/],
  ["InternalError", s3Error(500, "InternalError", "We"), "retryable", /InternalError/],
  ["RequestTimeout with status 400", s3Error(400, "RequestTimeout", "Idle"), "retryable", /RequestTimeout/],
  ["ExpiredToken with status 400", s3Error(400, "ExpiredToken", "Old"), "retryable", /ExpiredToken/],
  ["409 of two writers", s3Error(409, "ConditionalRequestConflict", "Race"), "retryable", /Conflict/],
  ["EntityTooLarge", s3Error(400, "EntityTooLarge", "Big"), "permanent", /EntityTooLarge/],
  ["a portal's redirect", portal(302), "retryable", /captive portal/],
  ["a portal's refusal", portal(403), "retryable", /captive portal/],
  ["a portal's own 511", portal(511), "retryable", /captive portal/],
  ["a portal's 200", portal(200), "retryable", /captive portal/],
];
for (const [name, answer, kind, words] of answers) {
  test(`put() met with ${name} is ${kind}`, async () => {
    const bucket = open(fake);
    fake.override = (request) => (request.method === "PUT" ? answer : null);
    await assert.rejects(put(bucket, "a", false), refused(kind, words));
    await assert.rejects(put(bucket, "a", true), refused(kind, words));
    fake.override = null;
    assert.equal((await put(bucket, "a")).outcome, "created", "nothing was taken for done");
    await bucket.close();
  });
}

test("put() keeps what the server asked us to wait", async () => {
  const bucket = open(fake);
  fake.override = () => s3Error(503, "SlowDown", "Please reduce", { "retry-after": "7" });
  const error = await put(bucket, "a", false).catch((error: unknown) => error);
  assert.equal((error as SyncError).retryAfterMs, 7000);
  await bucket.close();
});

test("put() corrects itself once when the server says that this machine's clock is wrong", async () => {
  const bucket = open(fake);
  const serverTime = new Date(Date.now() + 86_400_000);
  const dates: string[] = [];
  fake.override = (request) => {
    const stamp = String(request.headers["x-amz-date"]);
    dates.push(stamp);
    if (stamp.slice(0, 8) === serverTime.toISOString().slice(0, 10).replaceAll("-", "")) return null;
    return s3Error(403, "RequestTimeTooSkewed", "The difference is too large.", {
      date: serverTime.toUTCString(),
    });
  };
  assert.equal((await put(bucket, "a", false)).outcome, "created");
  assert.equal(dates.length, 2);
  fake.override = () =>
    s3Error(403, "RequestTimeTooSkewed", "Too large.", { date: serverTime.toUTCString() });
  await assert.rejects(
    put(bucket, "a", false),
    refused("retryable", /RequestTimeTooSkewed.*the server's clock says/),
  );
  await bucket.close();
});

test("a server that is away is offline, and one that hangs is left after its time", async () => {
  const away = open({ endpoint: "http://127.0.0.1:9" });
  await assert.rejects(put(away, "a"), refused("offline", /put a in|look for a in/));
  await away.close();
  const hanging = open(fake, { requestTimeoutMs: 100 });
  fake.override = (request) => {
    request.socket.pause();
    request.socket.write = () => false;
    return null;
  };
  await assert.rejects(put(hanging, "a", false), refused("offline", /10\d ms/));
  await hanging.close();
});

test("an abort in the middle of a request ends it with the signal's reason", async () => {
  const bucket = open(fake);
  const controller = new AbortController();
  fake.override = () => {
    controller.abort(new Error("shutting down"));
    return null;
  };
  await assert.rejects(
    bucket.put("a", Buffer.from("x"), { ifAbsent: false, signal: controller.signal }),
    /shutting down/,
  );
  await bucket.close();
});

test("an abort ends its own request and no other that is under way", async () => {
  const bucket = open(fake);
  await put(bucket, "first");
  const controller = new AbortController();
  const both = Promise.allSettled([
    bucket.put("a", Buffer.from("x"), { ifAbsent: false, signal: controller.signal }),
    bucket.put("b", Buffer.from("y"), { ifAbsent: false, signal }),
  ]);
  fake.override = (request) => {
    if (request.url?.includes("/a") === true) controller.abort(new Error("only this one"));
    return null;
  };
  const [a, b] = await both;
  assert.match(String(a.status === "rejected" && a.reason), /only this one/);
  assert.equal(b.status, "fulfilled");
  await bucket.close();
});

test("a closed bucket says so", async () => {
  const bucket = open(fake);
  await bucket.close();
  await bucket.close();
  await assert.rejects(bucket.probe(signal), refused("permanent", /s3:\/\/pictures was closed/));
});

function portal(status: number) {
  return {
    status,
    headers: { "content-type": "text/html", location: "http://portal/" },
    body: "<html><body>Please log in</body></html>",
  };
}

function refused(kind: FailureKind, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SyncError, String(error));
    assert.match(error.message, words);
    assert.equal(error.kind, kind, error.message);
    assert.ok(!error.message.includes(keys.secretAccessKey));
    return true;
  };
}
