import assert from "node:assert/strict";
import { copyFileSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createDeliveryPlan } from "../../../agent/deliveries.ts";
import { describeIngest } from "../../../agent/ingest/report.ts";
import { enqueueMissing } from "../../../agent/sync.ts";
import { silentLog } from "../../../device/log.ts";
import { sha256Hex } from "../../../device/store/frames.ts";
import { createRetention } from "../../../device/store/retention.ts";
import type { Store } from "../../../device/store/store.ts";
import { addToFolder, type DatasetFiles, datasetFolder, drawPicture } from "../../fakes/dataset-folder.ts";
import { ingestOnce } from "../../fakes/ingest.ts";
import { openTestStore, temporaryFolder } from "../../fakes/store.ts";

/** Ten tigers with three pictures each, as documented. */
const tenTigers: DatasetFiles = Object.fromEntries(
  Array.from({ length: 30 }, (_, at) => [
    `images/${String(1 + Math.floor(at / 3)).padStart(3, "0")}/image${at % 3}.jpg`,
    at + 1,
  ]),
);

const individualsOf = (store: Store) => [...store.individuals.range()];
const sightingsOf = (store: Store) => [...store.sightings.range()];
const originsOf = (store: Store) => [...store.seen.origins.range()].map(({ value }) => value);

test("ingest() makes individuals, frames, labelled sightings, origins and hashes of a data set of ten", async (t) => {
  const root = await datasetFolder(t, tenTigers);
  const store = openTestStore(t);
  const { result, set, warnings } = await ingestOnce(store, root);
  assert.deepEqual(warnings, []);
  assert.deepEqual([set.status, set.tigers, set.images, set.format], ["success", 10, 30, "atrw"]);
  const { tigers_created, tigers_updated, images_processed, images_skipped, errors } = result.stats;
  assert.deepEqual(
    [tigers_created, tigers_updated, images_processed, images_skipped, errors],
    [10, 0, 30, 0, 0],
  );
  assert.deepEqual([result.success, result.dry_run, result.stopped], [true, false, false]);

  assert.deepEqual(
    individualsOf(store)
      .map(({ name }) => name)
      .sort()[0],
    "ATRW Tiger 001",
  );
  const tiger = store.individuals.byAlias({ scope: "atrw", value: "001" })!;
  assert.deepEqual(
    [tiger.status, tiger.tags, tiger.notes, tiger.species],
    ["active", ["ATRW"], "Imported from ATRW", "tiger"],
  );
  const [sighting, ...others] = [...store.sightings.of("individual", tiger.id)];
  assert.equal(others.length, 2);
  assert.deepEqual(
    [sighting!.state, sighting!.by, sighting!.score, sighting!.side],
    ["labelled", "atrw", null, "unknown"],
  );
  assert.deepEqual(
    sightingsOf(store).find(({ metadata }) => metadata.source_path === "images/001/image0.jpg")?.metadata,
    {
      dataset: "ATRW",
      tiger_id_dataset: "001",
      source_path: "images/001/image0.jpg",
      alias: { scope: "atrw", value: "001" },
      species: "tiger",
    },
  );
  const frame = store.frames.get(sighting!.imgId)!;
  assert.deepEqual(
    [frame.camera, frame.prefix, frame.width, frame.height, frame.mediaType],
    ["atrw", `datasets/atrw/${frame.imgId.slice(0, 8)}`, 24, 16, "image/jpeg"],
  );
  const origin = originsOf(store).find(({ imgId }) => imgId === frame.imgId)!;
  assert.equal(sha256Hex(store.frames.picture(frame.imgId)!), sha256Hex(readFileSync(origin.path)));
  assert.equal(store.seen.contents.get(origin.sha256), frame.imgId);
  assert.equal([...store.seen.hashes.keys()].length, 30);
  assert.deepEqual(store.outbox.waiting(), {});

  const text = describeIngest(result);
  assert.match(text, /^DATASET INGESTION SUMMARY$/m);
  assert.match(text, /^ {2}atrw: 10 tigers, 30 images \(atrw\)$/m);
});

