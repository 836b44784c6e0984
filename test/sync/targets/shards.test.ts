// Pictures packed in shards: sent once whatever happens in between, read and searched one by one, and gone when they are erased.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import tar from "tar-stream";
import { createSystemClock } from "../../../device/clock.ts";
import { objectKey } from "../../../device/frame.ts";
import { silentLog } from "../../../device/log.ts";
import type { OutboxEntry } from "../../../device/store/outbox.ts";
import type { Store } from "../../../device/store/store.ts";
import type { Bucket } from "../../../sync/buckets/bucket.ts";
import { createFolderBucket } from "../../../sync/buckets/folder.ts";
import { createDrain } from "../../../sync/drain.ts";
import { SyncError } from "../../../sync/errors.ts";
import { createPackedBucket } from "../../../sync/shards/packed-bucket.ts";
import { indexKeyOf, parseShardIndex } from "../../../sync/shards/shard-index.ts";
import { createShardTarget } from "../../../sync/targets/shards.ts";
import { testTarget } from "../../contracts/target.ts";
import { bytesOf, frameEntry, frameId, openTestStore, temporaryFolder } from "../../fakes/store.ts";

const { signal } = new AbortController();
const clock = createSystemClock();

async function keysOf(bucket: Bucket): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of bucket.list("", signal)) keys.push(key);
  return keys;
}

/** img_ids of all pictures in a bucket, packed or not. */
async function picturesIn(bucket: Bucket): Promise<string[]> {
  const found: string[] = [];
  for (const key of await keysOf(bucket)) {
    if (key.endsWith(".index.json"))
      found.push(
        ...parseShardIndex((await bucket.get(key, signal))!, key).pictures.map(({ img_id }) => img_id),
      );
    else if (!key.endsWith(".tar")) found.push(key.split("/").at(-1)!);
  }
  return found.sort();
}

function targetOn(bucket: Bucket, store: Store, more: { maxWaitMs?: number; shardBytes?: number } = {}) {
  return createShardTarget({
    bucket,
    store,
    folder: "",
    clock,
    random: () => 0,
    maxPictureBytes: 100_000,
    shardBytes: 1_000_000,
    maxWaitMs: 60_000,
    ...more,
  });
}

testTarget({
  name: "shard target",
  kind: "picture",
  open: (t, store) => {
    const bucket = createFolderBucket({ directory: temporaryFolder(t) });
    return { target: targetOn(bucket, store), has: () => picturesIn(bucket) };
  },
});

async function setUp(t: TestContext, frames: number, size: number | ((n: number) => number) = 2000) {
  const store = openTestStore(t);
  const directory = temporaryFolder(t);
  const bucket = createFolderBucket({ directory });
  const target = targetOn(bucket, store);
  const sizeOf = typeof size === "number" ? () => size : size;
  for (let n = 0; n < frames; n += 1)
    await store.keep(frameEntry(n, { pictureTargets: [target.name], size: sizeOf(n) }));
  const entries = (): readonly OutboxEntry[] =>
    store.outbox.take(target.name, "labelled", {
      limit: 10_000,
      skip: () => false,
      nowUs: Number.MAX_SAFE_INTEGER,
    });
  const drain = (on: Bucket = bucket, options: Parameters<typeof targetOn>[2] = {}) =>
    createDrain({
      store,
      targets: [targetOn(on, store, options)],
      clock,
      log: silentLog,
      random: () => 0,
    }).run({ follow: false, signal });
  return { store, directory, bucket, target, entries, drain };
}

const erase = (store: Store, n: number): Promise<void> =>
  store.commit(() => {
    store.frames.update({ ...store.frames.get(frameId(n))!, erasedAtUs: 1 });
    for (const target of store.outbox.withdraw("picture", frameId(n)))
      store.outbox.enqueue({
        target,
        kind: "picture",
        id: frameId(n),
        imgId: frameId(n),
        lane: "labelled",
        operation: "remove",
        bytes: 100,
        notBeforeUs: null,
      });
  });

test("a drain packs small pictures in shards of the size that was asked, and large ones go by themselves", async (t) => {
  const { store, bucket, drain, target } = await setUp(t, 60, (n) => (n % 20 === 7 ? 150_000 : 2000 + n));
  await drain(bucket, { shardBytes: 40_000 });
  const keys = await keysOf(bucket);
  const shards = keys.filter((key) => key.endsWith(".tar"));
  assert.ok(shards.length >= 3 && shards.length <= 5, shards.join());
  assert.equal(keys.length, 2 * shards.length + 3);
  assert.deepEqual(
    await picturesIn(bucket),
    Array.from({ length: 60 }, (_, n) => frameId(n)),
  );
  assert.match(
    shards[0]!,
    /^track\/20240501\/shards\/20240501T00-00-00-000000_20240501T00-00-00-\d{6}_\d+_[0-9a-f]{12}\.tar$/,
  );
  assert.match(
    store.outbox.receipt("picture", frameId(3), target.name)?.reference ?? "",
    /^track\/20240501\/shards\/.*\.tar#\d+\+2003$/,
  );
  assert.equal(store.outbox.oldestWaitingUs(target.name), null);
});

