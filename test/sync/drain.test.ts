// The drain: what is away rests, what is refused is parked, what waits for something waits, and nothing is lost or sent twice.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import type { OutboxDraft } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import { createDrain } from "../../sync/drain.ts";
import { SyncError } from "../../sync/errors.ts";
import { eventually } from "../fakes/eventually.ts";
import { createFastClock } from "../fakes/fast-clock.ts";
import { createManualClock } from "../fakes/manual-clock.ts";
import { createMemoryTarget, type MemoryTarget, offline } from "../fakes/memory-target.ts";
import { fingerprint, frameEntry, frameId, openTestStore, type TestFrameOptions } from "../fakes/store.ts";

const drainOf = (store: Store, targets: readonly MemoryTarget[], clock = createSystemClock()) =>
  createDrain({ store, targets, clock, log: silentLog, random: () => 0 });
const never = new AbortController().signal;

async function keepFrames(
  store: Store,
  count: number,
  options: TestFrameOptions = { pictureTargets: ["bucket"] },
): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => store.keep(frameEntry(n, options))));
}
const pictures = (...numbers: number[]): string[] => numbers.map((n) => `picture/${frameId(n)}`).sort();
const all = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const waitingFor = (store: Store, target: string): number =>
  Object.values(store.outbox.waiting()[target] ?? {}).reduce((sum, { entries }) => sum + entries, 0);

const eventDraft = (id: string, lane: OutboxDraft["lane"]): OutboxDraft => ({
  target: "mqtt",
  lane,
  kind: "event",
  operation: "put",
  id,
  imgId: null,
  bytes: 1,
  notBeforeUs: null,
});

/** A drain that follows; stopped when the test ends, or by `stop`. */
function follow(t: TestContext, drain: ReturnType<typeof createDrain>) {
  const controller = new AbortController();
  const ended = drain.run({ follow: true, signal: controller.signal });
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  t.after(stop);
  return { stop };
}

test("run() once delivers everything, each exactly once, with as many calls at once as the target bears", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 57);
  const bucket = createMemoryTarget("bucket", { maxBatch: 4, concurrency: 3 });
  bucket.behave = () => new Promise((resolve) => setImmediate(resolve));
  const [status] = await drainOf(store, [bucket]).run({ follow: false, signal: never });
  assert.deepEqual(bucket.has(), pictures(...all(57)));
  assert.equal(bucket.seen().length, 57);
  assert.equal(bucket.mostAtOnce(), 3);
  assert.deepEqual(
    [status?.state, status?.delivered, status?.bytes, status?.problem],
    ["idle", 57, 57 * 2000, null],
  );
  assert.equal(waitingFor(store, "bucket"), 0);
  assert.ok(all(57).every((n) => store.outbox.receipt("picture", frameId(n), "bucket") !== null));
});

test("run() keeps everything for a target that is offline, tries it a few times and ends", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 20);
  const bucket = createMemoryTarget("bucket");
  bucket.behave = offline;
  const [status] = await drainOf(store, [bucket]).run({ follow: false, attempts: 3, signal: never });
  assert.match(status?.problem ?? "", /no way there/);
  // Two calls at once that fail together are one failure of the target; after it one call tries for all.
  assert.equal(bucket.calls(), 4);
  assert.equal(waitingFor(store, "bucket"), 20);
  bucket.behave = () => undefined;
  await drainOf(store, [bucket]).run({ follow: false, signal: never });
  assert.equal(bucket.seen().length, 20);
});

test("run() lets a target that is away rest longer and longer, and comes back at once when the network does", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t);
  await keepFrames(store, 5);
  const bucket = createMemoryTarget("bucket", { concurrency: 1 });
  bucket.behave = offline;
  const drain = createDrain({ store, targets: [bucket], clock, log: silentLog, random: () => 0.999 });
  const { stop } = follow(t, drain);
  const callsAfter = async (ms: number): Promise<number> => {
    await clock.advance(ms);
    return bucket.calls();
  };
  assert.equal(await callsAfter(0), 1);
  assert.equal(await callsAfter(990), 1);
  assert.equal(await callsAfter(20), 2);
  assert.equal(await callsAfter(1900), 2);
  assert.equal(await callsAfter(150), 3);
  for (let hour = 0; hour < 24; hour += 1) await clock.advance(3600e3 / 24);
  const before = bucket.calls();
  assert.ok(
    before > 10 && before < 40,
    `${before} calls in an hour: at most one in 5 minutes after the first few`,
  );
  assert.equal(drain.status()[0]?.state, "resting");
  bucket.behave = () => undefined;
  drain.wake({ linkUp: true });
  await eventually("everything arrives without another rest", () => bucket.seen().length === 5);
  await stop();
});