test("ingest() a second time reads nothing and changes nothing; new pictures of a known tiger update it", async (t) => {
  const root = await datasetFolder(t, tenTigers);
  const store = openTestStore(t);
  await ingestOnce(store, root);
  const before = [individualsOf(store), sightingsOf(store), originsOf(store)];
  const { result, set } = await ingestOnce(store, root);
  assert.deepEqual([result.stats.images_skipped, result.stats.images_processed, set.tigers], [30, 0, 10]);
  assert.deepEqual([individualsOf(store), sightingsOf(store), originsOf(store)], before);

  await addToFolder(root, { "images/001/more.jpg": 99, "images/011/first.jpg": 98 });
  const { stats } = (await ingestOnce(store, root)).result;
  assert.deepEqual(
    [stats.tigers_created, stats.tigers_updated, stats.images_processed, stats.images_skipped],
    [1, 1, 2, 30],
  );
});

test("ingest() shares a frame between paths with the same bytes, and a sighting where it is the same animal", async (t) => {
  const root = await datasetFolder(t, {
    "images/001/a.jpg": 1,
    "images/001/b.jpg": 1,
    "images/002/c.jpg": 1,
  });
  const store = openTestStore(t);
  const { stats } = (await ingestOnce(store, root)).result;
  assert.deepEqual([stats.images_processed, stats.duplicates, stats.sightings_created], [3, 2, 2]);
  assert.equal(store.frames.count(), 1);
  assert.equal(originsOf(store).length, 3);
});

test("ingest() names pictures that cannot be read, with the reason, and goes on", async (t) => {
  const whole = await drawPicture(7, { width: 300, height: 200 });
  const root = await datasetFolder(t, {
    "images/1/good.jpg": 1,
    "images/1/empty.jpg": new Uint8Array(),
    "images/1/cut.jpg": whole.subarray(0, whole.byteLength / 2),
    "images/1/text.png": "not a picture",
  });
  const store = openTestStore(t);
  const { result, set } = await ingestOnce(store, root);
  assert.deepEqual([result.stats.images_processed, result.stats.errors, result.success], [1, 3, true]);
  assert.deepEqual(result.stats.errors_by_reason, { empty: 1, truncated: 1, "not-a-picture": 1 });
  assert.deepEqual(set.problems.map(({ what }) => what).sort(), [
    "images/1/cut.jpg",
    "images/1/empty.jpg",
    "images/1/text.png",
  ]);
  assert.match(describeIngest(result), /images\/1\/empty\.jpg: Expected a picture, got 0 bytes/);
  // What was named is tried again, and a repaired file comes in.
  writeFileSync(join(root, "images/1/cut.jpg"), whole);
  const again = (await ingestOnce(store, root)).result.stats;
  assert.deepEqual([again.images_processed, again.images_skipped, again.errors], [1, 1, 2]);
});

test("ingest() with force reads again and updates in place: nothing is there twice", async (t) => {
  const root = await datasetFolder(t, tenTigers);
  const store = openTestStore(t);
  await ingestOnce(store, root);
  const before = [individualsOf(store), sightingsOf(store), originsOf(store), store.frames.count()];
  const { stats } = (await ingestOnce(store, root, { force: true })).result;
  assert.deepEqual(
    [
      stats.images_processed,
      stats.images_updated,
      stats.tigers_created,
      stats.sightings_created,
      stats.duplicates,
    ],
    [30, 30, 0, 0, 0],
  );
  assert.deepEqual(
    [individualsOf(store), sightingsOf(store), originsOf(store), store.frames.count()],
    before,
  );
});

