import assert from "node:assert/strict";
import { test } from "node:test";
import { createWildlifeDatasetsSource } from "../../../../sync/sources/wildlife/wildlife-datasets.ts";
import { createWildMeSource } from "../../../../sync/sources/wildlife/wildme-coco.ts";
import { picturesOf, readAll, skipsOf, testSource } from "../../../contracts/source.ts";
import { datasetFolder } from "../../../fakes/dataset-folder.ts";

const table = {
  "metadata.csv": [
    ",image_id,identity,path,bbox,date,orientation,species,original_split",
    "0,7,unknown,images/a.jpg,,NaT,,\"['lynx', 'bobcat']\",test",
    '1,8,t1,images/b.jpg,"[1.0, 2.0, 10.0, 8.0]",2017-05-02,back-left,tiger,train',
    '2,9,t2,images/b.jpg,"[12, 2, 5, 5]",2017-05-02,right,tiger,train',
  ].join("\n"),
  "images/a.jpg": 1,
  "images/b.jpg": 2,
};

testSource("createWildlifeDatasetsSource()", createWildlifeDatasetsSource, table, (outside) => ({
  "metadata.csv": `image_id,identity,path\n1,a,images/a.jpg\n2,b,${outside}\n`,
}));

test("createWildlifeDatasetsSource() reads the library's table: boxes, dates, sides, several animals a picture", async (t) => {
  const findings = await readAll(
    createWildlifeDatasetsSource(),
    await datasetFolder(t, table),
    "wildlife_datasets",
  );
  const [unknown, two] = picturesOf(findings);
  assert.equal(unknown!.subjects[0]!.individual, null);
  assert.equal(unknown!.subjects[0]!.species, "lynx, bobcat");
  assert.equal(unknown!.takenAtMs, null);
  assert.equal(two!.takenAtMs, Date.UTC(2017, 4, 2));
  assert.deepEqual(
    two!.subjects.map(({ individual, side, box }) => [individual?.name, individual?.scope, side, box]),
    [
      [
        "Wildlife Dataset Tiger t1",
        "wildlife_datasets",
        "left",
        { left: 1, top: 2, width: 10, height: 8, drawnOn: null },
      ],
      [
        "Wildlife Dataset Tiger t2",
        "wildlife_datasets",
        "right",
        { left: 12, top: 2, width: 5, height: 5, drawnOn: null },
      ],
    ],
  );
  assert.deepEqual(two!.subjects[0]!.metadata, {
    dataset: "WildlifeDatasets",
    identity: "t1",
    image_id: "8",
    original_split: "train",
    orientation: "back-left",
  });
});

test("createWildlifeDatasetsSource() reads a folder of sets, each with identities of its own, from each set's root", async (t) => {
  const findings = await readAll(
    createWildlifeDatasetsSource(),
    await datasetFolder(t, {
      "One/metadata.csv": "image_id,identity,path\n1,001,pics/a.jpg\n2,001,pics/gone.jpg\n",
      "One/pics/a.jpg": 1,
      "Two/metadata.csv": "image_id,identity,path\n1,001,pics/a.jpg\n",
      "Two/pics/a.jpg": 2,
    }),
    "wildlife_datasets",
  );
  assert.deepEqual(
    picturesOf(findings).map(({ relativePath, subjects }) => [relativePath, subjects[0]!.individual!.scope]),
    [
      ["One/pics/a.jpg", "wildlife_datasets/One"],
      ["Two/pics/a.jpg", "wildlife_datasets/Two"],
    ],
  );
  assert.deepEqual(skipsOf(findings), ["pics/gone.jpg: not there (One/metadata.csv:3)"]);
});

const coco = {
  "leopard.coco/annotations/instances_train2022.json": JSON.stringify({
    images: [
      { id: 1, file_name: "000000000001.jpg", width: 24, height: 16, date_captured: "NA" },
      { id: 2, file_name: "000000000002.jpg", date_captured: "2019-05-01 11:22:33" },
      { id: 3, file_name: "000000000003.jpg" },
    ],
    annotations: [
      { id: 1, image_id: 1, category_id: 5, bbox: [1, 1, 5, 5], name: "____", viewpoint: "left" },
      { id: 2, image_id: 2, category_id: 5, bbox: [2, 2, 6, 6], name: "Leo", viewpoint: "right" },
    ],
    categories: [{ id: 5, name: "leopard" }],
  }),
  "leopard.coco/images/train2022/000000000001.jpg": 1,
  "leopard.coco/images/train2022/000000000002.jpg": 2,
  "leopard.coco/images/train2022/000000000003.jpg": 3,
};

testSource("createWildMeSource()", createWildMeSource, coco, (outside) => ({
  "leopard.coco/annotations/instances_test.json": JSON.stringify({
    images: [{ id: 1, file_name: outside }],
    annotations: [],
  }),
}));

test("createWildMeSource() reads names, viewpoints, boxes and dates; ____ is nobody known, NA no date", async (t) => {
  const root = await datasetFolder(t, coco);
  const [first, second, empty] = picturesOf(await readAll(createWildMeSource(), root, "wildlife_datasets"));
  assert.equal(first!.subjects[0]!.individual, null);
  assert.equal(first!.takenAtMs, null);
  assert.deepEqual(first!.subjects[0]!.box, {
    left: 1,
    top: 1,
    width: 5,
    height: 5,
    drawnOn: { width: 24, height: 16 },
  });
  const [leo] = second!.subjects;
  assert.deepEqual(
    [leo!.individual?.name, leo!.individual?.scope, leo!.side, leo!.species, leo!.className],
    ["Wildlife Dataset Tiger Leo", "wildlife_datasets/leopard", "right", "leopard", "leopard"],
  );
  assert.equal(second!.takenAtMs, Date.UTC(2019, 4, 1, 11, 22, 33));
  assert.deepEqual(empty!.subjects, []);
  // The library's folder may hold both.
  assert.equal(picturesOf(await readAll(createWildlifeDatasetsSource(), root)).length, 3);
});

test("createWildMeSource() reads detector sets of COCO shape: nobody is named", async (t) => {
  const root = await datasetFolder(t, {
    "annotations/instances_val.json": JSON.stringify({
      images: [{ id: 1, file_name: "a.jpg" }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 4] }],
      categories: [{ id: 1, name: "raccoon" }],
    }),
    "annotations/instances_bad.json": '{"images": "none"}',
    "val/a.jpg": 1,
  });
  const findings = await readAll(createWildMeSource(), root);
  assert.equal(picturesOf(findings)[0]!.subjects[0]!.individual, undefined);
  assert.match(skipsOf(findings).join(), /instances_bad.json: images: /);
});
