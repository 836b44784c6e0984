import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { guardJson } from "../../device/json-guard.ts";
import type { LabelDocument } from "../../device/label.ts";
import {
  LabelsFileError,
  onePerPicture,
  readLabelsFile,
  rewriteLabelsFile,
  writeLabelsFile,
} from "../../device/labels-file.ts";

const root = mkdtempSync(join(tmpdir(), "outrider-labels-"));
after(() => rmSync(root, { recursive: true }));

let files = 0;
function file(content: unknown): string {
  files += 1;
  const path = join(root, `in-${files}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const current: LabelDocument = {
  img_id: "20200204T15-23-08-574348",
  file_name: "20200204T15-23-08-574348.jpg",
  event: "session",
  dataset: [],
  label: { label_direction: 2, label_speed: 1, created_by: "auto", nb_of_direction: 5, nb_of_speed: 2 },
  label_fingerprint: "50b65c5a54c4fc04ba9859307755ddf8",
};
const legacy: LabelDocument = {
  ...current,
  img_id: "20200204T15-23-19-881268",
  label: { ...current.label, label_direction: 2, label_speed: 2, nb_of_speed: 2 },
  label_fingerprint: "e170fca7848a59a815d2288802cc2832",
};
// The seed of the flat shape.
const flat = {
  img_id: "1517255696",
  file_name: "0_0_1517255696.923487.jpg",
  s3_bucket: "my-s3-bucket",
  raw: "true",
  color: "rgb",
  timestamp: "2015-01-01T12:10:30Z",
  resolution: { horizontal: 512, vertical: 214 },
  label: { direction: 1, speed: 0, raw_direction: 260, raw_speed: 315 },
  transformation: [],
  upload_date: "",
  label_fingerprint: "c072a1b9a16b633d6b3004c3edab7553",
};

function problemsOf(path: string, options = {}): readonly string[] {
  try {
    readLabelsFile(path, options);
  } catch (error) {
    assert.ok(error instanceof LabelsFileError, String(error));
    assert.ok(error.message.includes(path));
    return error.problems;
  }
  return assert.fail("it was read");
}

test("readLabelsFile() reads a dictionary, a list and one bare label alike", () => {
  const dictionary = readLabelsFile(file({ [current.img_id]: current }));
  assert.deepEqual(dictionary.documents, [current]);
  assert.deepEqual([dictionary.shape, dictionary.notes], ["dictionary", []]);
  const list = readLabelsFile(file([current, { ...current, label_fingerprint: "other" }]));
  assert.equal(list.shape, "list");
  assert.equal(list.documents.length, 2);
  assert.deepEqual(readLabelsFile(file(current)).documents, [current]);
  assert.deepEqual(readLabelsFile(file({})).documents, []);
});

test("readLabelsFile() keeps fingerprints of both generations and foreign ones, and says so", () => {
  const foreign = { ...current, img_id: "f", label_fingerprint: "11111111111111111111111111111111" };
  // md5("20200204T15-23-19-8812682252"): no created_by.
  const read = readLabelsFile(file([current, legacy, foreign]));
  assert.deepEqual(
    read.documents.map((document) => document.label_fingerprint),
    [current.label_fingerprint, legacy.label_fingerprint, foreign.label_fingerprint],
  );
  assert.match(read.notes.join("\n"), /1 label\(s\) carry a fingerprint of the first generation.*881268/);
  assert.match(read.notes.join("\n"), /1 label\(s\) carry a fingerprint that none of our rules gives.*: f/);
});

test("readLabelsFile() brings the obsolete flat shape up to today's, losing nothing", () => {
  const { documents, notes } = readLabelsFile(
    file([{ ...flat, transformation: ["mirror"], comment: "sunny", extra: 7 }]),
  );
  const [document] = documents;
  assert.equal(document?.label_fingerprint, flat.label_fingerprint);
  assert.deepEqual(document?.label, { label_direction: 1, label_speed: 0, created_by: "auto" });
  assert.deepEqual(document?.raw_value, { raw_direction: 260, raw_speed: 315 });
  assert.deepEqual(document?.car_setting, {
    camera: { "resolution-horizontal": 512, "resolution-vertical": 214 },
  });
  assert.equal(document?.timestamp, "20150101T12-10-30-000000");
  assert.equal(document?.raw_picture, true);
  assert.equal(document?.comment, 'sunny; color: rgb; transformation: ["mirror"]');
  assert.equal(document?.extra, 7);
  assert.deepEqual(document?.dataset, []);
  assert.equal(document?.upload_date, null);
  assert.ok(!("raw" in document!) && !("color" in document!) && !("resolution" in document!));
  assert.match(notes.join("\n"), /flat shape/);
});

test("readLabelsFile() computes a fingerprint only where there is none", () => {
  const { label_fingerprint: _gone, dataset: _none, ...bare } = current;
  const { documents, notes } = readLabelsFile(file({ [bare.img_id]: bare }));
  assert.equal(documents[0]?.label_fingerprint, current.label_fingerprint);
  assert.equal(notes.length, 2);
});

test("readLabelsFile() lists every problem at once with the label's place", () => {
  const problems = problemsOf(
    file({
      one: { ...current, img_id: "other" },
      two: { ...current, img_id: "two", label: 3, file_name: "../../etc/passwd" },
      three: "text",
      four: { ...current, img_id: "four", to_delete: "yes", dataset: {}, event: 1 },
    }),
  );
  assert.deepEqual(problems, [
    'one.img_id: expected the name it stands under, "one", got "other"',
    "two.label: expected an object, got 3",
    'two.file_name: expected a name with no folder in it, got "../../etc/passwd"',
    'three: expected a label object, got "text"',
    'four.to_delete: expected true or false, got "yes"',
    "four.dataset: expected a list, got {}",
    "four.event: expected text, got 1",
  ]);
  assert.deepEqual(problemsOf(file([{ label: {} }])), [
    "[0].img_id: expected a name of 1–512 bytes with no slash, got nothing",
  ]);
  for (const img_id of ["", "..", "a/b", "a\\b", "a\u0000b", null, "x".repeat(513)])
    assert.match(problemsOf(file([{ ...current, img_id }])).join(), /img_id: expected a name/);
});

test("readLabelsFile() refuses what is no labels file", () => {
  assert.match(problemsOf(join(root, "none.json")).join(), /the file does not exist/);
  assert.match(problemsOf(file('{"a": {')).join(), /expected JSON/);
  assert.match(problemsOf(file("3")).join(), /expected an object from img_id to label, got 3/);
  assert.match(problemsOf(file(`${"[".repeat(100_000)}`)).join(), /nested at most 32 deep/);
  assert.match(problemsOf(file({ a: current }), { maxBytes: 20 }).join(), /expected at most 20 bytes/);
});

test("readLabelsFile() refuses a name that is there twice, for JSON would drop one of the two", () => {
  const label = JSON.stringify(current);
  assert.match(
    problemsOf(file(`{"${current.img_id}": ${label}, "${current.img_id}" : ${label}}`)).join(),
    /574348: expected each name once/,
  );
});

test("readLabelsFile() takes no name for more than a name", () => {
  const { documents } = readLabelsFile(
    file(`{"__proto__": ${JSON.stringify({ ...current, img_id: "__proto__" })}}`),
  );
  assert.equal(documents[0]?.img_id, "__proto__");
  assert.equal(({} as Record<string, unknown>).img_id, undefined);
});

test("onePerPicture() lets the last win and names both fingerprints", () => {
  const second = { ...current, label_fingerprint: "second" };
  const { documents, superseded } = onePerPicture([current, legacy, second]);
  assert.deepEqual([...documents.values()], [second, legacy]);
  assert.deepEqual(superseded, [
    { imgId: current.img_id, dropped: current.label_fingerprint, kept: "second" },
  ]);
});

test("writeLabelsFile() writes a dictionary with indent 4 and never replaces a file", () => {
  const directory = join(root, "out");
  const first = writeLabelsFile(directory, [current, legacy], 1_580_829_788_574_348);
  const second = writeLabelsFile(directory, [], 1_580_829_788_574_348);
  assert.deepEqual(readdirSync(directory).sort(), [
    "labels_20200204T15-23-08-574348.json",
    "labels_20200204T15-23-08-574349.json",
  ]);
  const expected = { [current.img_id]: current, [legacy.img_id]: legacy };
  assert.equal(readFileSync(first.path, "utf8"), `${JSON.stringify(expected, null, 4)}\n`);
  assert.equal(readFileSync(second.path, "utf8"), "{}\n");
});

test("rewriteLabelsFile() keeps several labels of a picture in a list", () => {
  const path = file([current, { ...current, label_fingerprint: "second" }]);
  const { shape, documents } = readLabelsFile(path);
  rewriteLabelsFile(path, shape, documents);
  assert.deepEqual(readLabelsFile(path).documents, documents);
  assert.equal(readFileSync(path, "utf8"), `${JSON.stringify(documents, null, 4)}\n`);
});

test("rewriteLabelsFile() leaves the old file and nothing else when writing fails", () => {
  const path = file({ [current.img_id]: current });
  const before = readFileSync(path, "utf8");
  const broken = { ...current, toJSON: () => assert.fail("disk full") } as unknown as LabelDocument;
  assert.throws(() => rewriteLabelsFile(path, "dictionary", [legacy, broken]), /disk full/);
  assert.equal(readFileSync(path, "utf8"), before);
  assert.deepEqual(
    readdirSync(root).filter((name) => name.endsWith(".part")),
    [],
  );
});

test("guardJson() finds exactly the repeated names of the outermost object, whatever the strings hold", () => {
  const name = fc.string({ maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.jsonValue({ maxDepth: 3 })), { maxLength: 8 }), (entries) => {
      const text = `{${entries.map(([key, value]) => `${JSON.stringify(key)} : ${JSON.stringify(value)}`).join(",")}}`;
      const counts = new Map<string, number>();
      for (const [key] of entries) counts.set(key, (counts.get(key) ?? 0) + 1);
      const repeated = [...counts].filter(([, count]) => count > 1).map(([key]) => key);
      assert.deepEqual([...guardJson(text, 32).repeatedNames].sort(), repeated.sort());
    }),
  );
});

test("guardJson() ends on any text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        guardJson(text, 32);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});

test("readLabelsFile() reads any JSON or names its problems, and throws nothing else", () => {
  const path = join(root, "any.json");
  const oddLabel = fc.record(
    {
      img_id: fc.oneof(fc.string(), fc.constant(current.img_id), fc.jsonValue()),
      label: fc.oneof(fc.jsonValue(), fc.record({ direction: fc.jsonValue(), speed: fc.jsonValue() })),
      dataset: fc.jsonValue(),
      timestamp: fc.jsonValue(),
      resolution: fc.jsonValue(),
      to_delete: fc.jsonValue(),
      label_fingerprint: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.array(oddLabel, { maxLength: 4 }),
    fc.dictionary(fc.string(), oddLabel, { maxKeys: 4 }),
  );
  fc.assert(
    fc.property(anything, (json) => {
      writeFileSync(path, JSON.stringify(json));
      try {
        const { documents, shape } = readLabelsFile(path);
        // What was read once is read the same again.
        rewriteLabelsFile(path, shape === "list" ? "list" : "dictionary", documents);
        assert.deepEqual(readLabelsFile(path).documents, documents);
      } catch (error) {
        assert.ok(error instanceof LabelsFileError, String(error));
      }
    }),
    { numRuns: 50 },
  );
});