test("ingest() brings a picture that was written over up to date: a frame of its own, the sighting with it, its vectors gone", async (t) => {
  const root = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const store = openTestStore(t);
  await ingestOnce(store, root);
  const [sighting] = sightingsOf(store);
  await store.commit(() => store.sightings.embed(sighting!.id, "space", Float32Array.of(1, 0)));
  await addToFolder(root, { "images/001/a.jpg": 2 });
  const { stats } = (await ingestOnce(store, root)).result;
  assert.deepEqual([stats.images_updated, stats.sightings_created, stats.tigers_updated], [1, 0, 0]);
  const [after] = sightingsOf(store);
  assert.equal(after!.id, sighting!.id);
  assert.notEqual(after!.imgId, sighting!.imgId);
  assert.equal(store.sightings.has(after!.id, "space"), false);
  assert.equal(store.frames.count(), 2);
});

test("ingest() moves a sighting whose identity the data set changed, and journals it; what a person verified stays", async (t) => {
  const list = (identity: string): string => `identity,path\n${identity},a.jpg\n${identity},b.jpg\n`;
  const root = await datasetFolder(t, { "list.csv": list("tom"), "a.jpg": 1, "b.jpg": 2 });
  const store = openTestStore(t);
  const read = async () => (await ingestOnce(store, root, { name: "cats" })).result.stats;
  await read();
  const verified = sightingsOf(store).find(({ metadata }) => metadata.source_path === "b.jpg")!;
  await store.commit(() => store.sightings.update({ ...verified, state: "verified", by: "ann" }));
  writeFileSync(join(root, "list.csv"), list("tim"));
  const stats = await read();
  assert.deepEqual([stats.sightings_moved, stats.sightings_decided, stats.images_updated], [1, 1, 2]);
  const named = sightingsOf(store).map(({ individual, metadata }) => [
    metadata.source_path,
    store.individuals.get(individual!)!.name,
  ]);
  assert.deepEqual(Object.fromEntries(named), {
    "a.jpg": "Wildlife Dataset Tiger tim",
    "b.jpg": "Wildlife Dataset Tiger tom",
  });
  const [entry] = store.journal.newest(10).filter(({ act }) => act === "ingest.moved");
  assert.equal(entry!.details.path, "a.jpg");
  assert.deepEqual(await read().then(({ images_skipped }) => images_skipped), 2);
});

test("ingest() tells several animals on a picture apart, and leaves one where a person put it", async (t) => {
  const table = (rows: readonly string[]): string => ["image_id,identity,path,bbox", ...rows].join("\n");
  const row = (identity: string, left: number): string => `${left},${identity},a.jpg,"[${left}, 0, 6, 16]"`;
  const root = await datasetFolder(t, { "metadata.csv": table([row("ann", 0), row("bob", 12)]), "a.jpg": 1 });
  const store = openTestStore(t);
  const read = async (force = false) => (await ingestOnce(store, root, { name: "set", force })).result.stats;
  const seen = (): unknown =>
    Object.fromEntries(
      sightingsOf(store).map(({ individual, box }) => [
        box.left * 24,
        store.individuals.get(individual!)!.name.split(" ").at(-1),
      ]),
    );
  await read();
  // A new one comes first in the list, the others keep theirs; one goes.
  writeFileSync(join(root, "metadata.csv"), table([row("eve", 18), row("bob", 12)]));
  const stats = await read();
  assert.deepEqual([stats.sightings_moved, stats.sightings_created], [1, 0]);
  assert.deepEqual(seen(), { 12: "bob", 18: "eve" });
  writeFileSync(join(root, "metadata.csv"), table([row("bob", 12)]));
  await read();
  assert.deepEqual(seen(), { 12: "bob" });
  // A person splits it off; what the data set said before does not undo that.
  const [bob] = sightingsOf(store);
  await store.commit(() => {
    const other = store.individuals.add({ name: "not bob" }, 1);
    store.sightings.update({ ...bob!, individual: other.id });
  });
  assert.deepEqual(await read(true).then(({ sightings_moved }) => sightings_moved), 0);
  assert.deepEqual(
    sightingsOf(store).map(({ individual }) => store.individuals.get(individual!)!.name),
    ["not bob"],
  );
});

