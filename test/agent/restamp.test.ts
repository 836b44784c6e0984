// A clock that is set while the agent runs: what was taken before gets its true time once, keeps its name, and waits with leaving.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createDeliveryPlan } from "../../agent/deliveries.ts";
import { createClockKeeper } from "../../agent/restamp-watch.ts";
import { labelFingerprint } from "../../device/fingerprint.ts";
import { dayOf, formatImageId } from "../../device/image-id.ts";
import { silentLog } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { createManualClock, type ManualClock } from "../fakes/manual-clock.ts";
import { frameEntry, openTestStore } from "../fakes/store.ts";

const boot = 12e6;
const now = Date.UTC(2026, 10, 21, 12) * 1000;

/** A frame taken this moment, with a label, booked for a bucket and an index. */
async function take(store: Store, clock: ManualClock, n: number): Promise<string> {
  const moment = clock.now();
  const imgId = formatImageId(moment.wallUs);
  const entry = frameEntry(n);
  const label = { ...entry.labels[0]!, img_id: imgId, timestamp: imgId };
  const document = { ...label, label_fingerprint: labelFingerprint(label as never) };
  const frame = { ...entry.frame, imgId, moment, prefix: `track/${dayOf(imgId)}` };
  const plan = createDeliveryPlan({
    pictureTargets: ["bucket"],
    labelTargets: ["index"],
    eventTargets: [],
    holdBackMs: 0,
    clockWaitMs: 600_000,
  });
  await store.keep({
    ...entry,
    frame,
    detections: [],
    labels: [document],
    deliveries: plan.ofFrame(frame, [document]),
  });
  return imgId;
}

function openWorld(t: TestContext) {
  const clock = createManualClock();
  clock.setWall(boot, false);
  const store = openTestStore(t, { clock });
  const told: object[] = [];
  const follow = () => {
    const stop = new AbortController();
    const keeper = createClockKeeper({
      store,
      clock,
      log: silentLog,
      emit: async (type, body) => void told.push({ type, ...body }),
    });
    const running = keeper.follow(stop.signal);
    return {
      keeper,
      stop: async () => {
        stop.abort();
        await running;
      },
    };
  };
  /** Lets a second pass and everything that follows from it come to disk. */
  const pass = async (): Promise<void> => {
    for (let n = 0; n < 12; n += 1) {
      await clock.advance(100);
      await store.settle();
    }
  };
  const leaving = (target: string): number =>
    store.outbox.take(target, "labelled", { limit: 100, skip: () => false, nowUs: Number.POSITIVE_INFINITY })
      .length;
  return { clock, store, told, follow, pass, leaving };
}

test("frames of an unset clock wait, and get their true time, folder and label time when it is set; their names stay", async (t) => {
  const { clock, store, told, follow, pass, leaving } = openWorld(t);
  const first = follow();
  await pass();
  const names = [await take(store, clock, 1)];
  await clock.advance(2_000);
  names.push(await take(store, clock, 2));
  assert.deepEqual([leaving("bucket"), leaving("index")], [0, 0], "nothing leaves under a day of 1970");
  const before = store.frames.get(names[0]!)!;
  const ageUs = (clock.now().monotonicNs - before.moment.monotonicNs) / 1000;
  clock.setWall(now, true);
  await pass();
  const after = store.frames.get(names[0]!)!;
  assert.deepEqual(after.moment, before.moment);
  assert.equal(after.correctedWallUs, now - ageUs);
  assert.equal(after.prefix, "track/20261121");
  const [label] = store.labels.ofFrame(names[0]!);
  assert.equal(label!.timestamp, formatImageId(after.correctedWallUs!));
  assert.equal(label!.label_fingerprint, labelFingerprint(label as never));
  const [one, two] = names.map((name) => store.frames.get(name)!.correctedWallUs!);
  assert.equal(two! - one!, 2_000_000, "order and distance are those of the monotonic clock");
  assert.deepEqual([leaving("bucket"), leaving("index")], [2, 2]);
  assert.deepEqual(
    told.map((each) => (each as { type: string }).type),
    ["clock.jumped", "clock.restamped"],
  );
  // Once only: not when the clock steps again, nor for the next process of this boot.
  clock.setWall(now + 3_600e6, true);
  await pass();
  await first.stop();
  const second = follow();
  await pass();
  await second.stop();
  assert.deepEqual(store.frames.get(names[0]!), after);
  assert.deepEqual(first.keeper.figures().restamped, 2);
  assert.deepEqual(second.keeper.figures(), { steps: 0, lastStepMs: null, restamped: 0 });
});

test("a clock that is set while no agent runs has the frames of this boot stamped by the next one", async (t) => {
  const { clock, store, follow, pass } = openWorld(t);
  const first = follow();
  await pass();
  const name = await take(store, clock, 1);
  await first.stop();
  await clock.advance(60_000);
  clock.setWall(now, true);
  const second = follow();
  await pass();
  await second.stop();
  assert.ok(store.frames.get(name)!.correctedWallUs! > now - 70e6);
});

test("what waited long enough for the clock goes as it is, and is not moved to another folder after that", async (t) => {
  const { clock, store, follow, pass, leaving } = openWorld(t);
  const keeper = follow();
  await pass();
  const name = await take(store, clock, 1);
  await clock.advance(600_000);
  assert.equal(leaving("bucket"), 1);
  clock.setWall(now, true);
  await pass();
  await keeper.stop();
  const frame = store.frames.get(name)!;
  assert.equal(frame.prefix, "track/19700101");
  assert.equal(store.labels.ofFrame(name)[0]!.timestamp, name);
  assert.ok(frame.correctedWallUs! > now - 700e6, "the true time is known all the same");
});

test("a sequence and an alert that wait for the clock go when it is set, and not before", async (t) => {
  const { clock, store, follow, pass } = openWorld(t);
  const keeping = follow();
  await pass();
  const imgId = await take(store, clock, 0);
  const { bootId, monotonicNs } = clock.now();
  const wait = { bootId, untilNs: monotonicNs + 600e9 };
  const common = { operation: "put", bytes: 1, notBeforeUs: null, clockWait: wait } as const;
  await store.commit(() => {
    store.outbox.enqueue({
      ...common,
      target: "review",
      lane: "labelled",
      kind: "sequence",
      id: "01S",
      imgId: null,
    });
    store.outbox.enqueue({
      ...common,
      target: "alerts",
      lane: "alert",
      kind: "detection",
      id: imgId,
      imgId,
    });
  });
  const leaving = (target: string, lane: "labelled" | "alert"): number =>
    store.outbox.take(target, lane, { limit: 9, skip: () => false, nowUs: Number.POSITIVE_INFINITY }).length;
  await pass();
  assert.deepEqual([leaving("review", "labelled"), leaving("alerts", "alert")], [0, 0]);
  clock.setWall(now, true);
  await pass();
  await pass();
  assert.deepEqual([leaving("review", "labelled"), leaving("alerts", "alert")], [1, 1]);
  await keeping.stop();
});
