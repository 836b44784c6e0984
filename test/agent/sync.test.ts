import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { describeSync, enqueueMissing, type SyncOptions, sync } from "../../agent/sync.ts";
import { openTargets } from "../../agent/targets.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { createFakePerson } from "../fakes/person.ts";
import { frameEntry, frameId, openTestStore, temporaryFolder } from "../fakes/store.ts";

function optionsFor(t: TestContext, store: Store, changes: Partial<SyncOptions> = {}) {
  const data = temporaryFolder(t);
  const person = createFakePerson(true);
  const options: SyncOptions = {
    config: parseConfig({ data }, "test"),
    store,
    clock: createSystemClock(),
    log: silentLog,
    env: {},
    random: Math.random,
    person,
    follow: false,
    all: false,
    signal: new AbortController().signal,
    ...changes,
  };
  return { data, person, options };
}

test("sync() books everything for targets that are new, delivers it, and has nothing to do the second time", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 30; n += 1) await store.keep(frameEntry(n, { labels: n % 3 }));
  const { data, person, options } = optionsFor(t, store);
  const first = await sync(options);
  assert.deepEqual(
    [first.enqueued, first.delivered, first.already, first.waiting, first.parked, first.stopped],
    [60, 60, 0, 0, 0, false],
  );
  assert.match(person.told[0]!, /60 things were not booked/);
  assert.ok(existsSync(join(data, "bucket", "track", "20240501", frameId(7))));
  assert.equal(describeSync(first), "delivered 60 (0 already there), waiting 0, failed 0");
  const second = await sync(options);
  assert.deepEqual([second.enqueued, second.delivered], [0, 0]);
  // Everything once more for a store that lost its receipts would be found there.
  const again = await sync({ ...options, all: true });
  assert.deepEqual([again.enqueued, again.delivered], [0, 0]);
});

test("sync() says what a target answered, keeps what waits, and the rest of the world goes on", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 5; n += 1) await store.keep(frameEntry(n));
  const { data, options } = optionsFor(t, store);
  writeFileSync(join(data, "bucket"), "a file where the bucket should be");
  const result = await sync(options);
  assert.deepEqual([result.delivered, result.waiting], [0, 10]);
  assert.match(describeSync(result), /folder:.*\n.*delivered 0 .*waiting 10, failed 0$/s);
  rmSync(join(data, "bucket"));
  assert.equal((await sync(options)).delivered, 10);
});

test("sync() that is stopped says so, and what was delivered is booked", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 5; n += 1) await store.keep(frameEntry(n));
  const { options } = optionsFor(t, store);
  await assert.rejects(sync({ ...options, signal: AbortSignal.abort(new Error("stopped")) }), /stopped/);
  await enqueueAll(store, options);
  const result = await sync({ ...options, signal: AbortSignal.abort(new Error("stopped")) });
  assert.deepEqual([result.stopped, result.waiting], [true, 10]);
});

async function enqueueAll(store: Store, options: SyncOptions): Promise<void> {
  const targets = openTargets({ ...options, events: null });
  await enqueueMissing(store, targets.plan, { all: true, signal: new AbortController().signal });
  await targets.close();
}

test("enqueueMissing() leaves erased frames and what was delivered out", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 4; n += 1) await store.keep(frameEntry(n));
  await store.commit(() => store.frames.update({ ...store.frames.get(frameId(2))!, erasedAtUs: 1 }));
  const { options } = optionsFor(t, store);
  assert.equal((await sync(options)).delivered, 6);
  await store.keep(frameEntry(9));
  assert.equal((await sync({ ...options, all: true })).enqueued, 2);
});

test("enqueueMissing() goes past labels on a damaged page, counts and journals them", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 3; n += 1) await store.keep(frameEntry(n));
  const { options } = optionsFor(t, store);
  const targets = openTargets({ ...options, events: null });
  const signal = new AbortController().signal;
  const failing = (code: number): Store => ({
    ...store,
    labels: {
      ...store.labels,
      ofFrame: (imgId) => {
        if (imgId !== frameId(1)) return store.labels.ofFrame(imgId);
        throw Object.assign(new Error("MDB_PAGE_NOTFOUND: Requested page not found"), { code });
      },
    },
  });
  await assert.rejects(enqueueMissing(failing(5), targets.plan, { all: true, signal }), /PAGE_NOTFOUND/);
  assert.equal(await enqueueMissing(failing(-30797), targets.plan, { all: true, signal }), 5);
  assert.equal(store.counters.get("damaged"), 1);
  await targets.close();
});
