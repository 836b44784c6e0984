import assert from "node:assert/strict";
import { test } from "node:test";
import type { Candidate, Tensor } from "../../../models/detectors/decoder.ts";
import { detr } from "../../../models/detectors/detr.ts";
import { type Outputs, side, testDetectorFamily, zeros } from "./contract.ts";

const queries = 300;

function write(candidates: readonly Candidate[]): Outputs {
  const boxes = zeros(1, queries, 4);
  const scores = zeros(1, queries);
  const labels = new BigInt64Array(queries);
  for (const [index, { left, top, right, bottom, score, classIndex }] of candidates.entries()) {
    boxes.data.set([left, top, right, bottom], index * 4);
    scores.data[index] = score;
    labels[index] = BigInt(classIndex);
  }
  return new Map<string, Tensor>([
    ["labels", { dims: [1, queries], data: labels }],
    ["boxes", boxes],
    ["scores", scores],
  ]);
}

testDetectorFamily("detr", {
  decoder: detr,
  classes: 80,
  write,
  wrong: {
    "no labels": new Map([...write([])].slice(1)),
    "boxes on their side": new Map([...write([]), ["boxes", zeros(1, 4, queries)]]),
    "fewer labels": new Map([...write([]), ["labels", { dims: [1, 299], data: new BigInt64Array(299) }]]),
    "scores of every class": new Map([...write([]), ["scores", zeros(1, queries, 80)]]),
  },
});

test("detr.decode() takes outputs without the picture's dimension, and one query with two classes", () => {
  const one = { left: 40, top: 50, right: 140, bottom: 130, score: 0.5, classIndex: 3 };
  const flat = new Map<string, Tensor>(
    [...write([one, { ...one, classIndex: 7 }])].map(([name, { dims, data }]) => [
      name,
      { dims: dims.slice(1), data },
    ]),
  );
  const found = detr.decode(flat, { width: side, height: side, score: 0.25 });
  assert.deepEqual(
    found.map(({ classIndex }) => classIndex),
    [3, 7],
  );
});

test("detr.extraInputs() gives the size as width, height", () => {
  assert.deepEqual(detr.extraInputs?.({ width: 640, height: 320, score: 0.25 }), {
    orig_target_sizes: { dims: [1, 2], data: BigInt64Array.of(640n, 320n) },
  });
});