test("run() obeys the Retry-After of a target", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t);
  await keepFrames(store, 1);
  const bucket = createMemoryTarget("bucket");
  bucket.behave = () => {
    throw new SyncError("retryable", "slow down", { retryAfterMs: 90_000 });
  };
  const { stop } = follow(t, drainOf(store, [bucket], clock));
  await clock.advance(89_000);
  assert.equal(bucket.calls(), 1);
  await clock.advance(2000);
  assert.equal(bucket.calls(), 2);
  await stop();
});

test("run() lets one thing that fails rest alone, and gives it up for this time after some attempts", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 12);
  const bucket = createMemoryTarget("bucket", { maxBatch: 3 });
  let tried = 0;
  bucket.judge = ({ id }) => {
    if (id !== frameId(2)) return null;
    tried += 1;
    return { result: "failed", error: new SyncError("retryable", "internal error") };
  };
  const [status] = await drainOf(store, [bucket]).run({ follow: false, attempts: 4, signal: never });
  assert.equal(tried, 4);
  assert.deepEqual([status?.delivered, status?.parked], [11, 0]);
  assert.equal(waitingFor(store, "bucket"), 1);
  bucket.judge = () => null;
  await drainOf(store, [bucket]).run({ follow: false, signal: never });
  assert.deepEqual(bucket.has(), pictures(...all(12)));
});

test("run() parks what is refused for good, with the target's words, and goes on behind it", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 6);
  const bucket = createMemoryTarget("bucket", { maxBatch: 1, concurrency: 1 });
  bucket.judge = ({ id }) =>
    id === frameId(0) ? { result: "failed", error: new SyncError("permanent", "EntityTooLarge") } : null;
  const drain = drainOf(store, [bucket]);
  const [status] = await drain.run({ follow: false, signal: never });
  assert.deepEqual([status?.delivered, status?.parked], [5, 1]);
  assert.deepEqual(
    store.outbox.parked().map(({ entry, reason }) => [entry.id, reason]),
    [[frameId(0), "EntityTooLarge"]],
  );
  assert.equal(waitingFor(store, "bucket"), 0);
  bucket.judge = () => null;
  await store.commit(() => store.outbox.retryParked("bucket"));
  await drain.run({ follow: false, signal: never });
  assert.deepEqual(bucket.has(), pictures(...all(6)));
});

test("run() parks nothing when the target refuses us as a whole, and asks again rarely", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t);
  await keepFrames(store, 6);
  const bucket = createMemoryTarget("bucket", { concurrency: 1 });
  bucket.behave = () => {
    throw new SyncError("permanent", "AccessDenied");
  };
  const drain = drainOf(store, [bucket], clock);
  const { stop } = follow(t, drain);
  await clock.advance(59_000);
  assert.equal(bucket.calls(), 1);
  assert.equal(drain.status()[0]?.problem, "AccessDenied");
  await clock.advance(2000);
  assert.equal(bucket.calls(), 2);
  assert.equal(store.outbox.parked().length, 0);
  assert.equal(waitingFor(store, "bucket"), 6);
  await stop();
});

test("run() goes on while a server now and then answers badly: the thing rests, the target does not", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t);
  await keepFrames(store, 300);
  const bucket = createMemoryTarget("bucket", { maxBatch: 1, concurrency: 8 });
  let calls = 0;
  bucket.behave = async () => {
    calls += 1;
    const isBad = calls % 10 < 3;
    await clock.sleep(10, never);
    if (isBad) throw new SyncError("retryable", "SlowDown");
  };
  const startedNs = clock.monotonicNs();
  const { stop } = follow(t, drainOf(store, [bucket], clock));
  while (bucket.has().length < 300 && clock.monotonicNs() - startedNs < 60e9) await clock.advance(10);
  const seconds = (clock.monotonicNs() - startedNs) / 1e9;
  // Eight at a time of 10 ms each: 0.375 s if none failed.
  assert.ok(seconds < 0.375 / 0.6, `${seconds} s, more than 60 % of what goes without failures`);
  assert.equal(bucket.seen().length, 300);
  await stop();
});

test("run() keeps the order of a target that wants it: what fails holds what stands behind it", async (t) => {
  const store = openTestStore(t);
  await store.commit(() => {
    for (let n = 0; n < 700; n += 1) store.outbox.enqueue(eventDraft(`event-${n}`, "telemetry"));
  });
  const broker = createMemoryTarget("mqtt", { maxBatch: 16, concurrency: 1, inOrder: true });
  let [calls, entries, isBroken] = [0, 0, false];
  // Now the whole call fails, now all of it from some entry on, as a connection that breaks does.
  broker.behave = () => {
    calls += 1;
    isBroken = false;
    if (calls % 5 === 2) throw new SyncError("offline", "broken");
  };
  broker.judge = () => {
    entries += 1;
    if (entries % 37 === 0) isBroken = true;
    return isBroken ? { result: "failed", error: new SyncError("offline", "cut") } : null;
  };
  await drainOf(store, [broker]).run({ follow: false, attempts: 50, signal: never });
  assert.deepEqual(
    broker.seen(),
    all(700).map((n) => `put event-${n}`),
  );
});

