// What every bucket promises. Each implementation calls this with a way to open an empty bucket.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Bucket } from "../../sync/buckets/bucket.ts";
import { SyncError } from "../../sync/errors.ts";

/** A bucket to test and how to put it away. All keys used lie under `prefix`, which must be empty. */
export type BucketFixture = {
  readonly bucket: Bucket;
  readonly prefix: string;
  readonly close: () => Promise<void>;
};

/**
 * Declares the contract's tests for `name`. `open` runs once; `skip` is a reason or false; `withoutRace` leaves out the promise
 * about writers at once, which a bucket cannot keep on a server that has no conditional create.
 */
export function testBucket(
  name: string,
  open: () => Promise<BucketFixture>,
  options: { skip?: string | false; withoutRace?: boolean } = {},
): void {
  describe(name, { skip: options.skip ?? false }, () => {
    const { signal } = new AbortController();
    let fixture: BucketFixture;
    let bucket: Bucket;
    const key = (path: string): string => `${fixture.prefix}${path}`;
    const put = (path: string, bytes: Uint8Array | string, ifAbsent: boolean) =>
      bucket.put(key(path), Buffer.from(bytes), { ifAbsent, signal });
    const text = async (path: string): Promise<string | null> => {
      const bytes = await bucket.get(key(path), signal);
      return bytes === null ? null : Buffer.from(bytes).toString("utf8");
    };
    const keysUnder = async (path: string): Promise<string[]> => {
      const keys: string[] = [];
      for await (const found of bucket.list(key(path), signal))
        keys.push(found.key.slice(fixture.prefix.length));
      return keys;
    };

    before(async () => {
      fixture = await open();
      bucket = fixture.bucket;
    });
    after(async () => {
      await fixture?.close();
      await fixture?.close();
    });

    test("probe() resolves where the bucket lets us in", async () => {
      await bucket.probe(signal);
    });

    test("put() then get() gives the same bytes, empty and binary ones too", async () => {
      for (const [path, bytes] of [
        ["same/empty", Buffer.alloc(0)],
        ["same/small", Buffer.from("frame")],
        ["same/binary", randomBytes(200_000)],
      ] as const) {
        const { outcome, etag } = await put(path, bytes, true);
        assert.equal(outcome, "created");
        assert.match(etag ?? "", /^[0-9a-f-]{32,}$/, "the entity tag, without quotes");
        const back = await bucket.get(key(path), signal);
        assert.ok(back !== null && Buffer.compare(bytes, back) === 0, path);
      }
    });

    test("put() gives the entity tag that head() gives", async () => {
      const { etag } = await put("tag/one", "one", false);
      const head = await bucket.head(key("tag/one"), signal);
      assert.deepEqual(head, { key: key("tag/one"), size: 3, etag });
      assert.equal(etag, createHash("md5").update("one").digest("hex"));
    });

    test("get() and head() give null for what is not there", async () => {
      assert.equal(await bucket.get(key("nothing/here"), signal), null);
      assert.equal(await bucket.head(key("nothing/here"), signal), null);
    });

    test("put() with ifAbsent leaves an object that is there untouched, every time", async () => {
      await put("once/a", "first", true);
      for (let round = 0; round < 3; round += 1) {
        assert.equal((await put("once/a", `later ${round}`, true)).outcome, "exists");
        assert.equal(await text("once/a"), "first");
      }
      assert.equal((await put("once/b", "other", true)).outcome, "created");
      assert.equal((await put("once/b", "again", true)).outcome, "exists");
      assert.equal(await text("once/b"), "other");
    });

    const raceSkip = options.withoutRace === true && "this server has no conditional create";
    test("put() with ifAbsent, many at once on one key: one creates, and its bytes stay", {
      skip: raceSkip,
    }, async () => {
      const bodies = Array.from({ length: 8 }, (_, index) => `writer ${index}`);
      const outcomes = await Promise.all(
        bodies.map((body) =>
          put("race/key", body, true).catch((error: unknown) => {
            // A server may ask a loser of the race to come again.
            assert.ok(error instanceof SyncError && error.kind === "retryable", String(error));
            return { outcome: "retry" as const };
          }),
        ),
      );
      const winners = outcomes.flatMap(({ outcome }, index) =>
        outcome === "created" ? [bodies[index]] : [],
      );
      assert.equal(winners.length, 1, JSON.stringify(outcomes));
      assert.equal(await text("race/key"), winners[0]);
    });

    test("put() without ifAbsent replaces, and the same twice is one object", async () => {
      await put("replace/a", "old", false);
      const first = await put("replace/a", "new", false);
      const second = await put("replace/a", "new", false);
      assert.deepEqual(first, second);
      assert.equal(first.outcome, "created");
      assert.equal(await text("replace/a"), "new");
      assert.deepEqual(await keysUnder("replace/"), ["replace/a"]);
    });

    test("putLarge() gives the same bytes, once, and never replaces where it may not", async () => {
      const bytes = randomBytes(300_001);
      const source = {
        size: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        read: async (start: number, end: number) => bytes.subarray(start, end),
      };
      const given = { ifAbsent: true, signal };
      assert.equal((await bucket.putLarge(key("large/a"), source, given)).outcome, "created");
      assert.equal((await bucket.putLarge(key("large/a"), source, given)).outcome, "exists");
      const back = await bucket.get(key("large/a"), signal);
      assert.ok(back !== null && Buffer.compare(bytes, back) === 0);
      await bucket.putLarge(key("large/a"), { ...source, sha256: null }, { ifAbsent: false, signal });
      assert.deepEqual(await keysUnder("large/"), ["large/a"]);
      assert.equal(await bucket.sweepUploads(() => false, signal), 0);
    });

    test("getRange() gives a part, null for what is not there, and refuses what goes past the end", async () => {
      await put("range/a", "0123456789", true);
      const range = async (start: number, length: number) => {
        const bytes = await bucket.getRange(key("range/a"), start, length, signal);
        return bytes === null ? null : Buffer.from(bytes).toString();
      };
      assert.equal(await range(0, 10), "0123456789");
      assert.equal(await range(3, 4), "3456");
      assert.equal(await range(9, 1), "9");
      assert.equal(await range(2, 0), "");
      assert.equal(await bucket.getRange(key("range/none"), 0, 1, signal), null);
      for (const [start, length] of [
        [8, 3],
        [10, 1],
        [99, 5],
      ] as const)
        await assert.rejects(range(start, length), SyncError, `${start}+${length}`);
    });

    test("remove() says whether it was there", async () => {
      await put("gone/a", "x", true);
      assert.equal(await bucket.remove(key("gone/a"), signal), true);
      assert.equal(await bucket.remove(key("gone/a"), signal), false);
      assert.equal(await bucket.get(key("gone/a"), signal), null);
      assert.equal((await put("gone/a", "back", true)).outcome, "created");
    });

    test("list() gives all keys of a prefix in byte order with sizes, and nothing else", async () => {
      const paths = ["l/a", "l/a-b", "l/a/c", "l/a/b/d", "l/B", "l/z0", "l/z!/1", "l/é", "l2/x", "l"];
      const clashing = new Set(["l", "l/a"]);
      for (const path of paths.filter((path) => !clashing.has(path))) await put(path, path, true);
      const expected = paths
        .filter((path) => path.startsWith("l/") && !clashing.has(path))
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(await keysUnder("l/"), expected);
      assert.deepEqual(await keysUnder("l/a"), ["l/a-b", "l/a/b/d", "l/a/c"]);
      assert.deepEqual(await keysUnder("l/a/b"), ["l/a/b/d"]);
      assert.deepEqual(await keysUnder("l/nothing"), []);
      for await (const { key: found, size } of bucket.list(key("l/"), signal))
        assert.equal(size, Buffer.byteLength(found.slice(fixture.prefix.length)));
    });

    test("put() and get() take the characters that an event may hold", async () => {
      const path = "My-event_1!*'()/20200204/20200204T15-23-19-881268";
      await put(path, "picture", true);
      assert.equal(await text(path), "picture");
      assert.deepEqual(await keysUnder("My-event_1!*'()/"), [path]);
    });

    test("every method refuses a key that could leave the bucket, naming it", async () => {
      for (const bad of [
        "../out",
        "a/../../out",
        "/etc/passwd",
        "a//b",
        "a/",
        "",
        "./a",
        "a\0b",
        "a\\..\\b",
        "C:/x",
      ]) {
        for (const call of [
          () => bucket.put(bad, Buffer.from("x"), { ifAbsent: true, signal }),
          () =>
            bucket.putLarge(
              bad,
              { size: 0, sha256: null, read: async () => new Uint8Array() },
              { ifAbsent: true, signal },
            ),
          () => bucket.get(bad, signal),
          () => bucket.getRange(bad, 0, 1, signal),
          () => bucket.head(bad, signal),
          () => bucket.remove(bad, signal),
        ]) {
          await assert.rejects(call, (error: unknown) => {
            assert.ok(error instanceof SyncError && error.kind === "permanent", String(error));
            assert.ok(error.message.includes(JSON.stringify(bad)), error.message);
            return true;
          });
        }
      }
    });

    test("an aborted signal stops every method", async () => {
      const stopped = AbortSignal.abort(new Error("stop"));
      await assert.rejects(
        bucket.put(key("stopped"), Buffer.from("x"), { ifAbsent: true, signal: stopped }),
        /stop/,
      );
      await assert.rejects(bucket.get(key("stopped"), stopped), /stop/);
      await assert.rejects(bucket.head(key("stopped"), stopped), /stop/);
      await assert.rejects(bucket.remove(key("stopped"), stopped), /stop/);
      await assert.rejects(bucket.list(key(""), stopped)[Symbol.asyncIterator]().next(), /stop/);
      assert.equal(await bucket.head(key("stopped"), signal), null);
    });
  });
}
