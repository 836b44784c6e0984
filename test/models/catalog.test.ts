import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findShippedCatalog, loadCatalog } from "../../models/catalog.ts";
import { ModelError } from "../../models/vision.ts";

const place = mkdtempSync(join(tmpdir(), "outrider-catalog-"));
after(() => rmSync(place, { recursive: true }));

const manifest = {
  id: "mine",
  task: "detect",
  family: "yolov8",
  file: "mine.onnx",
  sha256: "a".repeat(64),
  bytes: 1,
  input: { name: "images", width: 320, height: 320 },
  licence: "Apache-2.0",
  source: "here",
};

function folder(name: string, files: Readonly<Record<string, unknown>>): string {
  const path = join(place, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(path, file), typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

test("loadCatalog() lists the shipped models, whose files have the size and hash of their manifests", () => {
  const catalog = loadCatalog({ folders: [] });
  assert.deepEqual(catalog.problems, []);
  for (const id of ["animal-v1", "animal-v1-int8", "reid-v1", "reid-v1-int8", "steer-v1", "steer-v1-int8"])
    assert.equal(catalog.find(id).manifest.id, id);
  for (const { manifest, file } of catalog.list()) {
    const bytes = readFileSync(file);
    assert.equal(bytes.length, manifest.bytes, manifest.id);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), manifest.sha256, manifest.id);
  }
});

test("loadCatalog() adds a person's models, their files beside the manifests", () => {
  const path = folder("person", { "mine.json": manifest, "mine.card.json": { id: "a card" } });
  const catalog = loadCatalog({ folders: [path], shipped: null });
  assert.deepEqual(catalog.problems, []);
  assert.equal(catalog.find("mine").file, join(path, "mine.onnx"));
  assert.deepEqual(catalog.find("mine").manifest.thresholds, {
    score: 0.25,
    iou: 0.45,
    classAgnostic: false,
    maxDetections: 300,
  });
});

test("loadCatalog() names a manifest that cannot be used, and keeps the others", () => {
  const path = folder("damaged", {
    "broken.json": "{",
    "wrong.json": { ...manifest, id: "wrong", sha256: "short" },
    "mine.json": manifest,
  });
  const catalog = loadCatalog({ folders: [path], shipped: null });
  assert.deepEqual(
    catalog.list().map((model) => model.manifest.id),
    ["mine"],
  );
  assert.equal(catalog.problems.length, 2);
  assert.match(catalog.problems[0]!, /broken\.json/);
  assert.match(catalog.problems[1]!, /wrong\.json: sha256: expected 64 lowercase hex digits/);
});

test("loadCatalog() keeps the first of two models with one id, and says so", () => {
  const path = folder("twice", { "animal-v1.json": { ...manifest, id: "animal-v1" } });
  const catalog = loadCatalog({ folders: [path, join(place, "absent")] });
  assert.match(catalog.find("animal-v1").file, /weights/);
  assert.match(catalog.problems.join(), /Expected an id of its own, got "animal-v1"/);
});

test("find() of an id that is not there names those that are", () => {
  const catalog = loadCatalog({ folders: [] });
  assert.throws(
    () => catalog.find("tiger-v9"),
    (error: unknown) => {
      assert.ok(error instanceof ModelError);
      return /animal-v1, .*steer-v1.*got "tiger-v9"/.test(error.message);
    },
  );
});

test("findShippedCatalog() finds it from a built program, too", () => {
  const root = folder("built", {});
  mkdirSync(join(root, "models"));
  mkdirSync(join(root, "dist"));
  cpSync(findShippedCatalog(), join(root, "models/catalog.json"));
  assert.equal(findShippedCatalog(join(root, "dist")), join(root, "models/catalog.json"));
});
