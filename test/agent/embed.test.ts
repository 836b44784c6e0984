import assert from "node:assert/strict";
import { test } from "node:test";
import { describeEmbed, type EmbedOptions, type EmbedResult, embedMissing } from "../../agent/embed.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { describeColours, histogramSize, histogramSpace } from "../../models/colour-histogram.ts";
import { type Describer, ModelError } from "../../models/vision.ts";
import { datasetFolder } from "../fakes/dataset-folder.ts";
import { ingestOnce } from "../fakes/ingest.ts";
import { openTestStore } from "../fakes/store.ts";

/** The real histogram, here instead of in a worker thread. */
const colours: Describer = {
  space: histogramSpace,
  size: histogramSize,
  describe: async (picture, boxes) => describeColours(picture, boxes),
};

async function embed(store: Store, options: Partial<EmbedOptions> = {}): Promise<EmbedResult> {
  return await embedMissing({
    store,
    describers: [colours],
    limit: null,
    dryRun: false,
    clock: createSystemClock(),
    log: silentLog,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...options,
  });
}

async function ingested(t: Parameters<typeof openTestStore>[0]): Promise<Store> {
  const store = openTestStore(t);
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [`images/00${at % 4}/${at}.png`, at + 1] as const),
  );
  await ingestOnce(store, await datasetFolder(t, files));
  return store;
}

test("embedMissing() describes what lacks a vector, once", async (t) => {
  const store = await ingested(t);
  const first = await embed(store, { limit: 5 });
  assert.deepEqual([first.missing, first.described, first.failed], [5, 5, 0]);
  const progress: number[] = [];
  const second = await embed(store, { onProgress: ({ done }) => progress.push(done) });
  assert.deepEqual([second.missing, second.described, second.vectors[histogramSpace]], [7, 7, 7]);
  assert.equal(progress.at(-1), 7);
  assert.equal([...store.seen.embeddings.keys()].length, 12);
  const third = await embed(store);
  assert.deepEqual([third.missing, third.described], [0, 0]);
  assert.equal(describeEmbed(third), "every sighting is described in every space");
});

test("embedMissing() dry writes nothing, and leaves rejected sightings alone", async (t) => {
  const store = await ingested(t);
  const [sighting] = [...store.sightings.range()];
  await store.commit(() => store.sightings.update({ ...sighting!, state: "rejected" }));
  const result = await embed(store, { dryRun: true });
  assert.deepEqual([result.described, result.dry_run], [11, true]);
  assert.equal([...store.seen.embeddings.keys()].length, 0);
});

test("embedMissing() describes the crop, not the picture", async (t) => {
  const store = openTestStore(t);
  const root = await datasetFolder(t, {
    "metadata.csv": 'image_id,identity,path,bbox\n1,a,1.png,"[0, 0, 8, 8]"\n2,b,1.png,"[12, 4, 12, 12]"\n',
    "1.png": 1,
  });
  await ingestOnce(store, root, { name: "set" });
  const boxes: number[] = [];
  const spy: Describer = {
    ...colours,
    describe: async (picture, given, options) => {
      boxes.push(...given.map(({ right }) => right));
      return await colours.describe(picture, given, options);
    },
  };
  await embed(store, { describers: [spy] });
  assert.deepEqual(boxes.sort(), [8 / 24, 1]);
});

test("embedMissing() names what cannot be described, goes on, and tries it again the next time", async (t) => {
  const store = await ingested(t);
  const gone = [...store.frames.range()][3]!;
  await store.commit(() => store.frames.remove(gone.imgId));
  let calls = 0;
  const moody: Describer = {
    ...colours,
    describe: async (picture, boxes, options) => {
      calls += 1;
      if (calls === 2) throw new ModelError("the worker crashed");
      return await colours.describe(picture, boxes, options);
    },
  };
  const result = await embed(store, { describers: [moody] });
  assert.deepEqual([result.described, result.failed], [10, 2]);
  assert.deepEqual(result.problems.map(({ reason }) => reason).sort(), [
    `Expected the picture of ${gone.imgId}, but the store has it no more`,
    "the worker crashed",
  ]);
  assert.match(describeEmbed(result), /images\/00\d\/\d+\.png: the worker crashed/);
  assert.deepEqual([(await embed(store)).described, (await embed(store)).failed], [1, 1]);
});

test("embedMissing() gives up on a model that describes nothing, and stops when asked to, keeping what is done", async (t) => {
  const store = openTestStore(t);
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`images/1/${at}.png`, at + 1] as const),
  );
  await ingestOnce(store, await datasetFolder(t, files));
  const broken: Describer = { ...colours, describe: () => Promise.reject(new ModelError("bad model")) };
  await assert.rejects(embed(store, { describers: [broken] }), /bad model/);
  const stop = new AbortController();
  const result = await embed(store, {
    signal: stop.signal,
    onProgress: ({ done }) => {
      if (done >= 3) stop.abort(new Error("enough"));
    },
  });
  assert.equal(result.stopped, true);
  assert.equal([...store.seen.embeddings.keys()].length, result.described);
  assert.ok(result.described >= 3 && result.described < 30);
});
