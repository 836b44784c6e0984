import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { parseBoxes } from "../../../agent/import/parse-boxes.ts";

const fixtures = new URL("../../fixtures/pyronear/", import.meta.url);
const edgesOf = (text: unknown) => parseBoxes(text).boxes.map(({ xyxyn }) => xyxyn);

test("parseBoxes() reads what the real platform answered, without a problem", () => {
  const texts = readFileSync(new URL("platform-cases.jsonl", fixtures), "utf8")
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => {
      const { body } = JSON.parse(line).response;
      return [body].flat().flatMap((row) => [row?.bbox, row?.others_bboxes].filter((text) => text != null));
    });
  assert.ok(texts.length >= 10, `${texts.length} texts`);
  for (const text of texts) assert.deepEqual(parseBoxes(text).problems, [], text);
  assert.ok(texts.some((text) => parseBoxes(text).boxes.length > 0));
});

test("parseBoxes() keeps order, confidence and the class that is always smoke", () => {
  assert.deepEqual(parseBoxes("[(0.1,0.2,0.3,0.4,0.5),(0,0,1,1,0)]").boxes, [
    { xyxyn: [0.1, 0.2, 0.3, 0.4], confidence: 0.5, class_name: "smoke" },
    { xyxyn: [0, 0, 1, 1], confidence: 0, class_name: "smoke" },
  ]);
});

test("parseBoxes() knows no boxes: an empty list, null, nothing", () => {
  for (const text of ["[]", " [ ] ", null, undefined, ""])
    assert.deepEqual(parseBoxes(text), { boxes: [], problems: [] });
});

test("parseBoxes() takes spaces, lists for tuples, .5 and 1.0", () => {
  assert.deepEqual(edgesOf("[ (.1, 0.2, 1.0, 0.4, 0.5), ]"), [[0.1, 0.2, 1, 0.4]]);
  assert.deepEqual(edgesOf("[[0.1,0.2,0.3,0.4,5e-1]]"), [[0.1, 0.2, 0.3, 0.4]]);
});

test("parseBoxes() leaves out the box that cannot be used, with rule and value, and keeps its neighbours", () => {
  const bad = [
    "0,0,0,0,0",
    "0.1,0.1,0.1,0.8,0.5",
    "0.3,0.1,0.2,0.8,0.5",
    "0.1,0.1,1.2,0.8,0.5",
    "-0.1,0,1,1,0.5",
  ];
  for (const numbers of [
    ...bad,
    "0.1,0.1,0.8,0.8",
    "0.1,0.1,0.8,0.8,nan",
    "0.1,0.1,0.8,0.8,2",
    "a,b,c,d,e",
    "",
  ]) {
    const { boxes, problems } = parseBoxes(`[(0.1,0.1,0.2,0.2,0.5),(${numbers}),(0.3,0.3,0.4,0.4,0.5)]`);
    assert.equal(boxes.length, 2, numbers);
    assert.equal(problems.length, 1, numbers);
    assert.match(problems[0]!, /^expected .*, got /, numbers);
  }
});

test("parseBoxes() tells of a text that is no list, and never runs it", () => {
  for (const text of [
    "(0,0,1,1,1)",
    "[(0,0,1,1,1)",
    "[(0,0,1,1,1)] or 1",
    "[x(0,0,1,1,1)]",
    "process.exit(7)",
    5,
    {},
    [[1]],
  ]) {
    const { boxes, problems } = parseBoxes(text);
    assert.deepEqual(boxes, [], String(text));
    assert.match(problems[0]!, /^expected boxes as \[\(x1,y1,x2,y2,conf\),…\], got /);
  }
});

test("parseBoxes() gives only boxes that the annotation API takes, whatever it is given", () => {
  const number = fc.oneof(
    fc.double({ min: -0.5, max: 1.5, noNaN: true }),
    fc.constantFrom("nan", "", "0", "1", "1e999"),
  );
  const tuple = fc.array(number, { minLength: 0, maxLength: 7 }).map((all) => `(${all.join(",")})`);
  const text = fc.oneof(
    fc.array(tuple, { maxLength: 6 }).map((all) => `[${all.join(",")}]`),
    fc.string(),
    fc.anything(),
  );
  fc.assert(
    fc.property(text, (given) => {
      for (const { xyxyn, confidence } of parseBoxes(given).boxes) {
        assert.ok([...xyxyn, confidence].every((value) => value >= 0 && value <= 1));
        assert.ok(xyxyn[0] < xyxyn[2] && xyxyn[1] < xyxyn[3]);
      }
    }),
  );
});

test("parseBoxes() accounts for every tuple: a box or a problem", () => {
  const edge = fc.integer({ min: 0, max: 1000 }).map((value) => String(value / 1000));
  fc.assert(
    fc.property(fc.array(fc.tuple(edge, edge, edge, edge, edge), { maxLength: 8 }), (tuples) => {
      const { boxes, problems } = parseBoxes(`[${tuples.map((all) => `(${all.join(",")})`).join(",")}]`);
      assert.equal(boxes.length + problems.length, tuples.length);
    }),
  );
});
