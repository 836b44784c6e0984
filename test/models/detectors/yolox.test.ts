import assert from "node:assert/strict";
import { test } from "node:test";
import type { Candidate, Tensor } from "../../../models/detectors/decoder.ts";
import { yolox } from "../../../models/detectors/yolox.ts";
import { centreOf, side, testDetectorFamily, zeros } from "./contract.ts";

const classes = 3;
const columns = 5 + classes;
const cells: readonly (readonly [column: number, line: number, stride: number])[] = [8, 16, 32].flatMap(
  (stride) =>
    Array.from({ length: (side / stride) ** 2 }, (_, cell): [number, number, number] => [
      cell % (side / stride),
      Math.floor(cell / (side / stride)),
      stride,
    ]),
);

function writeRaw(candidates: readonly Candidate[]): Map<string, Tensor> {
  const table = zeros(1, cells.length, columns);
  for (const [index, one] of candidates.entries()) {
    const row = index * 37 + 11;
    const [column, line, stride] = cells[row]!;
    const [x, y, width, height] = centreOf(one);
    const box = [x / stride - column, y / stride - line, Math.log(width / stride), Math.log(height / stride)];
    table.data.set([...box, 1], row * columns);
    table.data[row * columns + 5 + one.classIndex] = one.score;
  }
  return new Map([["output", table]]);
}

/** As decode_in_inference writes them: every cell has pixels, also those that see nothing. */
function writeDecoded(candidates: readonly Candidate[]): Map<string, Tensor> {
  const table = zeros(1, cells.length, columns);
  for (const [row, [column, line, stride]] of cells.entries())
    table.data.set([(column + 0.4) * stride, (line + 0.6) * stride, stride, stride], row * columns);
  for (const [index, one] of candidates.entries()) {
    const at = (index * 37 + 11) * columns;
    table.data.set([...centreOf(one), one.score], at);
    table.data[at + 5 + one.classIndex] = 1;
  }
  return new Map([["output", table]]);
}

const wrong = {
  "on its side": new Map([["output", zeros(1, columns, cells.length)]]),
  "three rows a cell": new Map([["output", zeros(1, 3 * cells.length, columns)]]),
  "no class": new Map([["output", zeros(1, cells.length, 5)]]),
};

testDetectorFamily("yolox (raw)", { decoder: yolox, classes, write: writeRaw, wrong, tolerance: 1e-2 });
testDetectorFamily("yolox (decoded)", { decoder: yolox, classes, write: writeDecoded, wrong });

test("yolox.decode() tells raw numbers from pixels whatever the cells see", () => {
  const one = { left: 40, top: 50, right: 140, bottom: 130, score: 0.5, classIndex: 1 };
  const options = { width: side, height: side, score: 0.25 };
  const [raw] = yolox.decode(writeRaw([one]), options);
  const [decoded] = yolox.decode(writeDecoded([one]), options);
  for (const key of ["left", "top", "right", "bottom", "score", "classIndex"] as const)
    assert.ok(Math.abs(raw![key] - decoded![key]) < 1e-3, key);
});