test("ingest() keeps the same name of two data sets apart", async (t) => {
  const store = openTestStore(t);
  const one = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const other = await datasetFolder(t, { "identity/001/a.jpg": 2 });
  await ingestOnce(store, one);
  await ingestOnce(store, other, {
    datasets: [{ name: "metawild", path: other, format: "metawild" }],
    name: "metawild",
  });
  assert.deepEqual(
    individualsOf(store)
      .map(({ name }) => name)
      .sort(),
    ["ATRW Tiger 001", "MetaWild Tiger 001"],
  );
});

test("ingest() dry writes nothing, and says what would be", async (t) => {
  const root = await datasetFolder(t, tenTigers);
  const directory = temporaryFolder(t);
  const dry = await ingestOnce(null, root, { dryRun: true });
  const store = openTestStore(t, { directory });
  await ingestOnce(store, await datasetFolder(t, { "images/001/image0.jpg": 1, "images/001/other.jpg": 77 }));
  await store.close();
  const bytes = readFileSync(join(directory, "data.mdb"));
  const reader = openTestStore(t, { directory, readOnly: true });
  const { result } = await ingestOnce(reader, root, { dryRun: true });
  await reader.close();
  assert.ok(bytes.equals(readFileSync(join(directory, "data.mdb"))));
  assert.match(describeIngest(result), /Running in DRY RUN mode - no changes were made/);

  const real = openTestStore(t, { directory });
  const done = (await ingestOnce(real, root)).result;
  assert.deepEqual(result.stats, done.stats);
  assert.deepEqual([done.stats.tigers_created, done.stats.tigers_updated, done.stats.duplicates], [9, 1, 1]);
  assert.deepEqual(
    [dry.result.stats.tigers_created, dry.result.stats.images_processed, dry.result.stats.duplicates],
    [10, 30, 0],
  );
});

test("ingest() says that a path is not there, that a folder is empty, and goes on with the others", async (t) => {
  const store = openTestStore(t);
  const empty = temporaryFolder(t);
  const root = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const { result, warnings } = await ingestOnce(store, root, {
    datasets: [
      { name: "a", path: "./data/models/atrw", format: "atrw" },
      { name: "b", path: empty, format: "metawild" },
      { name: "c", path: empty, format: "atrw" },
      { name: "d", path: empty, format: "auto" },
      { name: "atrw", path: root, format: "atrw" },
    ],
  });
  assert.deepEqual(warnings, [
    "Dataset path does not exist: ./data/models/atrw",
    "No images found in MetaWild dataset",
    "No images found in ATRW dataset",
    "No images found in d dataset",
  ]);
  assert.deepEqual(
    Object.values(result.results).map(({ status, reason }) => [status, reason]),
    [
      ["skipped", "path does not exist"],
      ["skipped", "no images found"],
      ["skipped", "images directory not found"],
      ["skipped", "no images found"],
      ["success", undefined],
    ],
  );
  assert.equal(result.success, true);
});

test("ingest() stops in the middle, keeps what was committed, and goes on from there", async (t) => {
  const root = await datasetFolder(t, tenTigers);
  const store = openTestStore(t);
  const stop = new AbortController();
  const { result, set } = await ingestOnce(store, root, {
    inFlight: 2,
    signal: stop.signal,
    onProgress: ({ images }) => {
      if (images >= 7) stop.abort(new Error("enough"));
    },
  });
  assert.deepEqual([result.stopped, set.status], [true, "stopped"]);
  const kept = result.stats.images_processed;
  assert.ok(kept >= 7 && kept < 30, `${kept}`);
  assert.equal(store.frames.count(), kept);
  const { stats } = (await ingestOnce(store, root)).result;
  assert.deepEqual([stats.images_skipped, stats.images_processed], [kept, 30 - kept]);
  assert.equal(individualsOf(store).length, 10);
});

