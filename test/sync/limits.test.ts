// The limits of a link: a cap on bytes, hours, money, a pause. Each says why nothing goes, and an alert passes where it should.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../device/log.ts";
import type { Lane, OutboxDraft } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import { createDrain, type Drain } from "../../sync/drain.ts";
import { noLimits, type SyncLimits } from "../../sync/limits.ts";
import { createManualClock, type ManualClock } from "../fakes/manual-clock.ts";
import { createMemoryTarget, type MemoryTarget } from "../fakes/memory-target.ts";
import { openTestStore } from "../fakes/store.ts";

/** 2024-05-03, a Friday, 12:00 on the clock of the machine. */
const friday = new Date("2024-05-03T12:00:00").getTime() * 1000;

type World = {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly drain: Drain;
  readonly targets: readonly MemoryTarget[];
  readonly put: (target: string, lane: Lane, count: number, bytes?: number) => Promise<void>;
};

/** A drain that follows two targets on a clock that a test moves. */
function world(
  t: TestContext,
  limits: Partial<SyncLimits>,
  { isMetered = () => false }: { isMetered?: () => boolean } = {},
): World {
  const clock = createManualClock(friday);
  const store = openTestStore(t, { clock });
  const targets = ["a", "b"].map((name) => createMemoryTarget(name, { maxBatch: 1, concurrency: 4 }));
  const drain = createDrain({
    store,
    targets,
    clock,
    log: silentLog,
    random: () => 0.5,
    limits: { ...noLimits, ...limits },
    isMetered,
  });
  const stop = new AbortController();
  const ended = drain.run({ follow: true, signal: stop.signal });
  t.after(async () => {
    stop.abort();
    await ended;
  });
  let number = 0;
  const put: World["put"] = async (target, lane, count, bytes = 1000) => {
    await store.commit(() => {
      for (let n = 0; n < count; n += 1) {
        number += 1;
        const draft: OutboxDraft = {
          target,
          lane,
          kind: "event",
          operation: "put",
          id: `${lane}-${number}`,
          imgId: null,
          bytes,
          notBeforeUs: null,
        };
        store.outbox.enqueue(draft);
      }
    });
    drain.wake();
  };
  return { clock, store, drain, targets, put };
}

const sent = ({ targets: [a, b] }: World): [number, number] => [a!.seen().length, b!.seen().length];
const blocked = ({ drain }: World): (string | null)[] => drain.status().map((each) => each.blocked);

test("bytesPerSecond caps all targets together, shares it between them, and never holds an alert", async (t) => {
  const at = world(t, { bytesPerSecond: 10_000 });
  await at.put("a", "labelled", 100);
  await at.put("b", "unlabelled", 100);
  await at.clock.advance(5000);
  const [a, b] = sent(at);
  assert.ok(a + b >= 45 && a + b <= 55, `${a} + ${b} thousand bytes in 5 s at 10 kB/s`);
  assert.ok(Math.min(a, b) >= 18, `${a} and ${b}: neither starves`);
  assert.deepEqual(blocked(at), ["bandwidth", "bandwidth"]);
  await at.put("a", "alert", 3, 20_000);
  await at.clock.advance(1);
  assert.equal(at.targets[0]!.seen().filter((each) => each.includes("alert")).length, 3);
  const before = sent(at);
  await at.clock.advance(5000);
  assert.deepEqual(sent(at), before, "what alerts cost is charged to the others");
  at.drain.setLimits({ bytesPerSecond: null });
  await at.clock.advance(10);
  assert.deepEqual(sent(at), [103, 100]);
  assert.deepEqual(blocked(at), [null, null]);
});

test("a run to empty is slowed by the cap and ends when all is there", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t);
  await store.commit(() => {
    for (let n = 0; n < 20; n += 1)
      store.outbox.enqueue({
        target: "a",
        lane: "labelled",
        kind: "event",
        operation: "put",
        id: `e${n}`,
        imgId: null,
        bytes: 500,
        notBeforeUs: null,
      });
  });
  const target = createMemoryTarget("a", { maxBatch: 8 });
  const limits = { ...noLimits, bytesPerSecond: 1000 };
  const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: () => 0, limits });
  let ended = false;
  const run = drain.run({ follow: false, signal: new AbortController().signal }).then(() => {
    ended = true;
  });
  await clock.advance(5000);
  assert.equal(ended, false);
  assert.ok(target.seen().length <= 14, `${target.seen().length} of 500 bytes in 5 s at 1000/s`);
  for (let second = 0; second < 20 && !ended; second += 1) await clock.advance(1000);
  await run;
  assert.equal(target.seen().length, 20);
});

