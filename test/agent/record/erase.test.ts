// What a person erases of a sequence that is at an annotation API, or on its way there: with the outbox, the drain and the contract server.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createDeliveryPlan } from "../../../agent/deliveries.ts";
import { eraseFrames, restoreFrames } from "../../../agent/record/erase.ts";
import { silentLog } from "../../../device/log.ts";
import { sequenceKey } from "../../../sync/annotation/keys.ts";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { createDrain } from "../../../sync/drain.ts";
import { createAnnotationTarget } from "../../../sync/targets/annotation.ts";
import { startAnnotationApi } from "../../fakes/annotation-api.ts";
import { createFastClock } from "../../fakes/fast-clock.ts";
import { keepSequence, sequenceFrameId, sequenceId } from "../../fakes/sequences.ts";
import { openTestStore } from "../../fakes/store.ts";

const signal = new AbortController().signal;
const sourceApi = "pyronear_french";
const frames = 3;
const allFrames = Array.from({ length: frames }, (_, at) => sequenceFrameId(0, at));

/** A sequence that waits, and another one that nobody erases. */
async function setUp(t: TestContext, onRequest: () => void = () => undefined) {
  const store = openTestStore(t);
  const server = await startAnnotationApi(t, { onRequest });
  const target = createAnnotationTarget({
    api: createAnnotationApi({
      url: server.url,
      login: async () => ({ username: server.username, password: server.password }),
    }),
    store,
    log: silentLog,
    clock: { sleep: async () => undefined },
    random: () => 0,
    sourceApi,
    organisation: { id: 1, name: "Rangers" },
    placeOf: () => ({ id: 7, name: "north", lat: 44.5, lon: 4.1, azimuth: 0 }),
    isSmoke: () => true,
    maxPictures: 10,
    picturesAtOnce: 1,
  });
  t.after(() => target.close());
  const plan = createDeliveryPlan({
    pictureTargets: [],
    labelTargets: [],
    eventTargets: [],
    sequenceTargets: [{ name: target.name, takes: () => true, maxPictures: 10 }],
    holdBackMs: 0,
  });
  for (const n of [0, 1]) await keepSequence(store, { n, frames, target: target.name });
  const keys = (): readonly number[] =>
    server
      .state()
      .map(({ sequence }) => Number(sequence.alert_api_id))
      .map((key) => [0, 1].find((n) => sequenceKey(sequenceId(n)) === key)!)
      .toSorted();
  return {
    store,
    server,
    target,
    keys,
    drain: async () => {
      const clock = createFastClock(1000);
      const drain = createDrain({ store, targets: [target], clock, log: silentLog, random: () => 0 });
      await drain.run({ follow: false, attempts: 2, signal });
    },
    erase: (imgIds: readonly string[]) => eraseFrames({ store, plan }, { imgIds, nowUs: 1 }),
    restore: (imgIds: readonly string[]) => restoreFrames({ store, plan }, imgIds),
  };
}

test("eraseFrames() takes a sequence back when the last of its frames is erased, restoreFrames() sends it again", async (t) => {
  const { drain, erase, restore, keys, store, target } = await setUp(t);
  await drain();
  await erase(allFrames.slice(1));
  await drain();
  assert.deepEqual(keys(), [0, 1], "a picture of it is left");
  await erase(allFrames);
  await drain();
  assert.deepEqual(keys(), [1]);
  assert.equal(store.outbox.receipt("sequence", sequenceId(0), target.name), null);
  await restore(allFrames.slice(1));
  await drain();
  assert.deepEqual(keys(), [0, 1]);
});

test("eraseFrames() sends nothing of a sequence that waits, and restoreFrames() lets it wait again", async (t) => {
  const { drain, erase, restore, keys, server } = await setUp(t);
  await erase(allFrames);
  await restore(allFrames);
  await erase(allFrames);
  await drain();
  assert.deepEqual(keys(), [1]);
  assert.equal(server.writes(), 1 + frames + 1);
});

test("eraseFrames() takes back the half of a sequence that went before the link broke", async (t) => {
  const { drain, erase, keys, server } = await setUp(t);
  // A login, the look for it, the sequence, a picture.
  server.behave({ outages: [{ from: 4, until: 1000 }] });
  await drain();
  assert.deepEqual(keys(), [0]);
  await erase(allFrames);
  server.behave({ outages: [] });
  await drain();
  assert.deepEqual(keys(), [1]);
});

test("eraseFrames() while the sequence is on its way has it taken back when it arrived", async (t) => {
  let requests = 0;
  let erased: Promise<unknown> | null = null;
  const { drain, erase, keys } = await setUp(t, () => {
    requests += 1;
    if (requests === 4) erased = erase(allFrames);
  });
  await drain();
  await erased;
  await drain();
  assert.deepEqual(keys(), [1]);
});

test("eraseFrames() does not take back what a person has worked on there: it is set aside and told", async (t) => {
  const { drain, erase, keys, server, store } = await setUp(t);
  await drain();
  server.work(`${sourceApi} ${sequenceKey(sequenceId(0))}`, "annotated");
  await erase(allFrames);
  await drain();
  assert.deepEqual(keys(), [0, 1]);
  assert.match(store.outbox.parked()[0]!.reason, /a person has worked on it/);
});
