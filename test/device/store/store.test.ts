// The store's promises: together or not at all, acknowledged means on disk, damage is set aside, strangers are refused.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { sealJson } from "../../../device/store/codec.ts";
import { openEnvironment } from "../../../device/store/environment.ts";
import { StoreLocked } from "../../../device/store/lock.ts";
import { openStore, StoreError } from "../../../device/store/store.ts";
import { startChild } from "../../fakes/child.ts";
import {
  bytesOf,
  fingerprint,
  frameEntry,
  frameId,
  openTestStore,
  temporaryFolder,
} from "../../fakes/store.ts";

const open = (directory: string, readOnly = false) =>
  openStore({ directory, clock: createSystemClock(), log: silentLog, commitWindowMs: 0, readOnly });

test("openStore() gives a store its identity once and finds everything again", async (t) => {
  const directory = temporaryFolder(t);
  const first = open(directory);
  await first.keep(frameEntry(1, { pictureTargets: ["a"], labelTargets: ["b"] }));
  await first.close();
  await first.close();
  const again = openTestStore(t, { directory });
  assert.equal(again.id, first.id);
  assert.deepEqual(again.frames.get(frameId(1))?.size, 2000);
  assert.deepEqual(again.frames.picture(frameId(1)), bytesOf(1, 2000));
  assert.equal(again.labels.get(fingerprint(1))?.img_id, frameId(1));
  assert.equal(again.detections.get([frameId(1), "m", 0])?.className, "car");
  assert.deepEqual(again.outbox.waiting(), {
    a: {
      alert: { entries: 0, bytes: 0 },
      telemetry: { entries: 0, bytes: 0 },
      labelled: { entries: 1, bytes: 2000 },
      unlabelled: { entries: 0, bytes: 0 },
    },
    b: {
      alert: { entries: 0, bytes: 0 },
      telemetry: { entries: 0, bytes: 0 },
      labelled: { entries: 1, bytes: 1500 },
      unlabelled: { entries: 0, bytes: 0 },
    },
  });
});

test("keep() keeps a frame with all that belongs to it or nothing, when it fails in the middle", async (t) => {
  const store = openTestStore(t);
  await store.keep(frameEntry(1));
  const before = store.counters.list("");
  const broken = frameEntry(2, { pictureTargets: ["a"] });
  // The last thing that is put cannot be: everything before it has to go as well.
  await assert.rejects(
    store.keep({
      ...broken,
      deliveries: [...broken.deliveries, { ...broken.deliveries[0]!, id: "x".repeat(4000) }],
    }),
  );
  assert.equal(store.frames.get(frameId(2)), null);
  assert.equal(store.frames.picture(frameId(2)), null);
  assert.equal(store.labels.get(fingerprint(2)), null);
  assert.deepEqual(store.outbox.waiting(), {});
  assert.deepEqual(store.counters.list(""), before);
  await store.keep(frameEntry(2));
  assert.equal(store.frames.count(), 2);
});

test("keep() never overwrites a frame and says so", async (t) => {
  const store = openTestStore(t);
  await store.keep(frameEntry(1));
  await assert.rejects(store.keep(frameEntry(1, { size: 10 })), /is in the store already/);
  assert.equal(store.frames.get(frameId(1))?.size, 2000);
  assert.equal(store.frames.count(), 1);
});

test("commit() refuses writes outside a commit, after close and on a reader", async (t) => {
  const directory = temporaryFolder(t);
  const store = open(directory);
  assert.throws(() => store.notes.put("a", 1), /outside a commit/);
  assert.throws(() => store.counters.add("a", 1), /outside a commit/);
  await store.close();
  await assert.rejects(
    store.commit(() => 1),
    /is closed/,
  );
  const reader = openTestStore(t, { directory, readOnly: true });
  await assert.rejects(
    reader.commit(() => 1),
    /open for reading only/,
  );
});

test("openStore() reads beside a writer of another process, and sees what is committed at once", async (t) => {
  const directory = temporaryFolder(t);
  const writer = openTestStore(t, { directory });
  await writer.keep(frameEntry(0));
  const readers = [1, 2].map(() => startChild(t, "store-child.ts", ["read", directory]));
  for (let n = 1; n < 20; n += 1) {
    await writer.keep(frameEntry(n));
    for (const reader of readers) {
      reader.send("look");
      assert.equal(await reader.line(), `${n + 1} ${n + 1}`);
    }
  }
});

test("openStore() refuses a reader in the process that writes, where lmdb would crash", async (t) => {
  const directory = temporaryFolder(t);
  openTestStore(t, { directory });
  assert.throws(() => open(directory, true), /This very process writes/);
});

test("openStore() refuses a second writer, naming process and command of the first, and takes over when that is gone", async (t) => {
  const directory = temporaryFolder(t);
  const holder = startChild(t, "store-child.ts", ["hold", directory]);
  assert.equal(await holder.line(), "open");
  assert.throws(
    () => open(directory),
    (error: Error) =>
      error instanceof StoreLocked &&
      error.message.includes(`process ${holder.pid} `) &&
      error.message.includes("store-child.ts hold"),
  );
  await holder.kill();
  await openTestStore(t, { directory }).keep(frameEntry(1));
});

