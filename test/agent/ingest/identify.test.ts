import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "../../../agent/config.ts";
import { embedMissing } from "../../../agent/embed.ts";
import { identifyPictures } from "../../../agent/identify/identify.ts";
import { openIdentifier } from "../../../agent/identify/open-identifier.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { describeColours, histogramSize, histogramSpace } from "../../../models/colour-histogram.ts";
import type { Describer } from "../../../models/vision.ts";
import { datasetFolder, drawPicture } from "../../fakes/dataset-folder.ts";
import { ingestOnce } from "../../fakes/ingest.ts";
import { openTestStore } from "../../fakes/store.ts";

/** The real histogram, here instead of in a worker thread. */
const colours: Describer = {
  space: histogramSpace,
  size: histogramSize,
  describe: async (picture, boxes) => describeColours(picture, boxes),
};

test("a data set in the layout of ATRW is ingested, embedded, and asked: a known animal is named, an unknown one is new", async (t) => {
  const { signal } = new AbortController();
  const clock = createSystemClock();
  const file = (number: number): string => `${String(number).padStart(6, "0")}.jpg`;
  const root = await datasetFolder(t, {
    ...Object.fromEntries(
      Array.from({ length: 8 }, (_, at) => [`atrw_reid_train/train/${file(at)}`, at + 1]),
    ),
    "atrw_anno_reid_train/reid_list_train.csv": Array.from(
      { length: 8 },
      (_, at) => `${at + 70},${file(at)}\n`,
    ).join(""),
  });
  const store = openTestStore(t);
  await ingestOnce(store, root);
  const rest = { limit: null, dryRun: false, clock, log: silentLog, onProgress: () => undefined, signal };
  await embedMissing({ store, describers: [colours], ...rest });

  const asked = await datasetFolder(t, {
    "known.png": await drawPicture(3, { name: "x.png", width: 48, height: 32 }),
    "unknown.png": await drawPicture(99, { name: "x.png" }),
  });
  const settings = parseConfig({}, "test").individuals;
  const identifier = await openIdentifier({
    store,
    describers: [colours],
    settings,
    // The bare cosine: what is shipped was fitted on animals, and these are patches.
    calibrations: { find: () => null },
    log: silentLog,
    signal,
  });
  t.after(() => identifier.close());
  const { results } = await identifyPictures(
    ["known.png", "unknown.png"].map((name) => join(asked, name)),
    { store, identifier, detector: null, save: false, nowUs: () => clock.now().wallUs, signal },
  );
  const [known, unknown] = results;
  assert.ok(known?.identified);
  assert.equal(known.tiger_name, "ATRW Tiger 72");
  assert.equal(known.matches[0]?.image_path, "atrw_reid_train/train/000002.jpg");
  assert.ok(unknown?.identified === false);
  assert.deepEqual(
    [unknown.message, unknown.requires_verification],
    ["Animal not found in database - new individual", true],
  );
});