test("ingest() dates a frame by the data set, the EXIF, or the file, in this order; a second has room for thousands", async (t) => {
  const root = await datasetFolder(t, {
    "metadata.csv":
      "image_id,identity,path,date\n1,a,1.jpg,2017-05-02 10:11:12\n2,a,2.jpg,\n3,a,3.jpg,\n4,a,4.jpg,\n",
    "1.jpg": 1,
    "3.jpg": 3,
    "4.jpg": 4,
  });
  const { default: sharp } = await import("sharp");
  writeFileSync(
    join(root, "2.jpg"),
    await sharp(await drawPicture(2))
      .withExif({
        IFD2: {
          DateTimeOriginal: "2018:01:02 03:04:05",
          SubSecTimeOriginal: "25",
          OffsetTimeOriginal: "+01:00",
        },
      })
      .jpeg()
      .toBuffer(),
  );
  for (const name of ["3.jpg", "4.jpg"]) utimesSync(join(root, name), 1_500_000_000, 1_500_000_000);
  const store = openTestStore(t);
  await ingestOnce(store, root, { name: "set" });
  assert.deepEqual(
    [...store.frames.range()].map(({ imgId }) => imgId),
    [
      "20170502T10-11-12-000000",
      "20170714T02-40-00-000000",
      "20170714T02-40-00-000001",
      "20180102T02-04-05-250000",
    ],
  );
});

test("ingest() keeps pictures of kinds that a store does not take as PNG, with the boxes of the picture as it is", async (t) => {
  const root = await datasetFolder(t, {
    "metadata.csv":
      'image_id,identity,path,bbox\n1,a,1.tiff,"[6, 4, 12, 8]"\n2,a,1.webp,"[-5, 0, 100, 100]"\n',
    "1.tiff": 1,
    "1.webp": 2,
  });
  const store = openTestStore(t);
  const { result } = await ingestOnce(store, root, { name: "set" });
  assert.equal(result.stats.errors, 0);
  assert.deepEqual([...store.frames.range()].map(({ mediaType }) => mediaType).sort(), [
    "image/png",
    "image/webp",
  ]);
  const boxes = sightingsOf(store).map(({ metadata, box }) => [metadata.source_path, box]);
  assert.deepEqual(Object.fromEntries(boxes), {
    "1.tiff": { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 },
    "1.webp": { left: 0, top: 0, right: 1, bottom: 1 },
  });
  assert.equal((await ingestOnce(store, root, { name: "set" })).result.stats.images_skipped, 2);
});

test("ingest() takes a detector's set: boxes as detections that a person drew, no sightings; read again they are replaced", async (t) => {
  const xml = (right: number): string =>
    `<annotation><filename>a.jpg</filename><object><name>raccoon</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>${right}</xmax><ymax>8</ymax></bndbox></object></annotation>`;
  const root = await datasetFolder(t, { "annotations/a.xml": xml(12), "images/a.jpg": 1 });
  const store = openTestStore(t);
  await ingestOnce(store, root, { name: "raccoon" });
  writeFileSync(join(root, "annotations/a.xml"), xml(24));
  await ingestOnce(store, root, { name: "raccoon" });
  const detections = [...store.detections.range()].map(({ value }) => value);
  assert.deepEqual(
    detections.map(({ model, index, className, confidence, box }) => [
      model,
      index,
      className,
      confidence,
      box.right,
    ]),
    [["none", 0, "raccoon", 1, 1]],
  );
  assert.deepEqual(sightingsOf(store), []);
});

test("ingest() leaves a picture that a person erased erased, also when its frame is gone", async (t) => {
  const root = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const store = openTestStore(t);
  await ingestOnce(store, root);
  const [frame] = [...store.frames.range()];
  await store.commit(() => store.frames.update({ ...frame!, erasedAtUs: 5 }));
  const { stats } = (await ingestOnce(store, root, { force: true })).result;
  assert.deepEqual([stats.images_skipped, stats.images_processed], [1, 0]);
  await store.commit(() => store.frames.remove(frame!.imgId));
  assert.equal((await ingestOnce(store, root)).result.stats.images_skipped, 1);
  assert.equal(store.frames.count(), 0);
});