test("a shard holds each picture with its labels, for any tool that reads tar", async (t) => {
  const { bucket, directory, drain } = await setUp(t, 5);
  await drain();
  const key = (await keysOf(bucket)).find((each) => each.endsWith(".tar"))!;
  const files = new Map<string, Buffer>();
  const extract = tar.extract();
  Readable.from([readFileSync(join(directory, key))]).pipe(extract);
  for await (const entry of extract) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  assert.equal(files.size, 10);
  assert.equal(Buffer.compare(files.get(`${frameId(2)}.jpg`)!, bytesOf(2, 2000)), 0);
  const labels = JSON.parse(files.get(`${frameId(2)}.json`)!.toString());
  assert.equal(labels[0].label_fingerprint, "label-2-0");
});

test("createPackedBucket() reads, finds and removes a packed picture as if it lay by itself", async (t) => {
  const { bucket, drain, store } = await setUp(t, 30);
  await drain();
  const packed = createPackedBucket(bucket);
  const keyOf = (n: number) => objectKey(store.frames.get(frameId(n))!);
  for (const n of [0, 13, 29]) {
    const bytes = await packed.get(keyOf(n), signal);
    assert.equal(Buffer.compare(bytes!, bytesOf(n, 2000)), 0);
    assert.equal((await packed.head(keyOf(n), signal))?.size, 2000);
  }
  assert.equal(await packed.get("track/20240501/20240501T23-00-00-000000", signal), null);
  assert.equal(await packed.get("track/19990101/19990101T00-00-00-000000", signal), null);
  const [shard] = (await keysOf(bucket)).filter((key) => key.endsWith(".tar"));
  const before = await bucket.get(shard!, signal);
  assert.equal(await packed.remove(keyOf(13), signal), true);
  assert.equal(await packed.remove(keyOf(13), signal), false);
  assert.equal(await packed.get(keyOf(13), signal), null);
  const after = await bucket.get(shard!, signal);
  assert.equal(after!.length, before!.length, "nothing else moved");
  assert.equal(Buffer.from(after!).indexOf(Buffer.from(bytesOf(13, 2000))), -1, "its bytes are gone");
  assert.equal(Buffer.from(after!).indexOf("label-13-0"), -1, "its labels, too");
  for (const n of [0, 12, 14, 29])
    assert.equal(Buffer.compare((await packed.get(keyOf(n), signal))!, bytesOf(n, 2000)), 0, String(n));
  const names: string[] = [];
  const extract = tar.extract();
  Readable.from([after!]).pipe(extract);
  for await (const entry of extract) {
    names.push(entry.header.name);
    entry.resume();
  }
  assert.equal(names.filter((name) => name.endsWith(".erased")).length, 1);
  assert.equal(names.filter((name) => name.endsWith(".jpg")).length, 29);
});

test("a packed picture that is not what was packed is refused, not handed out", async (t) => {
  const { bucket, drain, store, directory } = await setUp(t, 5);
  await drain();
  const packed = createPackedBucket(bucket);
  const key = objectKey(store.frames.get(frameId(1))!);
  const shard = (await keysOf(bucket)).find((each) => each.endsWith(".tar"))!;
  const bytes = readFileSync(join(directory, shard));
  const at = bytes.indexOf(Buffer.from(bytesOf(1, 2000)));
  bytes[at + 5] = bytes[at + 5]! ^ 1;
  await bucket.put(shard, bytes, { ifAbsent: false, signal });
  await assert.rejects(packed.get(key, signal), /is not the picture that was packed/);
  bytes[at - 512] = 0;
  await bucket.put(shard, bytes, { ifAbsent: false, signal });
  await assert.rejects(packed.get(key, signal), /got no file/);
  await bucket.put(shard, Buffer.alloc(600), { ifAbsent: false, signal });
  await assert.rejects(packed.get(key, signal), SyncError);
  await bucket.remove(shard, signal);
  assert.equal(await packed.get(key, signal), null);
});

