// Objects in parts against a small S3 server: what is there is not sent again, whatever happened in between.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import type { LargeSource, UploadStep } from "../../../sync/buckets/bucket.ts";
import { createS3Bucket } from "../../../sync/buckets/s3.ts";
import { createStoredUploadBook } from "../../../sync/buckets/upload-book.ts";
import { SyncError } from "../../../sync/errors.ts";
import { testBucket } from "../../contracts/bucket.ts";
import { type Answer, type FakeS3, s3Error, startFakeS3 } from "../../fakes/s3.ts";
import { bytesOf, openTestStore } from "../../fakes/store.ts";
import { createMemoryUploadBook } from "../../fakes/upload-book.ts";

const { signal } = new AbortController();
const mib = 1024 * 1024;
const partBytes = 5 * mib;
const day = 86_400_000;

testBucket("createS3Bucket() that sends large objects in parts", async () => {
  const fake = await startFakeS3();
  const bucket = open(fake, { fromBytes: 250_000 });
  return { bucket, prefix: "", close: () => bucket.close().then(fake.close) };
});

function open(
  fake: FakeS3,
  more: {
    fromBytes?: number;
    book?: ReturnType<typeof createMemoryUploadBook>;
    onStep?: (step: UploadStep) => void;
    nowMs?: () => number;
  } = {},
) {
  const { fromBytes = mib, book = createMemoryUploadBook(), onStep, nowMs = () => 0 } = more;
  return createS3Bucket({
    bucket: "pictures",
    region: "us-east-1",
    endpoint: fake.endpoint,
    credentials: async () => ({ accessKeyId: "AKTEST", secretAccessKey: "secret-of-the-test" }),
    multipart: { fromBytes, partBytes, book, nowMs, ...(onStep === undefined ? {} : { onStep }) },
  });
}

async function setUp(t: TestContext) {
  const fake = await startFakeS3();
  t.after(fake.close);
  const book = createMemoryUploadBook();
  const bytes = bytesOf(7, 12 * mib);
  const reads: [number, number][] = [];
  const source: LargeSource = {
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    read: async (start, end) => {
      reads.push([start / mib, end / mib]);
      return bytes.subarray(start, end);
    },
  };
  const put = async (onStep?: (step: UploadStep) => void) => {
    const bucket = open(fake, { book, ...(onStep === undefined ? {} : { onStep }) });
    try {
      return await bucket.putLarge("a/large", source, { ifAbsent: true, signal });
    } finally {
      await bucket.close();
    }
  };
  const assertWhole = () => {
    assert.deepEqual([...fake.objects.keys()], ["a/large"]);
    const object = fake.objects.get("a/large")!;
    assert.equal(Buffer.compare(object.bytes, bytes), 0);
    assert.equal(object.metadata["x-amz-meta-sha256"], source.sha256);
    assert.equal(fake.uploads.size, 0, "nothing is left half there");
    assert.equal(book.records.size, 0);
  };
  return { fake, book, source, reads, put, assertWhole };
}

/** Stops at the `nth` time of a step, as a killed process does. */
function stopAt(step: UploadStep, nth = 1): (step: UploadStep) => void {
  let times = 0;
  return (now) => {
    if (now === step) times += 1;
    if (times === nth) throw new Error("killed");
  };
}

for (const [step, nth, resent] of [
  ["create", 1, 0],
  ["created", 1, 0],
  ["part", 1, 5],
  ["part", 2, 5],
  ["part", 3, 2],
  ["complete", 1, 0],
  ["completed", 1, 0],
] as const) {
  test(`putLarge() that was stopped at "${step}" (${nth}) goes on; at most one part goes twice`, async (t) => {
    const { fake, reads, put, assertWhole } = await setUp(t);
    await assert.rejects(put(stopAt(step, nth)), /killed/);
    // The server has the part already when we stop before writing that down: its word counts.
    const { outcome } = await put();
    assert.equal(outcome, "created");
    assertWhole();
    const sent = reads.reduce((sum, [start, end]) => sum + end - start, 0);
    assert.ok(sent - 12 <= resent, `${sent} MiB sent`);
    assert.equal((await put()).outcome, "exists");
    assert.ok(fake.requests.filter((request) => request.startsWith("PUT")).length <= 4);
  });
}

test("putLarge() takes the server's word on what it has", async (t) => {
  const { fake, book, reads, put, assertWhole } = await setUp(t);
  await assert.rejects(put(stopAt("complete")), /killed/);
  const [upload] = fake.uploads.values();
  upload!.parts.delete(1);
  upload!.parts.set(3, Buffer.alloc(10));
  reads.length = 0;
  await put();
  assert.deepEqual(
    reads,
    [
      [0, 5],
      [10, 12],
    ],
    "what it lost, and what it has in the wrong size",
  );
  assertWhole();
  assert.equal(book.records.size, 0);
});

test("putLarge() begins anew when the server does not know the upload any more", async (t) => {
  const { fake, put, assertWhole } = await setUp(t);
  await assert.rejects(put(stopAt("part", 2)), /killed/);
  fake.uploads.clear();
  await put();
  assertWhole();
  fake.objects.clear();
  let parts = 0;
  // Expired in the middle of the sending.
  fake.override = (request) => {
    if (request.method === "PUT" && ++parts === 2) fake.uploads.clear();
    return null;
  };
  await put();
  assertWhole();
});