test("run() does not let one target that is away hold up another", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 10, { pictureTargets: ["bucket", "second"] });
  const bucket = createMemoryTarget("bucket");
  bucket.behave = () =>
    new Promise((_, reject) => setTimeout(() => reject(new SyncError("offline", "away")), 20));
  const second = createMemoryTarget("second");
  const statuses = await drainOf(store, [bucket, second]).run({ follow: false, attempts: 2, signal: never });
  assert.deepEqual(
    statuses.map(({ delivered }) => delivered),
    [0, 10],
  );
});

/** Takes a label only once `bucket` has its picture, as the label target does. */
function waitForPictures(index: MemoryTarget, store: Store): void {
  index.judge = ({ imgId }) =>
    store.outbox.receipt("picture", imgId!, "bucket") === null ? { result: "early" } : null;
}

test("run() sends labels after their pictures, at once when these arrive, and leaves them when they do not", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 30, { pictureTargets: ["bucket"], labelTargets: ["index"] });
  const bucket = createMemoryTarget("bucket", { maxBatch: 1 });
  const index = createMemoryTarget("index", { waitsFor: ["bucket"], maxBatch: 7, concurrency: 1 });
  waitForPictures(index, store);
  bucket.judge = ({ id }) =>
    id === frameId(3) ? { result: "failed", error: new SyncError("retryable", "busy") } : null;
  const once = await drainOf(store, [bucket, index]).run({ follow: false, attempts: 2, signal: never });
  assert.deepEqual(
    once.map(({ delivered }) => delivered),
    [29, 29],
  );
  assert.equal(waitingFor(store, "index"), 1);

  bucket.judge = () => null;
  // A clock so slow that the next look by and by is minutes away: it is told of its picture.
  const { stop } = follow(t, drainOf(store, [bucket, index], createFastClock(0.005)));
  await eventually("the last label arrives", () => index.has().includes(`label/${fingerprint(3)}`));
  await stop();
});

test("run() once ends when labels stay early for ever", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 5, { labelTargets: ["index"] });
  const index = createMemoryTarget("index", { waitsFor: ["bucket"] });
  index.judge = () => ({ result: "early" });
  const [status] = await drainOf(store, [index]).run({ follow: false, signal: never });
  assert.equal(status?.delivered, 0);
  assert.equal(waitingFor(store, "index"), 5);
});

test("run() takes back what was erased while it was on its way, but not what was dropped to make room", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 3);
  const bucket = createMemoryTarget("bucket");
  bucket.behave = async () => {
    if (bucket.calls() > 1) return;
    await store.commit(() => {
      for (const n of [0, 1]) store.outbox.withdraw("picture", frameId(n));
      store.frames.update({ ...store.frames.get(frameId(0))!, erasedAtUs: 1 });
      store.frames.remove(frameId(1));
    });
  };
  await drainOf(store, [bucket]).run({ follow: false, signal: never });
  assert.deepEqual(bucket.has(), pictures(1, 2));
  assert.equal(store.outbox.receipt("picture", frameId(0), "bucket"), null);
  assert.equal(store.outbox.receipt("picture", frameId(1), "bucket"), null);
  assert.ok(store.outbox.receipt("picture", frameId(2), "bucket"));
});

test("run() never has a thing and its take-back in flight together", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 1);
  const bucket = createMemoryTarget("bucket", { maxBatch: 1, concurrency: 4 });
  let open = 0;
  bucket.behave = async () => {
    open += 1;
    assert.equal(open, 1);
    const [entry] = store.outbox.take("bucket", "labelled", { limit: 1, skip: () => false, nowUs: 0 });
    if (bucket.calls() < 4 && entry !== undefined) {
      const { sequence: _s, enqueuedAtUs: _e, ...draft } = entry;
      await store.commit(() =>
        store.outbox.enqueue({ ...draft, operation: bucket.calls() % 2 ? "remove" : "put" }),
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    open -= 1;
  };
  await drainOf(store, [bucket]).run({ follow: false, signal: never });
  assert.deepEqual(
    bucket.seen(),
    ["put", "remove", "put", "remove"].map((operation) => `${operation} ${frameId(0)}`),
  );
  assert.deepEqual(bucket.has(), []);
});

