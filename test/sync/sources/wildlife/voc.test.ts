import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createVocSource } from "../../../../sync/sources/wildlife/voc.ts";
import { picturesOf, readAll, skipsOf, testSource } from "../../../contracts/source.ts";
import { datasetFolder } from "../../../fakes/dataset-folder.ts";

const annotation = (file: string, objects: string): string =>
  `<?xml version="1.0"?><annotation verified="yes"><folder>images</folder><filename>${file}</filename>
   <path>/Users/somebody/${file}</path><size><width>24</width><height>16</height><depth>3</depth></size>${objects}</annotation>`;
const object = (name: string, box: readonly number[]): string =>
  `<object><name>${name}</name><part><name>head</name><bndbox><xmin>0</xmin><ymin>0</ymin><xmax>1</xmax><ymax>1</ymax></bndbox></part>
   <bndbox><xmin>${box[0]}</xmin><ymin>${box[1]}</ymin><xmax>${box[2]}</xmax><ymax>${box[3]}</ymax></bndbox></object>`;

const files = {
  "annotations/raccoon-1.xml": annotation("raccoon-1.jpg", object("raccoon &amp; co", [2, 3, 12, 9])),
  "annotations/raccoon-2.xml": annotation("raccoon-2.jpg", ""),
  "images/raccoon-1.jpg": 1,
  "images/raccoon-2.jpg": 2,
};

testSource("createVocSource()", createVocSource, files, (outside) => ({
  "annotations/raccoon-3.xml": annotation(outside, ""),
}));

test("createVocSource() reads classes and boxes; nobody is told apart; a picture without objects is one, too", async (t) => {
  const [one, none] = picturesOf(await readAll(createVocSource(), await datasetFolder(t, files), "raccoon"));
  assert.deepEqual(one!.subjects, [
    {
      individual: undefined,
      species: null,
      side: "unknown",
      className: "raccoon & co",
      box: { left: 2, top: 3, width: 10, height: 6, drawnOn: { width: 24, height: 16 } },
      metadata: { dataset: "raccoon" },
    },
  ]);
  assert.deepEqual(none!.subjects, []);
});

test("createVocSource() names annotations that are none, whose picture is missing, or whose boxes are none", async (t) => {
  const findings = await readAll(
    createVocSource(),
    await datasetFolder(t, {
      ...files,
      "annotations/bad.xml": "<html/>",
      "annotations/gone.xml": annotation("gone.jpg", ""),
      "annotations/raccoon-1.xml": annotation(
        "raccoon-1.jpg",
        object("a", [5, 5, 5, 9]) + object("b", [1, 1, 4, 4]),
      ),
    }),
  );
  assert.deepEqual(
    picturesOf(findings)[0]!.subjects.map(({ className }) => className),
    ["b"],
  );
  assert.deepEqual(skipsOf(findings), [
    "annotations/bad.xml: expected an <annotation>, found none",
    "gone.jpg: not there (annotations/gone.xml)",
    "annotations/raccoon-1.xml: 1 of 2 objects have no name or no box; the others are used",
  ]);
});

const pictures = process.env.OUTRIDER_TEST_DATA;
test("createVocSource() reads the 150 raccoon pictures with all their boxes", {
  skip: pictures === undefined ? "OUTRIDER_TEST_DATA is not set (a folder with raccoon/)" : false,
}, async () => {
  const findings = await readAll(createVocSource(), join(pictures!, "raccoon"), "raccoon");
  assert.equal(picturesOf(findings).length, 150);
  assert.deepEqual(skipsOf(findings), []);
  assert.ok(picturesOf(findings).every(({ subjects }) => subjects.length > 0));
});
