import assert from "node:assert/strict";
import { test } from "node:test";
import { createCsvSource } from "../../../../sync/sources/wildlife/csv.ts";
import { picturesOf, readAll, skipsOf, testSource } from "../../../contracts/source.ts";
import { datasetFolder } from "../../../fakes/dataset-folder.ts";

const documented = {
  "animals.csv":
    "identity,image_path\ntiger_001,images/tiger_001/img1.jpg\ntiger_002,images/tiger_002/img1.jpg\n",
  "images/tiger_001/img1.jpg": 1,
  "images/tiger_002/img1.jpg": 2,
};

testSource("createCsvSource()", createCsvSource, documented, (outside) => ({
  "animals.csv": `identity,image_path\ntiger_001,images/tiger_001/img1.jpg\nx,${outside}\nx,../x.jpg\n`,
}));

const read = async (t: Parameters<typeof datasetFolder>[0], files: Parameters<typeof datasetFolder>[1]) =>
  await readAll(createCsvSource(), await datasetFolder(t, files), "individual_animal_reid");

test("createCsvSource() reads the documented list", async (t) => {
  const [picture] = picturesOf(await read(t, documented));
  assert.deepEqual(picture!.subjects, [
    {
      individual: {
        identity: "tiger_001",
        scope: "individual_animal_reid/animals",
        name: "Dataset Tiger tiger_001",
        tags: ["animals"],
        notes: "Imported from animals",
      },
      species: null,
      side: "unknown",
      box: null,
      className: null,
      metadata: { dataset: "animals", identity: "tiger_001" },
    },
  ]);
});

test("createCsvSource() takes any case, separator, quotes and folder, and the better of two columns", async (t) => {
  const findings = await read(t, {
    "deep/list.csv":
      '\uFEFFID;Identity;File;Image_Path;side;date\r\n1;"A;1";x;"pics\\a 1.jpg";Left;2019-05-01 12:00:00\r\n',
    "deep/pics/a 1.jpg": 1,
    "other.CSV": "tiger_id\tfilename\nunknown\tdeep/pics/a 1.jpg\n",
  });
  const [picture] = picturesOf(findings);
  assert.deepEqual(
    picture!.subjects.map(({ individual, side }) => [individual?.identity ?? individual, side]),
    [
      [null, "unknown"],
      ["A;1", "left"],
    ],
  );
  assert.equal(picture!.takenAtMs, Date.UTC(2019, 4, 1, 12));
  assert.deepEqual(skipsOf(findings), []);
});

test("createCsvSource() knows train.csv and test.csv as one set, and two lists as two", async (t) => {
  const scopes = picturesOf(
    await read(t, {
      "a/train.csv": "id,file\n001,1.jpg\n",
      "a/test.csv": "id,file\n001,2.jpg\n",
      "a/1.jpg": 1,
      "a/2.jpg": 2,
      "b_train.csv": "id,file\n001,3.jpg\n",
      "3.jpg": 3,
    }),
  ).map(({ subjects }) => subjects[0]!.individual!.scope);
  assert.deepEqual(scopes.sort(), [
    "individual_animal_reid/a",
    "individual_animal_reid/a",
    "individual_animal_reid/b",
  ]);
});

test("createCsvSource() names what it cannot use, and goes on", async (t) => {
  const findings = await read(t, {
    ...documented,
    "columns.csv": "who,where\na,b\n",
    "rows.csv": "id,file\na,gone.jpg\nb,readme.txt\nc\n",
    "binary.csv": new Uint8Array([0, 255, 0, 13, 7]),
  });
  assert.equal(picturesOf(findings).length, 2);
  assert.deepEqual(skipsOf(findings).sort(), [
    "binary.csv: expected a column identity|individual_id|tiger_id|id, found none",
    "columns.csv: expected a column identity|individual_id|tiger_id|id, found none",
    "gone.jpg: not there (rows.csv:2)",
    'rows.csv:3: expected file to name a picture, got "readme.txt"',
    'rows.csv:4: expected file to name a picture, got ""',
  ]);
});