test("openStore() refuses a reader where there is no store, naming the folder", (t) => {
  const directory = join(temporaryFolder(t), "none");
  assert.throws(
    () => open(directory, true),
    (error: Error) => error instanceof StoreError && error.message.includes(directory),
  );
});

test("openStore() refuses a folder that is none or cannot be written, and says which", {
  skip: process.platform !== "linux" && "needs /proc",
}, (t) => {
  const file = join(temporaryFolder(t), "file");
  writeFileSync(file, "x");
  for (const directory of [file, join(file, "deep"), "/proc"]) {
    assert.throws(
      () => open(directory),
      (error: Error) => error instanceof StoreError && error.message.includes(directory),
      directory,
    );
  }
});

test("openStore() refuses a file of another program and leaves it as it was", (t) => {
  const directory = temporaryFolder(t);
  const path = join(directory, "data.mdb");
  const foreign = Buffer.from("SQLite format 3\0".repeat(2000));
  writeFileSync(path, foreign);
  for (let round = 0; round < 2; round += 1) assert.throws(() => open(directory), StoreError);
  assert.deepEqual(readFileSync(path), foreign);
});

test("openStore() refuses another program's lmdb and leaves it as it was", async (t) => {
  const directory = temporaryFolder(t);
  const other = openEnvironment(directory);
  const cookies = other.table<string>("cookies");
  await other.write(() => cookies.putSync("a", Buffer.from("b")));
  await other.close();
  const before = readFileSync(join(directory, "data.mdb"));
  assert.throws(() => open(directory), /another program \(a table "cookies"\)/);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(readFileSync(join(directory, "data.mdb")), before);
});

for (const [how, identity] of [
  ["in its value format", () => sealJson({ version: 2, id: "x", createdAtUs: 0 }, 2)],
  ["in its version field", () => sealJson({ version: 2, id: "x", createdAtUs: 0 })],
] as const) {
  test(`openStore() refuses a store of a newer program, newer ${how}, and leaves it as it was`, async (t) => {
    const directory = temporaryFolder(t);
    const store = open(directory);
    await store.keep(frameEntry(1));
    await store.close();
    const raw = openEnvironment(directory);
    await raw.write(() => raw.table<string>("meta").putSync("store", identity()));
    await raw.close();
    const before = readFileSync(join(directory, "data.mdb"));
    for (const readOnly of [false, true])
      assert.throws(() => open(directory, readOnly), /newer outrider \(schema 2, this one knows 1\)/);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(readFileSync(join(directory, "data.mdb")), before);
  });
}

test("openStore() goes on with a new identity when only that is damaged", async (t) => {
  const directory = temporaryFolder(t);
  const store = open(directory);
  await store.keep(frameEntry(1));
  await store.close();
  const raw = openEnvironment(directory);
  await raw.write(() => raw.table<string>("meta").putSync("store", Buffer.from("rubbish")));
  await raw.close();
  const again = openTestStore(t, { directory });
  assert.notEqual(again.id, store.id);
  assert.equal(again.frames.count(), 1);
});

test("openStore() says what to do about a data file that was cut off, and never dies of it", async (t) => {
  const directory = temporaryFolder(t);
  const store = open(directory);
  for (let n = 0; n < 60; n += 1) await store.keep(frameEntry(n, { size: 20_000 }));
  await store.close();
  const path = join(directory, "data.mdb");
  const whole = join(directory, "whole");
  copyFileSync(path, whole);
  const { length } = readFileSync(whole);
  for (const share of [0, 0.0001, 0.02, 0.3, 0.6, 0.95]) {
    copyFileSync(whole, path);
    truncateSync(path, Math.floor(length * share));
    try {
      const cut = open(directory);
      let readable = 0;
      for (let n = 0; n < 60; n += 1) {
        const picture = cut.frames.picture(frameId(n));
        if (picture === null) continue;
        assert.deepEqual(picture, bytesOf(n, 20_000));
        readable += 1;
      }
      t.diagnostic(`cut to ${share}: ${readable} of 60 pictures readable`);
      await cut.close().catch(() => undefined);
    } catch (error) {
      assert.ok(error instanceof StoreError, String(error));
      t.diagnostic(`cut to ${share}: ${error.message}`);
    }
    rmSync(join(directory, "data.mdb-lock"), { force: true });
  }
});

test("openStore() goes on where the very first opening was cut short", async (t) => {
  const directory = temporaryFolder(t);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "data.mdb"), "");
  const empty = open(directory);
  await empty.keep(frameEntry(1));
  await empty.close();
  const half = temporaryFolder(t);
  const raw = openEnvironment(half);
  raw.table("counters");
  raw.table("notes");
  await raw.close();
  await openTestStore(t, { directory: half }).keep(frameEntry(1));
});
