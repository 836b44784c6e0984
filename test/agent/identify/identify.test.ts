// `identify`: every animal of every picture answered in the agreed fields, what cannot be read named, suggestions kept on request only.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import { describeIdentified, identifyPictures } from "../../../agent/identify/identify.ts";
import { openIdentifier } from "../../../agent/identify/open-identifier.ts";
import { verifySightings } from "../../../agent/individuals/judge.ts";
import { silentLog } from "../../../device/log.ts";
import { describeColours, histogramSize } from "../../../models/colour-histogram.ts";
import type { Describer, Detector, Found } from "../../../models/vision.ts";
import { sighting } from "../../fakes/sightings.ts";
import { openTestStore, temporaryFolder } from "../../fakes/store.ts";

const { signal } = new AbortController();
const left = { left: 0, top: 0, right: 0.5, bottom: 1 };
const right = { left: 0.5, top: 0, right: 1, bottom: 1 };

/** The real describer, without a worker around it. */
const colours: Describer = {
  space: "colours",
  size: histogramSize,
  describe: async (picture, boxes) => describeColours(picture, boxes),
};

/** A detector that finds what it is told to. */
function finding(boxes: readonly Found["box"][]): Detector {
  return {
    model: { manifest: { id: "fake" }, file: "" } as unknown as Detector["model"],
    detect: async () => boxes.map((box) => ({ box, className: "animal", confidence: 0.9 })),
  };
}

/** A picture whose left half has one colour and whose right half has another. */
async function paint(folder: string, name: string, [one, other]: readonly [string, string]): Promise<string> {
  const half = await sharp({ create: { width: 40, height: 60, channels: 3, background: other } })
    .png()
    .toBuffer();
  const path = join(folder, name);
  await sharp({ create: { width: 80, height: 60, channels: 3, background: one } })
    .composite([{ input: half, left: 40, top: 0 }])
    .png()
    .toFile(path);
  return path;
}

/** A store that knows a red one and a green one. */
async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const store = openTestStore(t);
  const known = [
    ["Red", [200, 30, 30]],
    ["Green", [30, 160, 40]],
  ] as const;
  await store.commit(() => {
    for (const [at, [name, [r, g, b]]] of known.entries()) {
      const { id } = store.individuals.add({ name, aliases: [{ scope: "zoo", value: name }] }, 1e15);
      const pixels = new Uint8Array(300).map((_, index) => [r, g, b][index % 3]!);
      const [vector] = describeColours({ width: 10, height: 10, pixels }, [
        { left: 0, top: 0, right: 1, bottom: 1 },
      ]);
      store.sightings.add(
        sighting(at, { individual: id, metadata: { source_path: `${name}/1.jpg` } }),
        new Map([["colours", vector!]]),
      );
    }
  });
  const settings = { threshold: 0.8, limit: 5, mode: "nearest" as const };
  const identifier = await openIdentifier({ store, describers: [colours], settings, log: silentLog, signal });
  t.after(() => identifier.close());
  const ask = (paths: readonly string[], detector: Detector | null, save = false) =>
    identifyPictures(paths, { store, identifier, detector, save, nowUs: () => 2e15, signal });
  return { folder, store, ask };
}

test("identifyPictures() answers each animal, and the picture with its surest one", async (t) => {
  const { folder, ask } = await setUp(t);
  const both = await paint(folder, "both.png", ["rgb(10,20,220)", "rgb(200,30,30)"]);
  const report = await ask([both], finding([left, right]));
  const [result] = report.results;
  assert.ok(result?.identified);
  assert.equal(result.tiger_name, "Red");
  assert.equal(result.individual_id, result.tiger_id);
  assert.ok(result.confidence > 0.9 && result.similarity > 0.9);
  const [blue, red] = result.animals;
  assert.deepEqual(
    [
      blue!.identified,
      blue!.identified ? null : blue!.message,
      blue!.identified || blue!.requires_verification,
    ],
    [false, "Animal not found in database - new individual", true],
  );
  assert.ok(red!.identified);
  const [match] = red!.matches;
  assert.equal(match!.tiger_alias, "zoo/Red");
  assert.equal(match!.image_path, "Red/1.jpg");
  assert.deepEqual(red!.box, right);
  assert.equal(red!.sighting_id, null);
  assert.match(describeIdentified(report), /animal 2 \(animal 90 %\): Red/);
});

test("identifyPictures() takes the whole picture without a detector, and says when there is no animal", async (t) => {
  const { folder, ask } = await setUp(t);
  const green = await paint(folder, "green.png", ["rgb(30,160,40)", "rgb(30,160,40)"]);
  const [whole] = (await ask([green], null)).results;
  assert.ok(whole?.identified);
  assert.equal(whole.tiger_name, "Green");
  assert.equal(whole.animals[0]!.class_name, null);
  const [empty] = (await ask([green], finding([]))).results;
  assert.deepEqual(empty, {
    picture: green,
    identified: false,
    message: "No animal detected in image",
    matches: [],
    animals: [],
  });
});

test("identifyPictures() names what it cannot read, and goes on", async (t) => {
  const { folder, ask } = await setUp(t);
  const good = await paint(folder, "good.png", ["rgb(30,160,40)", "rgb(30,160,40)"]);
  const broken = join(folder, "broken.jpg");
  writeFileSync(broken, Buffer.from("ffd8ffe000", "hex"));
  const empty = join(folder, "empty.jpg");
  writeFileSync(empty, "");
  const report = await ask([broken, join(folder, "gone.jpg"), empty, good], null);
  assert.equal(report.results.length, 1);
  assert.deepEqual(
    report.unreadable.map(({ picture }) => picture),
    [broken, join(folder, "gone.jpg"), empty],
  );
  assert.match(report.unreadable[1]!.reason, /ENOENT/);
});

test("identifyPictures() keeps suggestions on request only; they do not answer before a person verified them", async (t) => {
  const { folder, store, ask } = await setUp(t);
  const blue = await paint(folder, "blue.png", ["rgb(10,20,220)", "rgb(200,30,30)"]);
  const frames = store.frames.count();
  await ask([blue], finding([left, right]));
  assert.equal(store.frames.count(), frames);
  const kept = (await ask([blue], finding([left, right]), true)).results[0]!;
  assert.equal(store.frames.count(), frames + 1);
  const [first, second] = kept.animals.map(({ sighting_id: id }) => store.sightings.get(id!)!);
  assert.deepEqual([first!.state, first!.individual, first!.box], ["suggested", null, left]);
  assert.equal(store.individuals.get(second!.individual!)?.name, "Red");
  assert.equal(store.detections.get([first!.imgId, "fake", 1])?.confidence, 0.9);
  // The same picture again: another opinion, not another picture.
  assert.equal((await ask([blue], finding([left]), true)).results[0]!.identified, false);
  assert.equal(store.frames.count(), frames + 1);
  await verifySightings({ store, by: "ada", nowUs: () => 2e15 }, [first!.id], { newName: "Blue" });
  const now = (await ask([blue], finding([left]))).results[0]!;
  assert.equal(now.identified && now.tiger_name, "Blue");
  const frame = store.frames.get(first!.imgId)!;
  await store.commit(() => store.frames.update({ ...frame, erasedAtUs: 2e15 }));
  const erased = (await ask([blue], finding([left]), true)).results[0]!;
  assert.equal(erased.animals[0]!.sighting_id, null);
});