test("run() sends the urgent first and keeps a share for the least urgent", async (t) => {
  const store = openTestStore(t);
  await store.commit(() => {
    for (let n = 0; n < 40; n += 1) store.outbox.enqueue(eventDraft(`low-${n}`, "unlabelled"));
    for (let n = 0; n < 40; n += 1) store.outbox.enqueue(eventDraft(`high-${n}`, "alert"));
  });
  const mqtt = createMemoryTarget("mqtt", { maxBatch: 1, concurrency: 1 });
  await drainOf(store, [mqtt]).run({ follow: false, signal: never });
  const first = mqtt.seen().slice(0, 40);
  assert.equal(first.filter((each) => each.startsWith("put low")).length, 5);
  assert.equal(new Set(mqtt.seen()).size, 80);
});

test("run() holds back what is to be held back while it follows, and sends it when it ends", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  await keepFrames(store, 3, { pictureTargets: ["bucket"], notBeforeUs: clock.now().wallUs + 10e6 });
  const bucket = createMemoryTarget("bucket");
  const { stop } = follow(t, drainOf(store, [bucket], clock));
  await clock.advance(9000);
  assert.equal(bucket.calls(), 0);
  await clock.advance(2000);
  await eventually("they are sent", () => bucket.seen().length === 3);
  await stop();
  await store.keep(frameEntry(9, { pictureTargets: ["bucket"], notBeforeUs: clock.now().wallUs + 1e9 }));
  const ending = drainOf(store, [bucket], createSystemClock()).run({ follow: false, signal: never });
  await ending;
  assert.equal(bucket.seen().length, 4);
});

test("run() delivers everything in spite of kills at every step, and an idempotent target has each thing once", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 40);
  const bucket = createMemoryTarget("bucket", { maxBatch: 1, concurrency: 3 });
  for (let round = 0; waitingFor(store, "bucket") > 0; round += 1) {
    assert.ok(round < 100);
    const controller = new AbortController();
    let calls = 0;
    // Stopped before the call, in it, and after it with the answer lost.
    bucket.behave = async () => {
      calls += 1;
      if (calls % 5 === 4) {
        controller.abort();
        throw new SyncError("offline", "answer lost");
      }
      await new Promise((resolve) => setImmediate(resolve));
    };
    await drainOf(store, [bucket]).run({ follow: false, attempts: 9, signal: controller.signal });
  }
  assert.deepEqual(bucket.has(), pictures(...all(40)));
  assert.ok(all(40).every((n) => store.outbox.receipt("picture", frameId(n), "bucket") !== null));
});

test("run() books again when the store does not take it, instead of sending twice; it fails when that goes on", async (t) => {
  const store = openTestStore(t);
  await keepFrames(store, 4);
  const bucket = createMemoryTarget("bucket");
  let refusals = 2;
  const flaky: Store = {
    ...store,
    commit: (write, bytes) => {
      if (refusals > 0) {
        refusals -= 1;
        return Promise.reject(new Error("the disk is full"));
      }
      return store.commit(write, bytes);
    },
  };
  await drainOf(flaky, [bucket]).run({ follow: false, signal: never });
  assert.equal(bucket.seen().length, 4);
  assert.equal(waitingFor(store, "bucket"), 0);
  await store.keep(frameEntry(9, { pictureTargets: ["bucket"] }));
  refusals = 1e9;
  await assert.rejects(drainOf(flaky, [bucket]).run({ follow: false, signal: never }), /the disk is full/);
  assert.equal(waitingFor(store, "bucket"), 1);
});

test("run() that is stopped does not wait for ever for a call that heeds no signal", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t);
  await keepFrames(store, 1);
  const bucket = createMemoryTarget("bucket");
  bucket.behave = () => new Promise(() => undefined);
  const stop = new AbortController();
  const run = drainOf(store, [bucket], clock).run({ follow: true, signal: stop.signal });
  await clock.advance(10);
  assert.equal(bucket.calls(), 1);
  stop.abort();
  await clock.advance(6000);
  await run;
  assert.equal(waitingFor(store, "bucket"), 1);
});

test("pause() stops taking, resume() goes on, and a second run() at the same time is refused", async (t) => {
  const store = openTestStore(t);
  const bucket = createMemoryTarget("bucket");
  const drain = drainOf(store, [bucket]);
  const { stop } = follow(t, drain);
  await assert.rejects(drain.run({ follow: true, signal: never }), /runs already/);
  drain.pause();
  await keepFrames(store, 2);
  drain.wake();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(bucket.calls(), 0);
  drain.resume();
  await eventually("they are sent", () => bucket.seen().length === 2);
  await stop();
});

test("run() that follows no target at all waits for the signal", async (t) => {
  const store = openTestStore(t);
  const stop = new AbortController();
  let ended = false;
  const running = drainOf(store, []).run({ follow: true, signal: stop.signal });
  void running.then(() => {
    ended = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(ended, false);
  stop.abort();
  assert.deepEqual(await running, []);
});
