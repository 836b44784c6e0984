import assert from "node:assert/strict";
import { test } from "node:test";
import type { Candidate } from "../../../models/detectors/decoder.ts";
import { ssd } from "../../../models/detectors/ssd.ts";
import { type Outputs, side, testDetectorFamily, zeros } from "./contract.ts";

const rows = 100;

function write(candidates: readonly Candidate[], suffix = ":0"): Outputs {
  const boxes = zeros(1, rows, 4);
  const scores = zeros(1, rows);
  const classes = zeros(1, rows);
  for (const [index, { left, top, right, bottom, score, classIndex }] of candidates.entries()) {
    boxes.data.set(
      [top, left, bottom, right].map((edge) => edge / side),
      index * 4,
    );
    scores.data[index] = score;
    classes.data[index] = classIndex + 1;
  }
  return new Map([
    [`detection_boxes${suffix}`, boxes],
    [`detection_scores${suffix}`, scores],
    [`detection_classes${suffix}`, classes],
    [`num_detections${suffix}`, { dims: [1], data: Float32Array.of(candidates.length) }],
  ]);
}

const without = (name: string): Outputs => new Map([...write([])].filter(([key]) => !key.startsWith(name)));

testDetectorFamily("ssd", {
  decoder: ssd,
  classes: 90,
  write,
  wrong: {
    "no boxes": without("detection_boxes"),
    "no count": without("num_detections"),
    "boxes on their side": new Map([...write([]), ["detection_boxes:0", zeros(1, 4, rows)]]),
    "fewer scores": new Map([...write([]), ["detection_scores:0", zeros(1, rows - 1)]]),
  },
});

test("ssd.decode() knows its outputs with and without the graph's suffix, and reads no further than the count", () => {
  const one = { left: 40, top: 50, right: 140, bottom: 130, score: 0.5, classIndex: 89 };
  const options = { width: side, height: side, score: 0.25 };
  const plain = new Map([...write([one, one], "")]);
  assert.equal(ssd.decode(plain, options).length, 2);
  plain.set("num_detections", { dims: [1], data: Float32Array.of(1) });
  assert.equal(ssd.decode(plain, options).length, 1);
});