test("windows hold everything but alerts until they open, and say when that is", async (t) => {
  const at = world(t, { windows: [{ from: "22:00", to: "06:00" }] });
  await at.put("a", "labelled", 2);
  await at.put("a", "alert", 1);
  await at.put("b", "telemetry", 1);
  await at.clock.advance(2000);
  assert.deepEqual(sent(at), [1, 0]);
  assert.deepEqual(blocked(at), ["window opens at 22:00", "window opens at 22:00"]);
  for (let hour = 0; hour < 10; hour += 1) await at.clock.advance(3_600_000);
  await at.clock.advance(2000);
  assert.deepEqual(sent(at), [3, 1]);
  assert.deepEqual(blocked(at), [null, null]);
});

test("a metered link takes alerts and the lanes it is allowed; auto asks the system, again and again", async (t) => {
  let costs = true;
  const at = world(t, { metered: "auto", meteredLanes: ["telemetry"] }, { isMetered: () => costs });
  for (const lane of ["alert", "telemetry", "labelled"] as const) await at.put("a", lane, 1);
  await at.clock.advance(2000);
  assert.deepEqual(sent(at), [2, 0]);
  assert.deepEqual(blocked(at), ["metered: only alert, telemetry", null]);
  costs = false;
  await at.clock.advance(2000);
  assert.deepEqual(sent(at), [3, 0]);
  at.drain.setLimits({ metered: true });
  await at.put("b", "labelled", 1);
  await at.clock.advance(2000);
  assert.deepEqual(sent(at), [3, 0]);
});

test("pause() holds alerts, too, and says so; a run to empty ends at what is held", async (t) => {
  const at = world(t, {});
  at.drain.pause();
  await at.put("a", "alert", 1);
  await at.clock.advance(3000);
  assert.deepEqual(
    [sent(at), blocked(at)],
    [
      [0, 0],
      ["paused", "paused"],
    ],
  );
  at.drain.resume();
  await at.clock.advance(1);
  assert.deepEqual(sent(at), [1, 0]);

  const drain = createDrain({
    store: at.store,
    targets: [createMemoryTarget("b")],
    clock: at.clock,
    log: silentLog,
    random: () => 0,
    limits: { ...noLimits, metered: true },
  });
  await at.store.commit(() =>
    at.store.outbox.enqueue({
      target: "b",
      lane: "labelled",
      kind: "event",
      operation: "put",
      id: "x",
      imgId: null,
      bytes: 1,
      notBeforeUs: null,
    }),
  );
  const [status] = await drain.run({ follow: false, signal: new AbortController().signal });
  assert.deepEqual([status?.delivered, status?.blocked], [0, "metered: only alert"]);
});

test("lowestShare is kept for the lowest lane, and none is kept at 0", async (t) => {
  for (const [lowestShare, least] of [
    [0.5, 20],
    [0.125, 5],
    [0, 0],
  ] as const) {
    const store = openTestStore(t);
    const target = createMemoryTarget("a", { maxBatch: 1, concurrency: 1 });
    await store.commit(() => {
      for (let n = 0; n < 40; n += 1)
        for (const lane of ["telemetry", "unlabelled"] as const)
          store.outbox.enqueue({
            target: "a",
            lane,
            kind: "event",
            operation: "put",
            id: `${lane}-${n}`,
            imgId: null,
            bytes: 1,
            notBeforeUs: null,
          });
    });
    const clock = createManualClock();
    const limits = { ...noLimits, lowestShare };
    const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: () => 0, limits });
    const stop = new AbortController();
    const run = drain.run({ follow: true, signal: stop.signal });
    for (let n = 0; n < 20 && target.seen().length < 80; n += 1) await clock.advance(10);
    stop.abort();
    await run;
    const low = target
      .seen()
      .slice(0, 40)
      .filter((each) => each.includes("unlabelled")).length;
    assert.equal(low, least, `of the first 40 at a share of ${lowestShare}`);
  }
});
