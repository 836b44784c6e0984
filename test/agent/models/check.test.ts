import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { checkModel, checkModels, compareFound, describeChecks } from "../../../agent/models/check.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { loadCatalog } from "../../../models/catalog.ts";
import { createVision } from "../../../models/create-vision.ts";
import type { Model } from "../../../models/manifest.ts";
import type { Found } from "../../../models/vision.ts";

const vision = createVision({ log: silentLog, clock: createSystemClock(), threads: 1, timeoutMs: 20_000 });
const place = mkdtempSync(join(tmpdir(), "outrider-check-"));
after(async () => {
  await vision.close();
  rmSync(place, { recursive: true });
});
const options = { vision, signal: new AbortController().signal };
const catalog = loadCatalog({ folders: [] });

test("checkModels() finds every shipped model to say what the reference said", async () => {
  const checked = await checkModels(catalog, [], options);
  assert.deepEqual(
    checked.map(({ id }) => id),
    catalog.list().map(({ manifest }) => manifest.id),
  );
  for (const model of checked) {
    assert.equal(model.state, "ok", `${model.id}: ${model.reason}`);
    assert.ok(model.pictures >= 2, model.id);
  }
  assert.match(describeChecks(checked), /ok \d+, failed 0, unchecked 0$/);
});

/** A copy of a shipped model with its golden pairs, changed. */
function copyOf(id: string, change: (golden: string) => string): Model {
  const { manifest, file } = catalog.find(id);
  const folder = mkdtempSync(join(place, "copy-"));
  cpSync(file, join(folder, "copy.onnx"));
  mkdirSync(join(folder, "golden"));
  cpSync(join(dirname(file), "golden", id), join(folder, "golden", id), { recursive: true });
  const path = join(folder, "golden", id, "golden.json");
  writeFileSync(path, change(readFileSync(path, "utf8")));
  return { manifest, file: join(folder, "copy.onnx") };
}

test("checkModel() fails a model that says something else, and says by how much", async () => {
  const moved = copyOf("animal-v1", (text) =>
    text.replace(/"confidence": ([\d.]+)/, (_, value) => `"confidence": ${Number(value) + 0.2}`),
  );
  const checked = await checkModel(moved, options);
  assert.equal(checked.state, "failed");
  assert.match(checked.reason!, /^0\.png: animal 0\.\d+ at .* is missing, the nearest is off by 0\.2/);
});

test("checkModel() fails damaged weights and damaged golden pairs with their file", async () => {
  const damaged = copyOf("reid-v1", (text) => text);
  writeFileSync(damaged.file, Buffer.concat([readFileSync(damaged.file), Buffer.from([0])]));
  assert.match((await checkModel(damaged, options)).reason!, /copy\.onnx: wrong size/);
  const cut = await checkModel(
    copyOf("reid-v1", (text) => text.slice(0, 200)),
    options,
  );
  assert.equal(cut.state, "failed");
  assert.match(cut.reason!, /golden\.json: /);
});

test("checkModel() leaves a model without golden pairs unchecked, and fails pairs of other weights", async () => {
  const { manifest, file } = catalog.find("reid-v1");
  const other = { manifest: { ...manifest, id: "other" }, file };
  assert.deepEqual(await checkModel(other, options), {
    id: "other",
    state: "unchecked",
    pictures: 0,
    largestDifference: null,
    reason: "it has no golden pairs",
  });
  const mixed = copyOf("reid-v1", (text) => text.replace(manifest.sha256, "0".repeat(64)));
  assert.match((await checkModel(mixed, options)).reason!, /those of other weights \(000000000000…\)/);
});

const box = { left: 0.1, top: 0.1, right: 0.4, bottom: 0.5 };
const animal = (confidence: number, moved = 0): Found => ({
  className: "animal",
  confidence,
  box: { ...box, left: box.left + moved },
});
const tolerance = { absolute: 0.01, relative: 0.01 };

test("compareFound() forgives a rounding at the threshold, and nothing else", () => {
  const compare = (expected: readonly Found[], got: readonly Found[]) =>
    compareFound(expected, got, 0.25, tolerance).problem;
  assert.equal(compare([animal(0.9)], [animal(0.905, 0.004)]), null);
  assert.equal(compare([animal(0.9), animal(0.255)], [animal(0.9)]), null);
  assert.equal(compare([animal(0.9)], [animal(0.9), animal(0.252, 0.3)]), null);
  assert.match(compare([animal(0.9)], [])!, /is missing/);
  assert.match(compare([animal(0.9)], [animal(0.9, 0.1)])!, /is missing, the nearest is off by 0\.1/);
  assert.match(compare([], [animal(0.9)])!, /was not expected/);
  assert.match(compare([animal(0.9)], [{ ...animal(0.9), className: "smoke" }])!, /is missing/);
});
