import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../../device/log.ts";
import type { OutboxEntry } from "../../../device/store/outbox.ts";
import type { Store } from "../../../device/store/store.ts";
import { createPlatformDevice } from "../../../sync/clients/platform-device.ts";
import { createDrain } from "../../../sync/drain.ts";
import { SyncError } from "../../../sync/errors.ts";
import { createAlertPlatformTarget } from "../../../sync/targets/alert-platform.ts";
import { testTarget } from "../../contracts/target.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { startPlatformApi } from "../../fakes/platform-api.ts";
import { testPicture } from "../../fakes/sequences.ts";
import { frameEntry, frameId, openTestStore } from "../../fakes/store.ts";

const signal = new AbortController().signal;
const box = { left: 0.1, top: 0.2, right: 0.3, bottom: 0.4 };

type Platform = Awaited<ReturnType<typeof startPlatform>>;

async function startPlatform(t: TestContext) {
  const server = await startPlatformApi(t, { season: { sequences: 1, detections: 1, cameras: 2 } });
  const pose = server.tables.poses.all()[0]!;
  const before = server.tables.detections.all().length;
  return { ...server, pose, sent: () => server.tables.detections.all().slice(before) };
}

function openTarget(
  t: TestContext,
  store: Store,
  platform: Platform,
  { token = platform.cameraToken(platform.pose.camera_id), pose = platform.pose.id } = {},
) {
  const target = createAlertPlatformTarget({
    device: createPlatformDevice({ url: platform.url, token: async () => token }),
    camera: "front",
    pose,
    store,
  });
  t.after(() => target.close());
  return target;
}

/** Keeps frame `n` with what was seen on it, waiting for the platform. */
async function keepSeen(
  store: Store,
  n: number,
  target: string,
  boxes: readonly (typeof box)[] = [box],
): Promise<void> {
  const { frame } = frameEntry(n, { labels: 0 });
  const bytes = await testPicture();
  await store.commit(() => {
    store.frames.add({ ...frame, size: bytes.byteLength }, bytes);
    store.outbox.enqueue({
      target,
      lane: "alert",
      kind: "detection",
      operation: "put",
      id: frame.imgId,
      imgId: frame.imgId,
      bytes: bytes.byteLength,
      notBeforeUs: null,
      boxes: boxes.map((seen) => ({ box: seen, confidence: 0.5 })),
    });
  });
}

function entriesOf(store: Store, target: string): readonly OutboxEntry[] {
  return store.outbox.take(target, "alert", { limit: 99, skip: () => false, nowUs: 9e15 });
}

testTarget({
  name: "alert platform target",
  takesBack: false,
  kind: {
    lane: "alert",
    keep: keepSeen,
    drop: (store, n) => store.commit(() => void store.frames.remove(frameId(n))),
    frameOf: frameId,
  },
  open: async (t, store) => {
    const platform = await startPlatform(t);
    return {
      target: openTarget(t, store, platform),
      has: async () => platform.sent().map(({ id }) => String(id)),
    };
  },
});

test("deliver() sends the boxes in the strict form, the pose, and when the picture was taken", async (t) => {
  const store = openTestStore(t);
  const platform = await startPlatform(t);
  const target = openTarget(t, store, platform);
  await keepSeen(store, 0, target.name);
  const [outcome] = await target.deliver(entriesOf(store, target.name), signal);
  const [row] = platform.sent();
  assert.deepEqual(
    [row!.bbox, row!.pose_id, row!.camera_id, row!.recorded_at],
    [
      "[(0.1,0.2,0.3,0.4,0.5)]",
      platform.pose.id,
      platform.pose.camera_id,
      store.frames.get(frameId(0))!.moment.wallUs,
    ],
  );
  assert.deepEqual(outcome, { result: "delivered", reference: String(row!.id), already: false });
});

test("deliver() leaves out a box that lies beside the picture, and cuts one that reaches over its edge", async (t) => {
  const store = openTestStore(t);
  const platform = await startPlatform(t);
  const target = openTarget(t, store, platform);
  const beside = { left: 0.2, top: 1, right: 0.3, bottom: 1 };
  await keepSeen(store, 0, target.name, [beside, { ...box, right: 1.02 }]);
  const [outcome] = await target.deliver(entriesOf(store, target.name), signal);
  assert.equal(outcome?.result, "delivered");
  assert.deepEqual(
    platform.sent().map(({ bbox }) => bbox),
    ["[(0.1,0.2,1,0.4,0.5)]"],
  );
});

test("what waited while the platform was away goes oldest first, also on a link that takes alerts alone", async (t) => {
  const store = openTestStore(t);
  const platform = await startPlatform(t);
  const target = openTarget(t, store, platform);
  for (const n of [3, 4, 5, 6]) await keepSeen(store, n, target.name);
  const clock = createManualClock();
  const drain = createDrain({
    store,
    targets: [target],
    clock,
    log: silentLog,
    random: () => 0.5,
    limits: { bytesPerSecond: null, windows: [], metered: true, meteredLanes: [], lowestShare: 0.1 },
  });
  platform.behave({ down: true });
  const stop = new AbortController();
  const running = drain.run({ follow: true, signal: stop.signal });
  for (let n = 0; n < 100 && drain.status()[0]!.problem === null; n += 1) {
    await clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual(platform.sent(), []);
  platform.behave({ down: false });
  drain.wake({ linkUp: true });
  for (let n = 0; n < 2000 && platform.sent().length < 4; n += 1) {
    await clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  stop.abort();
  await running;
  assert.deepEqual(
    platform.sent().map(({ recorded_at }) => recorded_at),
    [3, 4, 5, 6].map((n) => store.frames.get(frameId(n))!.moment.wallUs),
  );
});

test("a pose that the platform does not know is told with those it knows, and nothing is parked for it", async (t) => {
  const store = openTestStore(t);
  const platform = await startPlatform(t);
  const target = openTarget(t, store, platform, { pose: 999_999 });
  await keepSeen(store, 0, target.name);
  const isTold = (cause: unknown): boolean =>
    cause instanceof SyncError &&
    cause.kind === "permanent" &&
    cause.message.includes(`cameras.front.platform.pose to be one of ${platform.pose.id}`) &&
    cause.message.includes("got 999999");
  await assert.rejects(target.probe(signal), isTold);
  await assert.rejects(target.deliver(entriesOf(store, target.name), signal), isTold);
});

test("a token that is not taken rests the target; a picture that is none is parked alone", async (t) => {
  const store = openTestStore(t);
  const platform = await startPlatform(t);
  const stranger = openTarget(t, store, platform, { token: "x.y.z" });
  await keepSeen(store, 0, stranger.name);
  await assert.rejects(
    stranger.deliver(entriesOf(store, stranger.name), signal),
    (cause: unknown) => cause instanceof SyncError && !cause.message.includes("x.y.z"),
  );
  const target = openTarget(t, store, platform);
  const frame = store.frames.get(frameId(0))!;
  await store.commit(() => {
    store.frames.remove(frame.imgId);
    store.frames.add(frame, Uint8Array.of(1, 2, 3));
  });
  const [outcome] = await target.deliver(entriesOf(store, stranger.name), signal);
  assert.ok(outcome!.result === "failed" && outcome!.error.kind === "permanent");
});
