import assert from "node:assert/strict";
import { test } from "node:test";
import { createSource, formats, recogniseSources } from "../../../sync/sources/formats.ts";
import { createPicturesSource } from "../../../sync/sources/wildlife/pictures.ts";
import { picturesOf, readAll, testSource } from "../../contracts/source.ts";
import { type DatasetFiles, datasetFolder } from "../../fakes/dataset-folder.ts";
import { temporaryFolder } from "../../fakes/store.ts";

const { signal } = new AbortController();

testSource("createPicturesSource()", createPicturesSource, { "a/b/c.jpg": 1, "d.PNG": 2 }, null);

async function recognised(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { format } of recogniseSources(root, signal)) found.push(format);
  return found;
}

test("createSource() makes each format by its name", () => {
  for (const format of formats) assert.equal(createSource(format).format, format);
});

test("recogniseSources() tells layouts apart", async (t) => {
  const layouts: readonly (readonly [string | null, DatasetFiles])[] = [
    ["atrw", { "reid_list_train.csv": "1,a.jpg\n", "train/a.jpg": 1 }],
    ["voc", { "annotations/a.xml": "<annotation></annotation>", "images/a.jpg": 1 }],
    ["wildme_coco", { "x.coco/annotations/instances_train2022.json": "{}" }],
    ["wildme_coco", { "annotations.json": "{}", "a.jpg": 1 }],
    ["wildme_coco", { "train/_annotations.coco.json": "{}", "train/a.jpg": 1 }],
    ["wildlife_datasets", { "metadata.csv": "image_id,identity,path\n1,a,a.jpg\n", "a.jpg": 1 }],
    ["csv", { "list.csv": "tiger_id,file\na,a.jpg\n", "a.jpg": 1 }],
    ["metawild", { "Deer/train/1_c_2.jpg": 1 }],
    ["pictures", { "x/y.jpg": 1 }],
    [null, { "x/y.txt": "" }],
  ];
  for (const [format, files] of layouts)
    assert.equal((await recognised(await datasetFolder(t, files)))[0] ?? null, format);
  await assert.rejects(recognised(`${temporaryFolder(t)}/nowhere`), /ENOENT/);
});

test("createPicturesSource() leaves what macOS writes beside pictures", async (t) => {
  const root = await datasetFolder(t, { "a.jpg": 1, "._a.jpg": "resource fork" });
  assert.equal(picturesOf(await readAll(createPicturesSource(), root)).length, 1);
});