test("ingest() knows a file again under the same path only: a moved one is a duplicate of its bytes", async (t) => {
  const root = await datasetFolder(t, { "images/001/a.jpg": 1 });
  const store = openTestStore(t);
  await ingestOnce(store, root);
  copyFileSync(join(root, "images/001/a.jpg"), join(root, "images/001/copy.jpg"));
  renameSync(join(root, "images/001/a.jpg"), join(root, "images/001/b.jpg"));
  const { stats } = (await ingestOnce(store, root)).result;
  assert.deepEqual([stats.images_processed, stats.duplicates, stats.sightings_created], [2, 2, 0]);
  assert.equal(store.frames.count(), 1);
  rmSync(join(root, "images/001/b.jpg"));
  assert.equal((await ingestOnce(store, root)).result.stats.images_skipped, 1);
});

test("pictures of data sets are not thinned by retention, and go to no target unless everything is asked for", async (t) => {
  const root = await datasetFolder(t, {
    "annotations/a.xml": "<annotation><filename>a.jpg</filename></annotation>",
    "images/a.jpg": 1,
  });
  const store = openTestStore(t);
  await ingestOnce(store, root, { name: "raccoon" });
  await ingestOnce(store, await datasetFolder(t, tenTigers));
  const frames = store.frames.count();
  const retention = createRetention({
    store,
    log: silentLog,
    disk: () => ({ freeBytes: 0, totalBytes: 1e9 }),
    limits: { maxBytes: 1, keepFreeBytes: 0, pictureTargets: ["s3://b"], labelTargets: [] },
  });
  assert.equal((await retention.check()).pressure, "full");
  assert.equal(store.frames.count(), frames);
  const plan = createDeliveryPlan({
    pictureTargets: ["s3://b"],
    labelTargets: [],
    eventTargets: [],
    holdBackMs: 0,
  });
  const { signal } = new AbortController();
  assert.equal(await enqueueMissing(store, plan, { all: false, signal }), 0);
  assert.equal(await enqueueMissing(store, plan, { all: true, signal }), frames);
});

test("ingest() ends where the store's room ends, keeps what is in, and says so", async (t) => {
  const root = await datasetFolder(t, tenTigers);
  const store = openTestStore(t);
  const { result, set, warnings } = await ingestOnce(store, root, {
    inFlight: 1,
    hasRoom: () => store.frames.count() < 4,
  });
  assert.deepEqual([set.status, result.success], ["failed", false]);
  assert.match(warnings.join(), /^atrw: the store has no room for more/);
  assert.equal(store.frames.count(), result.stats.images_processed);
  assert.ok(store.frames.count() >= 4 && store.frames.count() < 10);
});

test("ingest() takes a folder for what else it may be when its list is something else", async (t) => {
  const root = await datasetFolder(t, { "annotations/instances_x.json": '{"results": []}', "x/a.jpg": 1 });
  const store = openTestStore(t);
  const { set } = await ingestOnce(store, root, { name: "set" });
  assert.deepEqual([set.status, set.format, set.images, set.stats.errors], ["success", "pictures", 1, 1]);
});

const testData = process.env.OUTRIDER_TEST_DATA;
test("ingest() takes every kind of camera-trap picture and of near duplicates, or says why not", {
  skip:
    testData === undefined ? "OUTRIDER_TEST_DATA is not set (a folder with cameratrap/ and neardup/)" : false,
}, async (t) => {
  for (const name of ["cameratrap", "neardup"]) {
    const { set } = await ingestOnce(null, join(testData!, name), { name, dryRun: true });
    t.diagnostic(`${name}: ${set.images} in; ${JSON.stringify(set.stats.errors_by_reason)}`);
    for (const { what, reason } of set.problems) t.diagnostic(`  ${what}: ${reason}`);
    assert.equal(set.status, "success");
    assert.ok(set.images > 10);
  }
});
