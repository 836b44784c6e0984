// The S3 bucket against a real server: the contract, and what a real server says when it refuses.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createS3Bucket } from "../../sync/buckets/s3.ts";
import { type FailureKind, SyncError } from "../../sync/errors.ts";
import { testBucket } from "../contracts/bucket.ts";
import { makeTestBucket, s3Skip } from "./s3-server.ts";

const { signal } = new AbortController();

testBucket(
  "createS3Bucket() on a real server",
  async () => {
    const bucket = createS3Bucket(await makeTestBucket());
    return { bucket, prefix: "contract/", close: bucket.close };
  },
  { skip: s3Skip },
);

describe("createS3Bucket() on a real server, refused", { skip: s3Skip }, () => {
  const refused =
    (kind: FailureKind, words: RegExp) =>
    (error: unknown): boolean => {
      assert.ok(error instanceof SyncError, String(error));
      assert.match(error.message, words);
      assert.equal(error.kind, kind, error.message);
      assert.ok(!error.message.includes("secret-of-the-test"), "the secret is never said");
      return true;
    };

  test("a wrong secret is permanent, in the server's words", async () => {
    const options = await makeTestBucket();
    const { accessKeyId } = await options.credentials();
    const bucket = createS3Bucket({
      ...options,
      credentials: async () => ({ accessKeyId, secretAccessKey: "secret-of-the-test" }),
    });
    await assert.rejects(bucket.probe(signal), refused("permanent", /SignatureDoesNotMatch/));
    await assert.rejects(
      bucket.put("a", Buffer.from("x"), { ifAbsent: false, signal }),
      refused("permanent", /put a in s3:.*SignatureDoesNotMatch/),
    );
    await assert.rejects(
      bucket.put("a", Buffer.from("x"), { ifAbsent: true, signal }),
      refused("permanent", /look for a in s3:.*SignatureDoesNotMatch/),
    );
    await assert.rejects(bucket.remove("a", signal), refused("permanent", /SignatureDoesNotMatch/));
    await bucket.close();
  });

  test("an unknown key and a missing bucket are permanent", async () => {
    const options = await makeTestBucket();
    const stranger = createS3Bucket({
      ...options,
      credentials: async () => ({ accessKeyId: "NOBODY", secretAccessKey: "secret-of-the-test" }),
    });
    await assert.rejects(stranger.probe(signal), refused("permanent", /InvalidAccessKeyId/));
    const nowhere = createS3Bucket({ ...options, bucket: "outrider-is-not-there" });
    await assert.rejects(nowhere.probe(signal), refused("permanent", /NoSuchBucket/));
    await assert.rejects(
      nowhere.put("a", Buffer.from("x"), { ifAbsent: true, signal }),
      refused("permanent", /NoSuchBucket/),
    );
    await Promise.all([stranger.close(), nowhere.close()]);
  });

  test("credentials that change are used from the next request on", async () => {
    const options = await makeTestBucket();
    let wrong = true;
    const bucket = createS3Bucket({
      ...options,
      credentials: async () =>
        wrong ? { accessKeyId: "OLD", secretAccessKey: "secret-of-the-test" } : options.credentials(),
    });
    await assert.rejects(bucket.probe(signal), refused("permanent", /InvalidAccessKeyId/));
    wrong = false;
    await bucket.probe(signal);
    await bucket.close();
  });

  test("a machine whose clock is a day off puts and gets all the same", async (context) => {
    const bucket = createS3Bucket(await makeTestBucket());
    const now = Date.now;
    context.mock.method(Date, "now", () => now() + 86_400_000);
    assert.equal((await bucket.put("a", Buffer.from("x"), { ifAbsent: true, signal })).outcome, "created");
    assert.equal(Buffer.from((await bucket.get("a", signal))!).toString(), "x");
    await bucket.close();
  });

  test("list() goes on past a page of 1000 keys", async () => {
    const bucket = createS3Bucket(await makeTestBucket());
    const keys = Array.from({ length: 1005 }, (_, index) => `many/${String(index).padStart(4, "0")}`);
    const waiting = [...keys];
    const worker = async (): Promise<void> => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop())
        await bucket.put(key, Buffer.from(key), { ifAbsent: true, signal });
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    const listed: string[] = [];
    for await (const { key } of bucket.list("many/", signal)) listed.push(key);
    assert.deepEqual(listed, keys);
    await bucket.close();
  });
});
