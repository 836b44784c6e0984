// `models calibrate`: fitted on pairs that mean something, judged on others, refused with the number that is needed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { calibrateStore, describeCalibration, TooFewPairs } from "../../../agent/identify/calibrate.ts";
import { fusionOf, openCalibrations } from "../../../agent/identify/calibrations.ts";
import { readLabelledPairs } from "../../../agent/identify/labelled-pairs.ts";
import type { Store } from "../../../device/store/store.ts";
import { calibrate } from "../../../models/calibration.ts";
import { createFuse, fusionName } from "../../../models/fusion.ts";
import { seededRandom, sighting, sightingId, unitVector } from "../../fakes/sightings.ts";
import { frameEntry, openTestStore } from "../../fakes/store.ts";

const spaces = ["good", "poor"];
const nowUs = Date.UTC(2024, 4, 2) * 1000;

/** `individuals` x `each` sightings without frames: in "good" alike if the same, in "poor" not at all. */
async function fill(store: Store, individuals: number, each: number): Promise<void> {
  const random = seededRandom(9);
  await store.commit(() => {
    for (let who = 0; who < individuals; who += 1) {
      const face = unitVector(24, random);
      for (let n = 0; n < each; n += 1)
        store.sightings.add(
          sighting(who * each + n, { individual: `i${who}` }),
          new Map([
            ["good", unitVector(24, random, { near: face, noise: 0.8 })],
            ["poor", unitVector(24, random)],
          ]),
        );
    }
  });
}

test("calibrateStore() fits each space and their fusion, and what it stored is in use", async (t) => {
  const store = openTestStore(t);
  await fill(store, 12, 7);
  const report = await calibrateStore(store, { spaces, dryRun: false, nowUs });
  assert.equal(report.hits, 12 * 21);
  assert.equal(report.kind, "isotonic");
  const [good, poor, fused] = report.fitted;
  assert.deepEqual([good!.name, poor!.name, fused!.name], [...spaces, fusionName(spaces)]);
  assert.ok(good!.figures.auroc > 0.9 && good!.figures.logLoss < good!.figures.baselineLogLoss);
  assert.ok(Math.abs(poor!.figures.auroc - 0.5) < 0.1);
  assert.ok(fused!.figures.auroc > 0.9);
  const calibrations = openCalibrations(store.notes);
  assert.deepEqual(calibrations.find("good"), good!.calibration);
  // A space that knows nothing does not keep a sure one from being sure.
  const fuse = createFuse(fusionOf(spaces, calibrations));
  assert.ok(fuse([0.95, 0]) > 0.8, String(fuse([0.95, 0])));
  assert.ok(fuse([0, 0]) < 0.1);
  assert.ok(calibrate(poor!.calibration, 0.9) < 0.5);
  assert.match(
    describeCalibration(report),
    /84 sightings of 12 individuals: 3486 pairs, 252 of the same individual/,
  );
  assert.equal(store.journal.newest(1)[0]?.act, "calibrated");
});

test("calibrateStore() stores nothing in a dry run", async (t) => {
  const store = openTestStore(t);
  await fill(store, 6, 6);
  const report = await calibrateStore(store, { spaces, dryRun: true, nowUs, kind: "logistic" });
  assert.equal(report.stored, false);
  assert.equal(openCalibrations(store.notes).find("good"), null);
});

test("calibrateStore() refuses too few pairs and says how many it takes", async (t) => {
  const store = openTestStore(t);
  const attempt = () => calibrateStore(store, { spaces, dryRun: false, nowUs });
  await assert.rejects(
    attempt,
    (error) => error instanceof TooFewPairs && /3 individuals, got 0/.test(error.message),
  );
  await fill(store, 4, 3);
  await assert.rejects(attempt, /30 pairs of the same individual, got 12/);
});

test("readLabelledPairs() leaves out suggestions, and pairs of one individual that were taken together", async (t) => {
  const store = openTestStore(t);
  await fill(store, 3, 2);
  const count = () => {
    const { hits, together, sightings } = readLabelledPairs(store, spaces);
    return { hits, together, sightings };
  };
  assert.deepEqual(count(), { hits: 3, together: 0, sightings: 6 });
  const change = (n: number, fields: object) =>
    store.commit(() => store.sightings.update({ ...store.sightings.get(sightingId(n))!, ...fields }));
  for (const n of [0, 1]) await change(n, { sequence: "walk" });
  assert.deepEqual(count(), { hits: 2, together: 1, sightings: 6 });
  for (const n of [2, 3]) await change(n, { metadata: { video: 7 } });
  assert.deepEqual(count(), { hits: 1, together: 2, sightings: 6 });
  // Frames 4 and 5 of one camera, a millisecond apart.
  for (const n of [4, 5]) await store.keep(frameEntry(n));
  assert.deepEqual(count(), { hits: 0, together: 3, sightings: 6 });
  await change(5, { state: "suggested" });
  assert.deepEqual(count(), { hits: 0, together: 2, sightings: 5 });
});
