// The shipped calibrations fit the shipped describers: weights that change need new ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { calibrate, parseCalibration } from "../../models/calibration.ts";
import { loadCatalog } from "../../models/catalog.ts";
import { histogramSpace } from "../../models/colour-histogram.ts";
import { defaultCalibrations } from "../../models/default-calibrations.ts";
import { embeddingSpace } from "../../models/embedder.ts";
import { fusionName } from "../../models/fusion.ts";

test("defaultCalibrations has one for every shipped describer, and for its fusion with the colours", () => {
  const spaces = loadCatalog({ folders: [] })
    .list()
    .filter(({ manifest }) => manifest.task === "embed")
    .map(({ manifest }) => embeddingSpace(manifest));
  const wanted = [histogramSpace, ...spaces, ...spaces.map((space) => fusionName([space, histogramSpace]))];
  const missing = wanted.filter((name) => defaultCalibrations[name] === undefined);
  assert.deepEqual(missing, [], "run models/training/fit_calibrations.ts: weights or preprocessing changed");
});

test("defaultCalibrations are sound and rise", () => {
  for (const [name, calibration] of Object.entries(defaultCalibrations)) {
    assert.deepEqual(parseCalibration(calibration, name), calibration);
    assert.ok(calibrate(calibration, 1) > calibrate(calibration, 0.5), name);
    assert.match(calibration.source, /not fitted on real animals/);
  }
});
