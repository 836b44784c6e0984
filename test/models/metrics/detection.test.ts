import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Box } from "../../../device/detection.ts";
import { evaluateDetections, type JudgedPicture } from "../../../models/metrics/detection.ts";

type Case = {
  readonly pictures: number;
  readonly truth: readonly {
    image: number;
    class: string;
    xywh: readonly [number, number, number, number];
  }[];
  readonly found: readonly {
    image: number;
    class: string;
    xywh: readonly [number, number, number, number];
    score: number;
  }[];
  readonly ap50: number;
  readonly ap50to95: number;
};

const golden = JSON.parse(
  readFileSync(new URL("../../fixtures/metrics/golden.json", import.meta.url), "utf8"),
) as { detection: readonly Case[] };

const boxOf = ([x, y, w, h]: readonly [number, number, number, number]): Box => ({
  left: x,
  top: y,
  right: x + w,
  bottom: y + h,
});
const animal = (box: Box) => ({ className: "animal", box });
const left: Box = { left: 0, top: 0, right: 0.4, bottom: 1 };
const right: Box = { left: 0.6, top: 0, right: 1, bottom: 1 };

function picturesOf(each: Case): JudgedPicture[] {
  return Array.from({ length: each.pictures }, (_, index) => ({
    truth: each.truth
      .filter(({ image }) => image === index + 1)
      .map(({ class: className, xywh }) => ({ className, box: boxOf(xywh) })),
    found: each.found
      .filter(({ image }) => image === index + 1)
      .map(({ class: className, xywh, score }) => ({ className, box: boxOf(xywh), confidence: score })),
  }));
}

test("evaluateDetections() gives the average precisions of pycocotools", () => {
  for (const each of golden.detection) {
    const report = evaluateDetections(picturesOf(each), { score: 0.25 });
    assert.ok(Math.abs(report.ap50! - each.ap50) < 1e-9, `ap50 ${report.ap50}, expected ${each.ap50}`);
    assert.ok(Math.abs(report.ap50to95! - each.ap50to95) < 1e-9, `${report.ap50to95}, ${each.ap50to95}`);
  }
});

test("evaluateDetections() counts at the score asked, and a second box on one object is false", () => {
  const report = evaluateDetections(
    [
      {
        truth: [animal(left), animal(right)],
        found: [
          { ...animal(left), confidence: 0.9 },
          { ...animal(left), confidence: 0.8 },
          { ...animal(right), confidence: 0.1 },
        ],
      },
      { truth: [], found: [{ ...animal(left), confidence: 0.5 }] },
    ],
    { score: 0.25 },
  );
  assert.deepEqual(report.at, {
    score: 0.25,
    recall: 0.5,
    precision: 1 / 3,
    falseBoxesPerPicture: 1,
    meanIou: 1,
  });
});

test("evaluateDetections() neither rewards nor punishes a box on an ignored object", () => {
  const report = evaluateDetections(
    [
      {
        truth: [animal(left), { ...animal(right), ignored: true }],
        found: [
          { ...animal(right), confidence: 0.9 },
          { ...animal(left), confidence: 0.8 },
        ],
      },
    ],
    { score: 0.25 },
  );
  assert.equal(report.objects, 1);
  assert.equal(report.ap50, 1);
  assert.equal(report.at.falseBoxesPerPicture, 0);
});

test("evaluateDetections() has no figure where nothing is to be found", () => {
  const report = evaluateDetections([{ truth: [], found: [] }], { score: 0.25 });
  assert.equal(report.ap50, null);
  assert.equal(report.at.recall, null);
  assert.deepEqual(report.classes, {});
});
