import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetaWildSource } from "../../../../sync/sources/wildlife/metawild.ts";
import { picturesOf, readAll, skipsOf, testSource } from "../../../contracts/source.ts";
import { datasetFolder } from "../../../fakes/dataset-folder.ts";

const real = {
  "Deer/train/12_C3-A_0007.jpg": 1,
  "Deer/query/12_C4-B_0001_x.JPG": 2,
  "Hare/gallery/12_C3-A_0002.jpg": 3,
  "deer.json": JSON.stringify({
    images: [
      {
        img_path: "D:\\data\\Deer\\train\\12_c3-a_0007.JPG",
        metadata: { temperature: 11.5, day_night: 1, face_direction: 2 },
      },
      { img_path: "D:\\data\\Deer\\x.jpg" },
    ],
  }),
};

testSource("createMetaWildSource()", createMetaWildSource, real, null);

test("createMetaWildSource() reads the real set: species, identity, stable camera, time of day, side", async (t) => {
  const findings = await readAll(createMetaWildSource(), await datasetFolder(t, real), "metawild");
  const pictures = picturesOf(findings);
  assert.deepEqual(
    pictures.map(({ relativePath, subjects: [subject] }) => [
      relativePath,
      subject!.individual?.scope,
      subject!.individual?.name,
      subject!.side,
    ]),
    [
      ["Deer/query/12_C4-B_0001_x.JPG", "metawild/deer", "MetaWild Deer 12", "unknown"],
      ["Deer/train/12_C3-A_0007.jpg", "metawild/deer", "MetaWild Deer 12", "left"],
      ["Hare/gallery/12_C3-A_0002.jpg", "metawild/hare", "MetaWild Hare 12", "unknown"],
    ],
  );
  assert.deepEqual(pictures[1]!.subjects[0]!.metadata, {
    dataset: "MetaWild",
    identity: "12",
    split: "train",
    camera: "metawild/deer/C3-A",
    number: 7,
    temperature: 11.5,
    day_night: "night",
    face_direction: "left",
  });
});

test("createMetaWildSource() reads the documented folders of any depth", async (t) => {
  const root = await datasetFolder(t, {
    "identity_1/image.jpg": 1,
    "identity_2/image.jpg": 2,
    "wild/TIGER/t7/2020/a.jpg": 3,
    "wild/individual/t8/b.webp": 4,
  });
  const findings = await readAll(createMetaWildSource(), root, "metawild");
  assert.deepEqual(
    picturesOf(findings).map(({ subjects }) => subjects[0]!.individual?.name),
    ["MetaWild Tiger identity_1", "MetaWild Tiger identity_2", "MetaWild Tiger t7", "MetaWild Tiger t8"],
  );
  assert.deepEqual(skipsOf(findings), []);
  const empty = await readAll(createMetaWildSource(), await datasetFolder(t, { "a/b.txt": "" }), "metawild");
  assert.deepEqual(empty, [
    { found: "nothing", reason: "no images found", warning: "No images found in MetaWild dataset" },
  ]);
});

test("createMetaWildSource() goes on without facts that cannot be read", async (t) => {
  const findings = await readAll(
    createMetaWildSource(),
    await datasetFolder(t, { ...real, "deer.json": '{"images": 3}' }),
  );
  assert.equal(picturesOf(findings).length, 3);
  assert.match(skipsOf(findings).join(), /^deer.json: images: .*come without what it says$/);
});