test("putLarge() gives up after three uploads that the server refuses to put together, and leaves nothing", async (t) => {
  const { fake, book, put } = await setUp(t);
  fake.override = (request) =>
    request.method === "POST" && request.url?.includes("uploadId") === true
      ? s3Error(400, "InvalidPart", "One or more of the specified parts could not be found")
      : null;
  await assert.rejects(
    put(),
    (error) => error instanceof SyncError && error.kind === "permanent" && /3 times/.test(error.message),
  );
  assert.equal(fake.uploads.size + book.records.size + fake.objects.size, 0);
});

const passing: readonly (readonly [string, RegExp, Answer])[] = [
  ["503 for a part", /^PUT/, s3Error(503, "SlowDown", "Please reduce your request rate")],
  ["a part's answer without an ETag", /^PUT/, { status: 200, body: "" }],
  ["an error in the body of a 200 at the end", /^POST.*uploadId/, errorIn200()],
  ["XML that is cut short at the end", /^POST.*uploadId/, cutShort("<CompleteMultipartUploadResult><Key>a")],
  [
    "XML that is cut short at the beginning",
    /^POST.*uploads/,
    cutShort("<InitiateMultipartUploadResult><Up"),
  ],
  ["expired credentials", /^PUT/, s3Error(400, "ExpiredToken", "The provided token has expired.")],
  ["a captive portal's page", /^POST.*uploads/, { status: 200, body: "<html><body>log in</body></html>" }],
];
for (const [name, where, answer] of passing) {
  test(`putLarge() met with ${name} is retryable, and the next call goes on`, async (t) => {
    const { fake, reads, put, assertWhole } = await setUp(t);
    fake.override = (request) => (where.test(`${request.method} ${request.url}`) ? answer : null);
    await assert.rejects(put(), (error) => {
      assert.ok(error instanceof SyncError && error.kind === "retryable", String(error));
      return true;
    });
    const before = reads.length;
    fake.override = null;
    await put();
    assertWhole();
    assert.ok(reads.length - before <= 3 && reads.length <= 4, JSON.stringify(reads));
  });
}

test("putLarge() met with 403 is permanent; the upload waits for a person and goes on then", async (t) => {
  const { fake, book, put, assertWhole } = await setUp(t);
  fake.override = (request) => (request.method === "PUT" ? s3Error(403, "AccessDenied", "No") : null);
  await assert.rejects(put(), (error) => error instanceof SyncError && error.kind === "permanent");
  assert.equal(book.records.size, 1);
  fake.override = null;
  await put();
  assertWhole();
});

test("putLarge() leaves what somebody else put under the key, and says so when it is something else", async (t) => {
  const { fake, put, source } = await setUp(t);
  await put();
  assert.equal((await put()).outcome, "exists");
  assert.equal(fake.objects.get("a/large")!.bytes.length, source.size);
  fake.objects.set("a/large", { bytes: Buffer.from("x"), metadata: {} });
  await assert.rejects(put(), /Expected a\/large to have 12582912 bytes, but something else of 1 bytes/);
});

test("sweepUploads() gives up what is not wanted, what stood still for a day, and what nobody wrote down", async (t) => {
  const { fake, book, source } = await setUp(t);
  let nowMs = 1000;
  const begin = async (key: string, step: UploadStep) => {
    const bucket = open(fake, { book, onStep: stopAt(step), nowMs: () => nowMs });
    await assert.rejects(bucket.putLarge(key, source, { ifAbsent: true, signal }), /killed/);
    await bucket.close();
  };
  await begin("old", "part");
  nowMs += day;
  await begin("unwanted", "part");
  await begin("never-written-down", "created");
  await begin("wanted", "part");
  // An upload of somebody else is none of our business.
  fake.uploads.set("stranger", { key: "stranger", metadata: {}, parts: new Map() });
  const bucket = open(fake, { book, nowMs: () => nowMs + 1 });
  assert.equal(await bucket.sweepUploads((key) => ["old", "wanted"].includes(key), signal), 3);
  assert.deepEqual([...fake.uploads.values()].map(({ key }) => key).sort(), ["stranger", "wanted"]);
  assert.deepEqual([...book.records.keys()], ["wanted"]);
  await bucket.close();
});

test("createStoredUploadBook() keeps uploads of one bucket apart from those of another, over a restart", async (t) => {
  const store = openTestStore(t);
  const record = {
    key: "k".repeat(1024),
    uploadId: "u",
    size: 1,
    sha256: null,
    partBytes,
    parts: [],
    restarts: 0,
    touchedAtMs: 5,
  };
  const one = createStoredUploadBook(store, "https://a/pictures");
  const other = createStoredUploadBook(store, "https://b/pictures");
  await one.put(record);
  await one.put({ ...record, uploadId: "v" });
  assert.equal(one.get(record.key)?.uploadId, "v");
  assert.equal(other.get(record.key), null);
  assert.deepEqual(other.list(), []);
  assert.equal(createStoredUploadBook(store, "https://a/pictures").list().length, 1);
  await one.remove(record.key);
  assert.deepEqual(one.list(), []);
});

function errorIn200(): Answer {
  return { ...s3Error(200, "InternalError", "We encountered an internal error. Please try again.") };
}

function cutShort(text: string): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/xml", "x-amz-request-id": "fake" },
    body: `<?xml version="1.0"?>${text}`,
  };
}
