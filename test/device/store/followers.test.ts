// Who follows a table hears what commits changed: before they are acknowledged, each key once, and nothing that was rolled back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { frameId, openTestStore } from "../../fakes/store.ts";

const value = Uint8Array.of(1);

test("follow() hears the keys of a commit once it is on disk, before it is acknowledged", async (t) => {
  const store = openTestStore(t);
  const heard: unknown[] = [];
  store.follow("hashes", (keys) => {
    // What it holds now is in the table already.
    heard.push(...keys.map((key) => [key, store.seen.hashes.get(String(key))?.length ?? null]));
  });
  const committed = store.commit(() => {
    store.seen.hashes.put(frameId(1), value);
    store.seen.hashes.put(frameId(1), value);
    store.seen.hashes.put(frameId(2), value);
    store.seen.hashes.remove(frameId(2));
    store.seen.contents.put("other", frameId(1));
  });
  assert.deepEqual(heard, []);
  await committed;
  assert.deepEqual(heard, [
    [frameId(1), 1],
    [frameId(2), null],
  ]);
});

test("follow() hears nothing of a write that failed, and all of its neighbours", async (t) => {
  const store = openTestStore(t, { commitWindowMs: 10 });
  const heard: unknown[] = [];
  store.follow("hashes", (keys) => heard.push(...keys));
  const results = await Promise.allSettled([
    store.commit(() => store.seen.hashes.put(frameId(1), value)),
    store.commit(() => {
      store.seen.hashes.put(frameId(2), value);
      throw new Error("no");
    }),
    store.commit(() => store.seen.hashes.put(frameId(3), value)),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(heard, [frameId(1), frameId(3)]);
});

test("follow() ends when it is told to, and one follower that fails harms neither the commit nor the others", async (t) => {
  const said: string[] = [];
  const silence = (): void => undefined;
  const store = openTestStore(t, {
    log: { debug: silence, info: silence, warn: silence, error: (_, message) => said.push(message) },
  });
  const heard: unknown[] = [];
  store.follow("hashes", () => {
    throw new Error("broken");
  });
  const stop = store.follow("hashes", (keys) => heard.push(...keys));
  await store.commit(() => store.seen.hashes.put(frameId(1), value));
  stop();
  stop();
  await store.commit(() => store.seen.hashes.put(frameId(2), value));
  assert.deepEqual(heard, [frameId(1)]);
  assert.deepEqual(said, ["a follower of the store failed", "a follower of the store failed"]);
});