/** A bucket on which the `nth` write fails after (or before) it was done. */
function cutAt(bucket: Bucket, nth: number, when: "before" | "after"): Bucket {
  let writes = 0;
  const write = async <T>(act: () => Promise<T>): Promise<T> => {
    writes += 1;
    if (writes === nth && when === "before") throw new SyncError("offline", "cut");
    const outcome = await act();
    if (writes === nth) throw new SyncError("offline", "cut");
    return outcome;
  };
  return {
    ...bucket,
    put: (key, bytes, given) => write(() => bucket.put(key, bytes, given)),
    putLarge: (key, source, given) => write(() => bucket.putLarge(key, source, given)),
  };
}

for (const nth of [1, 2, 3, 4])
  for (const when of ["before", "after"] as const)
    test(`a drain that ends ${when} write ${nth} goes on with the very same shards, although more waits by then`, async (t) => {
      const { store, bucket, target, entries, drain } = await setUp(t, 40);
      const dying = targetOn(cutAt(bucket, nth, when), store, { shardBytes: 45_000 });
      await dying.deliver(entries(), signal).catch(() => undefined);
      const begun = (await keysOf(bucket)).filter((key) => key.endsWith(".tar"));
      for (let n = 40; n < 50; n += 1) await store.keep(frameEntry(n, { pictureTargets: [target.name] }));
      await drain(bucket, { shardBytes: 45_000 });
      assert.deepEqual(
        await picturesIn(bucket),
        Array.from({ length: 50 }, (_, n) => frameId(n)),
        "each once",
      );
      const keys = await keysOf(bucket);
      for (const key of begun) assert.ok(keys.includes(key) && keys.includes(indexKeyOf(key)), key);
      // The next call lets go of what is booked.
      await targetOn(bucket, store).deliver([], signal);
      assert.equal([...store.notes.keys({ start: "shard/", end: "shard/~" })].length, 0);
    });

for (const nth of [1, 2])
  for (const when of ["before", "after"] as const)
    test(`a picture that is erased while its shard was cut ${when} write ${nth} is nowhere in the end`, async (t) => {
      const { store, bucket, entries, drain } = await setUp(t, 20);
      await targetOn(cutAt(bucket, nth, when), store)
        .deliver(entries(), signal)
        .catch(() => undefined);
      await erase(store, 5);
      await drain();
      const expected = Array.from({ length: 20 }, (_, n) => frameId(n)).filter((id) => id !== frameId(5));
      assert.deepEqual(await picturesIn(bucket), expected);
      for (const key of await keysOf(bucket))
        assert.equal(
          Buffer.from((await bucket.get(key, signal))!).indexOf(Buffer.from(bytesOf(5, 2000))),
          -1,
          key,
        );
    });

test("delivered pictures that were dropped from the store stay in the bucket, also after a restart", async (t) => {
  const { store, bucket, target, entries } = await setUp(t, 10);
  // Sent and booked, and the process ends before the plan is let go.
  const outcomes = await target.deliver(entries(), signal);
  await store.commit(() => {
    for (const [at, entry] of entries().entries()) {
      const outcome = outcomes[at]!;
      assert.ok(outcome.result === "delivered");
      store.outbox.settle({ entry, ...outcome });
    }
    for (let n = 0; n < 10; n += 1) {
      store.frames.remove(frameId(n));
      store.outbox.forget("picture", frameId(n));
    }
  });
  await targetOn(bucket, store).deliver([], signal);
  assert.equal((await picturesIn(bucket)).length, 10);
  assert.equal([...store.notes.keys({ start: "shard/", end: "shard/~" })].length, 0);
});

test("erasing delivered pictures takes them out of their shard with one rewriting", async (t) => {
  const { store, bucket, target, drain } = await setUp(t, 20);
  await drain();
  for (const n of [3, 4, 19]) await erase(store, n);
  let rewritten = 0;
  await drain({
    ...bucket,
    putLarge: (key, source, given) => {
      rewritten += 1;
      return bucket.putLarge(key, source, given);
    },
  });
  assert.equal(rewritten, 1);
  assert.equal((await picturesIn(bucket)).length, 17);
  assert.equal(store.outbox.receipt("picture", frameId(3), target.name), null);
});

