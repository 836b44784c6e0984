import assert from "node:assert/strict";
import { test } from "node:test";
import { createAtrwSource } from "../../../../sync/sources/wildlife/atrw.ts";
import { picturesOf, readAll, skipsOf, testSource } from "../../../contracts/source.ts";
import { datasetFolder } from "../../../fakes/dataset-folder.ts";

const archives = {
  "atrw_reid_train/train/000000.jpg": 1,
  "atrw_reid_train/train/000005.jpg": 2,
  "atrw_anno_reid_train/reid_list_train.csv": "72,000000.jpg\n72,000005.jpg\n",
};

testSource("createAtrwSource()", createAtrwSource, archives, (outside) => ({
  "atrw_anno_reid_train/reid_list_train.csv": `72,000000.jpg\n72,000005.jpg\n3,${outside}\n3,../../../etc/x.jpg\n`,
}));

const read = async (root: string) => await readAll(createAtrwSource(), root, "atrw");
const summary = (findings: Awaited<ReturnType<typeof read>>): string[] =>
  picturesOf(findings).map(
    ({ relativePath, subjects }) =>
      `${relativePath} ${subjects.map(({ individual }) => individual?.identity ?? individual).join()}`,
  );

test("createAtrwSource() reads images/<tiger>/ as documented, direct children only", async (t) => {
  const root = await datasetFolder(t, {
    "images/tiger_001/image1.jpg": 1,
    "images/tiger_001/image2.JPG": 2,
    "images/tiger_001/deeper/no.jpg": 3,
    "images/tiger_002/image1.png": 4,
    "images/tiger_002/notes.txt": "no picture",
    "annotations/x.txt": "",
  });
  const findings = await read(root);
  assert.deepEqual(summary(findings), [
    "images/tiger_001/image1.jpg tiger_001",
    "images/tiger_001/image2.JPG tiger_001",
    "images/tiger_002/image1.png tiger_002",
  ]);
  const [subject] = picturesOf(findings)[0]!.subjects;
  assert.deepEqual(subject!.individual, {
    identity: "tiger_001",
    scope: "atrw",
    name: "ATRW Tiger tiger_001",
    tags: ["ATRW"],
    notes: "Imported from ATRW",
  });
  assert.deepEqual(subject!.metadata, { dataset: "ATRW", tiger_id_dataset: "tiger_001" });
});

test("createAtrwSource() reads the flat folders with headerless lists; test pictures are of nobody known", async (t) => {
  const keypoints = Array.from({ length: 45 }, (_, at) => (at < 3 ? [11, 12, 2][at]! : 0));
  const root = await datasetFolder(t, {
    "Amur Tigers/train/000000.jpg": 1,
    "Amur Tigers/train/000001.jpg": 2,
    "Amur Tigers/test/000000.jpg": 3,
    "Amur Tigers/reid_list_train.csv": "\uFEFF10,000000.jpg\r\n11,000001.jpg\r\n11,000009.jpg\r\nrubbish\r\n",
    "Amur Tigers/reid_list_test.csv": "000000.jpg\n",
    "Amur Tigers/reid_keypoints_train.json": JSON.stringify({ "000000.jpg": keypoints }),
  });
  const findings = await read(root);
  assert.deepEqual(summary(findings), [
    "Amur Tigers/test/000000.jpg ",
    "Amur Tigers/train/000000.jpg 10",
    "Amur Tigers/train/000001.jpg 11",
  ]);
  assert.equal(picturesOf(findings)[0]!.subjects[0]!.individual, null);
  assert.deepEqual(picturesOf(findings)[1]!.subjects[0]!.metadata, {
    dataset: "ATRW",
    tiger_id_dataset: "10",
    split: "train",
    keypoints: { left_ear: [11, 12] },
  });
  assert.deepEqual(skipsOf(findings), [
    "000009.jpg: not there (Amur Tigers/reid_list_train.csv:3)",
    'Amur Tigers/reid_list_train.csv:4: expected a row tiger,file, got "rubbish"',
  ]);
});

test("createAtrwSource() reads the archives side by side, with the answers when they are there", async (t) => {
  const root = await datasetFolder(t, {
    "ATRW/atrw_reid_train/train/000000.jpg": 1,
    "ATRW/atrw_anno_reid_train/reid_list_train.csv": "72,000000.jpg\n",
    "ATRW/atrw_reid_test/test/000000.jpg": 2,
    "ATRW/atrw_reid_test/test/000003.jpg": 3,
    "ATRW/atrw_anno_reid_test/reid_list_test.csv": "000000.jpg\n000003.jpg\n",
    "ATRW/atrw_detection_test/test/0001.jpg": 4,
    "ATRW/eval_script/annotations/gt_test_plain.json": JSON.stringify([
      { imgid: 3, entityid: 181, query: "multi", frame: [7, 2, 99] },
    ]),
    "ATRW/eval_script/annotations/gt_test_wild.json": JSON.stringify({
      1: [{ bbox: [1, 2, 11, 8], query: "sing", eid: 181, fid: 4 }],
      2: [{ bbox: [1, 2, 11, 8], query: "sing", eid: 181, fid: 4 }],
    }),
  });
  const findings = await read(root);
  assert.deepEqual(summary(findings), [
    "ATRW/atrw_reid_test/test/000000.jpg ",
    "ATRW/atrw_reid_test/test/000003.jpg 181",
    "ATRW/atrw_reid_train/train/000000.jpg 72",
    "ATRW/atrw_detection_test/test/0001.jpg 181",
  ]);
  assert.deepEqual(picturesOf(findings)[1]!.subjects[0]!.metadata, {
    dataset: "ATRW",
    tiger_id_dataset: "181",
    split: "test",
    query: "multi",
    video: 7,
    camera: 2,
    frame_number: 99,
  });
  assert.deepEqual(picturesOf(findings)[3]!.subjects[0]!.box, {
    left: 1,
    top: 2,
    width: 10,
    height: 6,
    drawnOn: null,
  });
  assert.match(skipsOf(findings).join(), /atrw_detection_test\/test\/2: not there/);
});

test("createAtrwSource() reads {train,query,gallery}/<pid>_-1_<n>_<name>", async (t) => {
  const root = await datasetFolder(t, {
    "train/0012_-1_3_000123.jpg": 1,
    "query/0013_-1_1_000124.jpg": 2,
    "gallery/0013_-1_2_000125.jpg": 3,
  });
  const findings = await read(root);
  assert.deepEqual(summary(findings), [
    "gallery/0013_-1_2_000125.jpg 0013",
    "query/0013_-1_1_000124.jpg 0013",
    "train/0012_-1_3_000123.jpg 0012",
  ]);
  assert.deepEqual(picturesOf(findings)[0]!.subjects[0]!.metadata, {
    dataset: "ATRW",
    tiger_id_dataset: "0013",
    split: "gallery",
    original: "000125.jpg",
  });
});

test("createAtrwSource() says when there is no images directory, and goes on without a bad key point file", async (t) => {
  const empty = await read(await datasetFolder(t, { "somewhere/else.jpg": 1 }));
  assert.deepEqual(empty, [
    { found: "nothing", reason: "images directory not found", warning: "No images found in ATRW dataset" },
  ]);
  const broken = await read(
    await datasetFolder(t, { ...archives, "atrw_anno_reid_train/reid_keypoints_train.json": "{" }),
  );
  assert.equal(picturesOf(broken).length, 2);
  assert.match(skipsOf(broken).join(), /reid_keypoints_train.json: is no JSON.*come without/);
});
