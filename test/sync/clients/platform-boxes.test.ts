import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatBoxes,
  type PlatformBox,
  parseMask,
  problemsOfBoxes,
  strongestBoxes,
} from "../../../sync/clients/platform-boxes.ts";

/** The pattern of the service's own document. */
const document = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../fixtures/pyronear/platform-openapi.json"), "utf8"),
);
const { pattern, maxLength } =
  document.components.schemas.Body_create_detection_api_v1_detections__post.properties.bboxes;

const box = (left: number, top: number, right: number, bottom: number, confidence = 0.5): PlatformBox => ({
  xyxyn: [left, top, right, bottom],
  confidence,
});

test("formatBoxes() writes what the recorded cases write", () => {
  assert.equal(formatBoxes([]), "[]");
  assert.equal(formatBoxes([box(0, 0, 1, 1, 1)]), "[(0,0,1,1,1)]");
  assert.equal(
    formatBoxes([box(0.1, 0.1, 0.8, 0.8), box(0.12345, 0.6, 0.7, 0.7004, 0)]),
    "[(0.100,0.100,0.800,0.800,0.500),(0.123,0.600,0.700,0.700,0)]",
  );
  assert.equal(formatBoxes([box(0.0004, 0.0004, 0.9996, 0.9999, 0.9996)]), "[(0,0,1,1,1)]");
});

test("formatBoxes() widens a box that the last decimal makes thin, to the inside of the picture", () => {
  assert.equal(formatBoxes([box(0.5001, 0.2, 0.5003, 0.3)]), "[(0.500,0.200,0.501,0.300,0.500)]");
  assert.equal(formatBoxes([box(0, 0.99991, 0.00001, 0.99993)]), "[(0,0.999,0.001,1,0.500)]");
});

test("formatBoxes() refuses what is no box, and a sixth one", () => {
  for (const wrong of [
    box(0.2, 0.1, 0.1, 0.3),
    box(0, 0, 0, 0),
    box(0, 0, 1.1, 1),
    box(0, 0, 1, 1, 1.1),
    box(0, 0, 1, Number.NaN),
  ]) {
    assert.throws(() => formatBoxes([wrong]), RangeError);
    assert.equal(problemsOfBoxes([box(0, 0, 1, 1), wrong])[0]?.startsWith("boxes[1]"), true);
  }
  assert.throws(() => formatBoxes(Array(6).fill(box(0, 0, 1, 1))), /expected at most 5 boxes, got 6/);
});

test("strongestBoxes() are five, strongest first, those that are alike in their order", () => {
  const boxes = [0.1, 0.9, 0.5, 0.5, 0, 0.7, 0.3].map((confidence, at) => ({
    ...box(0, 0, 1, 1, confidence),
    at,
  }));
  assert.deepEqual(
    strongestBoxes(boxes).map(({ at }) => at),
    [1, 5, 2, 3, 6],
  );
});

test("formatBoxes() always keeps the service's pattern, has area and is near the box", () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const boxes = fc.array(
    fc.tuple(unit, unit, unit, unit, unit).filter(([a, b, c, d]) => a !== c && b !== d),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(boxes, (edges) => {
      const given = edges.map(([a, b, c, d, confidence]) =>
        box(Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d), confidence),
      );
      const text = formatBoxes(given);
      assert.match(text, new RegExp(pattern));
      assert.ok(text.length <= maxLength);
      const read = JSON.parse(text.replaceAll("(", "[").replaceAll(")", "]")) as number[][];
      assert.equal(read.length, given.length);
      for (const [at, numbers] of read.entries()) {
        const [left, top, right, bottom] = numbers as [number, number, number, number];
        assert.ok(left < right && top < bottom, text);
        for (const [side, edge] of given[at]!.xyxyn.entries())
          assert.ok(Math.abs(edge - numbers[side]!) <= 0.0015);
      }
    }),
    { numRuns: 500 },
  );
});

test("parseMask() reads a mask and nothing else", () => {
  assert.deepEqual(parseMask("(0.1,0.2,0.3,0.4)"), [0.1, 0.2, 0.3, 0.4]);
  assert.deepEqual(parseMask(" (0, 0, 1, 1) "), [0, 0, 1, 1]);
  for (const text of [
    "",
    "()",
    "(0.1,0.2,0.3)",
    "(0.1,0.2,0.3,)",
    "(0.3,0.2,0.1,0.4)",
    "(a,b,c,d)",
    "0.1,0.2,0.3,0.4",
  ])
    assert.equal(parseMask(text), null, text);
});
