// Damaged values: set aside with their bytes, reported once, and the rest goes on.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Log } from "../../../device/log.ts";
import { silentLog } from "../../../device/log.ts";
import { openEnvironment } from "../../../device/store/environment.ts";
import {
  bytesOf,
  fingerprint,
  frameEntry,
  frameId,
  openTestStore,
  temporaryFolder,
} from "../../fakes/store.ts";

/** A closed store of `count` frames that wait for a bucket and an index. */
async function makeStore(t: TestContext, count: number, size = 2000): Promise<string> {
  const directory = temporaryFolder(t);
  const store = openTestStore(t, { directory });
  for (let n = 0; n < count; n += 1)
    await store.keep(frameEntry(n, { size, pictureTargets: ["bucket"], labelTargets: ["index"] }));
  await store.close();
  return directory;
}

/** Flips one bit in the middle of a value, behind the store's back. */
async function flip(directory: string, table: string, key: string | (string | number)[]): Promise<void> {
  const raw = openEnvironment(directory);
  const values = raw.table<string | (string | number)[]>(table);
  const value = Buffer.from(values.get(key)!);
  value[Math.floor(value.length / 2)]! ^= 4;
  await raw.write(() => values.putSync(key, value));
  await raw.close();
}

function recordingLog(): { log: Log; errors: object[] } {
  const errors: object[] = [];
  return { log: { ...silentLog, error: (fields) => void errors.push(fields) }, errors };
}

test("get() sets a damaged value aside with its bytes, says so once, and its neighbours stay", async (t) => {
  const directory = await makeStore(t, 5);
  await flip(directory, "frames", frameId(2));
  await flip(directory, "pictures", frameId(3));
  const { log, errors } = recordingLog();
  const store = openTestStore(t, { directory, log });
  for (let round = 0; round < 3; round += 1) {
    assert.equal(store.frames.get(frameId(2)), null);
    assert.equal(store.frames.picture(frameId(3)), null);
  }
  await store.commit(() => undefined);
  assert.deepEqual(
    [...store.frames.range()].map(({ imgId }) => imgId),
    [0, 1, 3, 4].map(frameId),
  );
  for (const n of [0, 1, 4]) assert.deepEqual(store.frames.picture(frameId(n)), bytesOf(n, 2000));
  assert.equal(errors.length, 2);
  assert.equal(store.counters.get("damaged"), 2);
  assert.equal(store.frames.count(), 4);
  const [picture, record] = store.damaged();
  assert.deepEqual(
    [record?.table, record?.key, record?.reason],
    ["frames", frameId(2), "checksum does not match"],
  );
  assert.equal(Buffer.from(picture!.rawBase64, "base64").length, 2000 + 5);
  assert.deepEqual(
    store.journal.newest(2).map(({ act }) => act),
    ["damage", "damage"],
  );
});

test("openStore() counts anew what damaged counts said, and overwrites nothing that waits", async (t) => {
  const directory = await makeStore(t, 6);
  for (const name of ["frames", "bytes", "labels", "outbox.sequence", "waiting/bucket/labelled/entries"])
    await flip(directory, "counters", name);
  const store = openTestStore(t, { directory });
  await store.keep(frameEntry(6, { pictureTargets: ["bucket"], labelTargets: ["index"] }));
  assert.equal(store.frames.count(), 7);
  assert.equal(store.labels.count(), 7);
  assert.equal(store.outbox.waiting().bucket?.labelled.entries, 7);
  assert.equal(store.outbox.waiting().index?.labelled.entries, 7);
  const waiting = store.outbox.take("bucket", "labelled", { limit: 100, skip: () => false, nowUs: 1e18 });
  assert.deepEqual(
    waiting.map(({ id }) => id),
    [0, 1, 2, 3, 4, 5, 6].map(frameId),
  );
});

test("verify() finds every damaged value, queues again what the outbox lost, and counts anew", async (t) => {
  const directory = await makeStore(t, 8);
  await flip(directory, "outbox", ["bucket", 2, 1]);
  await flip(directory, "outbox-waiting", ["label", fingerprint(4), "index"]);
  await flip(directory, "labels", [frameId(5), fingerprint(5)]);
  await flip(directory, "label-owners", fingerprint(6));
  await flip(directory, "detections", [frameId(7), "m", 0]);
  const store = openTestStore(t, { directory });
  const result = await store.verify();
  assert.deepEqual([result.damaged, result.mended], [5, 2]);
  const ids = (target: string) =>
    store.outbox.take(target, "labelled", { limit: 100, skip: () => false, nowUs: 1e18 }).map(({ id }) => id);
  assert.deepEqual([...ids("bucket")].sort(), [0, 1, 2, 3, 4, 5, 6, 7].map(frameId));
  assert.equal(ids("index").length, 8);
  assert.equal(store.outbox.waiting().bucket?.labelled.entries, 8);
  assert.equal(store.outbox.isOwed("label", fingerprint(4)), true);
  assert.equal(store.labels.count(), 7);
  const again = await store.verify();
  assert.deepEqual([again.damaged, again.mended], [0, 0]);
});

test("verify() tells a reader what is damaged and changes nothing", async (t) => {
  const directory = await makeStore(t, 3);
  await flip(directory, "pictures", frameId(1));
  const before = readFileSync(join(directory, "data.mdb"));
  const reader = openTestStore(t, { directory, readOnly: true });
  assert.equal((await reader.verify()).damaged, 1);
  assert.equal((await reader.verify()).damaged, 0, "said once");
  assert.deepEqual(readFileSync(join(directory, "data.mdb")), before);
});

test("verify() survives bits flipped anywhere in the pictures of the data file, and loses those pictures only", async (t) => {
  const directory = await makeStore(t, 40, 12_000);
  const path = join(directory, "data.mdb");
  const file = readFileSync(path);
  const hit = new Set<number>();
  for (let n = 3; n < 40; n += 7) {
    // Large values lie in one piece.
    const at = file.indexOf(bytesOf(n, 12_000));
    assert.ok(at > 0);
    file[at + 5000 + n]! ^= 1 << (n % 8);
    hit.add(n);
  }
  writeFileSync(path, file);
  const store = openTestStore(t, { directory });
  const { damaged } = await store.verify();
  assert.equal(damaged, hit.size);
  for (let n = 0; n < 40; n += 1)
    assert.deepEqual(store.frames.picture(frameId(n)), hit.has(n) ? null : bytesOf(n, 12_000), `frame ${n}`);
  assert.equal(store.damaged().length, hit.size);
});