test("isRipe() waits until a shard is full or its oldest picture waited long enough, and not when the run is to end", async (t) => {
  const store = openTestStore(t);
  const bucket = createFolderBucket({ directory: temporaryFolder(t) });
  let nowUs = 1e15;
  const stepped = { ...clock, now: () => ({ ...clock.now(), wallUs: nowUs }) };
  const target = createShardTarget({
    bucket,
    store: { ...store, outbox: store.outbox },
    folder: "",
    clock: stepped,
    random: () => 0,
    maxPictureBytes: 100_000,
    shardBytes: 10_000,
    maxWaitMs: 60_000,
  });
  const ripe = (toEmpty = false) => target.isRipe!("labelled", { toEmpty });
  assert.equal(ripe(), true, "nothing waits: nothing to hold back");
  for (let n = 0; n < 3; n += 1) await store.keep(frameEntry(n, { pictureTargets: [target.name] }));
  const [first] = store.outbox.take(target.name, "labelled", { limit: 1, skip: () => false, nowUs: 2e15 });
  nowUs = first!.enqueuedAtUs + 1000;
  assert.equal(ripe(), false);
  assert.equal(ripe(true), true);
  assert.equal(target.isRipe!("alert", { toEmpty: false }), true);
  nowUs = first!.enqueuedAtUs + 60_000_000;
  assert.equal(ripe(), true, "the oldest waited");
  nowUs = first!.enqueuedAtUs - 5_000_000;
  assert.equal(ripe(), true, "the clock was set back");
  nowUs = first!.enqueuedAtUs + 1000;
  for (let n = 3; n < 6; n += 1) await store.keep(frameEntry(n, { pictureTargets: [target.name] }));
  assert.equal(ripe(), true, "a shard is full");
  const entries = store.outbox.take(target.name, "labelled", { limit: 100, skip: () => false, nowUs: 2e15 });
  await target.deliver(entries, signal);
  assert.equal(ripe(), false, "what is delivered and not booked yet does not count again");
});

test("a shard that never gets through is packed smaller, until the link bears it", async (t) => {
  const { store, bucket, target, entries } = await setUp(t, 40, 10_000);
  // A link that is cut before 120 kB are through.
  const bad: Bucket = {
    ...bucket,
    putLarge: async (key, source, given) => {
      if (source.size <= 120_000) return bucket.putLarge(key, source, given);
      await source.read(0, 1000, given.signal);
      throw new SyncError("offline", "cut");
    },
  };
  const sending = targetOn(bad, store);
  let failures = 0;
  for (; failures < 30 && entries().length > 0; failures += 1) {
    const given = entries();
    const outcomes = await sending.deliver(given, signal).catch(() => null);
    await store.commit(() => {
      for (const [at, outcome] of (outcomes ?? []).entries())
        if (outcome.result === "delivered") store.outbox.settle({ entry: given[at]!, ...outcome });
    });
  }
  assert.ok(failures < 15, `${failures} tries`);
  assert.deepEqual(
    await picturesIn(bucket),
    Array.from({ length: 40 }, (_, n) => frameId(n)),
  );
  assert.ok((store.outbox.receipt("picture", frameId(0), target.name)?.reference ?? "").includes(".tar#"));
});

test("a link that lets a part through before each cut is not left alone: one call sends the whole shard", async (t) => {
  const { store, bucket, entries } = await setUp(t, 40, 10_000);
  let had = 0;
  const bad: Bucket = {
    ...bucket,
    putLarge: async (key, source, given) => {
      for (const at of [0, 1, 2, 3].slice(had)) {
        await source.read(at, at + 1, given.signal);
        if (at > had) {
          had = at;
          throw new SyncError("offline", "cut");
        }
      }
      return bucket.putLarge(key, source, given);
    },
  };
  const outcomes = await targetOn(bad, store).deliver(entries(), signal);
  assert.ok(outcomes.every(({ result }) => result === "delivered"));
  assert.equal(had, 3);
});

test("a server that refuses us in the middle parks nothing; what it took is known the next time", async (t) => {
  const { store, bucket, entries } = await setUp(t, 40);
  let puts = 0;
  const refusing: Bucket = {
    ...bucket,
    putLarge: (key, source, given) => {
      puts += 1;
      if (puts === 2) throw new SyncError("permanent", "AccessDenied");
      return bucket.putLarge(key, source, given);
    },
  };
  const target = targetOn(refusing, store, { shardBytes: 45_000 });
  await assert.rejects(target.deliver(entries(), signal), /AccessDenied/);
  const outcomes = await target.deliver(entries(), signal);
  assert.ok(outcomes.every(({ result }) => result === "delivered"));
  assert.equal(outcomes.filter((outcome) => outcome.result === "delivered" && outcome.already).length, 22);
});

test("a picture that was taken back and came back is sent again, whatever its old receipt says", async (t) => {
  const { store, bucket, target, entries } = await setUp(t, 5);
  const given = entries();
  const outcomes = await target.deliver(given, signal);
  await store.commit(() => {
    for (const [at, outcome] of outcomes.entries())
      if (outcome.result === "delivered") store.outbox.settle({ entry: given[at]!, ...outcome });
  });
  await target.deliver([{ ...given[2]!, operation: "remove" }], signal);
  assert.equal((await picturesIn(bucket)).length, 4);
  // The take-back is not booked yet when the erasing is undone.
  const [again] = await target.deliver([given[2]!], signal);
  assert.ok(again?.result === "delivered" && !again.already);
  assert.equal((await picturesIn(bucket)).length, 5);
});
