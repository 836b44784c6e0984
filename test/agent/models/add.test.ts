import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type AddOptions, addModel, describeAdded } from "../../../agent/models/add.ts";
import { listModels } from "../../../agent/models/list.ts";
import { removeModel } from "../../../agent/models/remove.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { silentLog } from "../../../device/log.ts";
import { loadCatalog } from "../../../models/catalog.ts";
import { createVision } from "../../../models/create-vision.ts";
import { ModelError } from "../../../models/vision.ts";

const clock = createSystemClock();
const vision = createVision({ log: silentLog, clock, threads: 1, timeoutMs: 20_000 });
const place = mkdtempSync(join(tmpdir(), "outrider-add-"));
after(async () => {
  await vision.close();
  rmSync(place, { recursive: true });
});
const shipped = loadCatalog({ folders: [] });

/** A shipped model's file under a name that tells nothing. */
function fileOf(id: string): string {
  const path = join(mkdtempSync(join(place, "file-")), "My model (1).onnx");
  cpSync(shipped.find(id).file, path);
  return path;
}

function optionsOf(more: Partial<AddOptions> = {}): AddOptions {
  const folder = mkdtempSync(join(place, "models-"));
  const { signal } = new AbortController();
  return { dryRun: false, folder, taken: new Set(), vision, clock, signal, ...more };
}

/** What a refusal says. */
async function refusal(source: string, more: Partial<AddOptions> = {}): Promise<string> {
  const options = optionsOf(more);
  const error: unknown = await addModel(source, options).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof ModelError, String(error));
  assert.deepEqual(readdirSync(options.folder), [], "nothing is left behind");
  return error.message;
}

test("addModel() recognises a detector, tries it, and keeps it where the catalog finds it", async () => {
  const options = optionsOf({ classes: ["raccoon"], licence: "MIT" });
  const added = await addModel(fileOf("animal-v1"), options);
  assert.equal(added.manifest.id, "My-model-1-");
  assert.equal(added.manifest.family, "yolov8");
  assert.deepEqual(added.manifest.classes, ["raccoon"]);
  assert.equal(added.boxesOnBlank, 0);
  assert.match(describeAdded(added), /^added My-model-1-: detect yolov8, 320x320, 1 classes\n/);
  assert.deepEqual(readdirSync(options.folder).sort(), ["My-model-1-.json", "My-model-1-.onnx"]);
  const { models, problems } = await listModels(loadCatalog({ folders: [options.folder], shipped: null }));
  assert.deepEqual(problems, []);
  assert.equal(models[0]!.state, "ok");
  assert.equal(models[0]!.licence, "MIT");
});

test("addModel() takes a model with one vector for an embedder", async () => {
  const added = await addModel(fileOf("reid-v1"), optionsOf({ id: "coats", normalise: "none" }));
  assert.equal(added.manifest.task, "embed");
  assert.deepEqual(added.manifest.embedding, { output: "embedding", size: 128, flip: false });
  assert.equal(added.boxesOnBlank, null);
  assert.equal(added.manifest.sha256, shipped.find("reid-v1").manifest.sha256);
});

test("addModel() as a dry run tries everything and writes nothing", async () => {
  const options = optionsOf({ dryRun: true });
  const added = await addModel(fileOf("reid-v1"), options);
  assert.match(describeAdded(added), /^would add /);
  assert.deepEqual(readdirSync(options.folder), []);
});

test("addModel() refuses what it cannot use, with the reason", async () => {
  assert.match(await refusal(join(place, "absent.onnx")), /no such file.*yolox-nano/);
  assert.match(
    await refusal("YOLOX-nano"),
    /nothing is downloaded.*github\.com.*models add FILE --id yolox-nano/,
  );
  assert.match(await refusal(place), /Expected a file, got a folder/);
  const text = join(place, "text.onnx");
  writeFileSync(text, "no model at all");
  assert.match(await refusal(text, { id: "mine" }), /^text\.onnx: Expected an ONNX model/);
  assert.match(await refusal(text), /^text\.onnx: Expected an ONNX model/);
  assert.match(await refusal(fileOf("steer-v1"), { task: "detect" }), /those of no family/);
  assert.match(await refusal(fileOf("animal-v1"), { taken: new Set(["My-model-1-"]) }), /which is taken/);
  assert.match(await refusal(fileOf("animal-v1"), { sha256: "0".repeat(64) }), /Expected sha256 0000/);
  assert.match(await refusal(fileOf("animal-v1"), { classes: ["a", "b"] }), /Expected 1 class names.*got 2/);
  assert.match(await refusal(fileOf("animal-v1"), { family: "detr" }), /outputs?/);
  assert.match(await refusal(fileOf("animal-v1"), { id: "no spaces" }), /expected 1–64 letters/);
});

test("removeModel() removes what was added, and nothing that is shipped or in use", async () => {
  const options = optionsOf({ id: "mine" });
  await addModel(fileOf("reid-v1"), options);
  const catalog = loadCatalog({ folders: [options.folder] });
  const { folder } = options;
  const remove = (id: string, dryRun: boolean, embedder: string | null = null, steerer = "steer-v1") =>
    removeModel(catalog, id, {
      folder,
      watch: { detector: "animal-v1", embedder },
      drive: { model: steerer },
      dryRun,
    });
  await assert.rejects(remove("reid-v1", false), /shipped with the program/);
  await assert.rejects(remove("mine", false, "mine"), /watch\.embedder names it/);
  await assert.rejects(remove("mine", false, null, "mine"), /drive\.model names it/);
  await assert.rejects(remove("nobody", false), /got "nobody"/);
  await remove("mine", true);
  assert.ok(existsSync(join(folder, "mine.onnx")));
  await remove("mine", false);
  assert.deepEqual(readdirSync(folder), []);
});

const data = process.env.OUTRIDER_TEST_DATA;
const publicModels = data === undefined ? null : join(data, "models");
test("addModel() tells the families of public models, and who they are", {
  skip:
    publicModels === null || !existsSync(publicModels)
      ? "OUTRIDER_TEST_DATA names no folder with public models"
      : false,
}, async () => {
  const families = { yolox_nano: "yolox", nanodet_m_320: "nanodet", deimv2_atto_coco_int8: "detr" };
  for (const [name, family] of Object.entries(families)) {
    const added = await addModel(join(publicModels!, `${name}.onnx`), optionsOf({ dryRun: true }));
    assert.equal(added.manifest.family, family);
    assert.equal(added.manifest.licence, "Apache-2.0");
  }
});

test("addModel() recognises a model that steers, and says what it assumed", async () => {
  const added = await addModel(fileOf("steer-v1"), optionsOf());
  assert.equal(added.manifest.task, "steer");
  const { direction, speed } = added.manifest.steering!;
  assert.deepEqual(direction.kind === "bins" && direction.centres, [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual([speed!.reads.output, speed!.trusted], ["speed", false]);
  assert.match(describeAdded(added), /: steer, 160x96, 5 bins and 2 bins\n/);
  assert.match(
    await refusal(fileOf("animal-v1"), { task: "steer" }),
    /Expected one or two outputs with a direction/,
  );
});
