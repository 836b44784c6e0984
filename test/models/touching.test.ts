import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { yolov8 } from "../../models/detectors/yolov8.ts";
import { placePicture, toPicture } from "../../models/letterbox.ts";
import { doTouch, dropMasked, dropWide, keepStrongest, type ScoredBox } from "../../models/touching.ts";

type Row = readonly [number, number, number, number, number];
const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/predictor-vectors.json"), "utf8"),
);
const boxOf = ([left, top, right, bottom, confidence]: Row): ScoredBox => ({
  box: { left, top, right, bottom },
  confidence,
});
const rowOf = ({ box, confidence }: ScoredBox): Row => [box.left, box.top, box.right, box.bottom, confidence];

test("keepStrongest() keeps what the edge engine keeps, weakest first", () => {
  for (const { boxes, kept_ascending_conf } of vectors.nms)
    assert.deepEqual(keepStrongest(boxes.map(boxOf)).map(rowOf), kept_ascending_conf);
});

test("keepStrongest() and toPicture() give the edge engine's boxes of its model's raw numbers, strongest first", () => {
  // The pictures that leave such bars in a square input.
  const pictures = new Map([
    ["0,0", { width: 1024, height: 1024 }],
    ["0,224", { width: 1280, height: 720 }],
    ["0,128", { width: 640, height: 480 }],
  ]);
  for (const { raw_5xN: raw, pad_left_top, conf, imgsz, out } of vectors.post_process) {
    const picture = pictures.get(String(pad_left_top))!;
    const placement = placePicture(picture, { width: imgsz, height: imgsz, resize: "letterbox" });
    const cells = 21_504;
    const data = new Float32Array(5 * cells);
    for (const [row, values] of raw.entries()) data.set(values, row * cells);
    const outputs = new Map([["output0", { dims: [1, 5, cells], data }]]);
    const found = yolov8.decode(outputs, { width: imgsz, height: imgsz, score: conf });
    const kept = keepStrongest(found.map((box) => ({ box, confidence: box.score }))).toReversed();
    assert.equal(kept.length, out.length);
    for (const [index, { box, confidence }] of kept.entries()) {
      const { left, top, right, bottom } = toPicture(box, placement);
      const { width, height } = picture;
      const row = [left / width, top / height, right / width, bottom / height, confidence];
      for (const [column, value] of row.entries())
        assert.ok(Math.abs(value - out[index][column]) < 1e-6, `${value} is not ${out[index][column]}`);
    }
  }
});

test("keepStrongest() leaves no two that touch, and drops none that touches nothing", () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const scored = fc
    .tuple(unit, unit, unit, unit, unit)
    .map(([x, y, width, height, confidence]) => boxOf([x, y, x + width, y + height, confidence]));
  fc.assert(
    fc.property(fc.array(scored, { maxLength: 20 }), (boxes) => {
      const kept = keepStrongest(boxes);
      for (const one of kept) assert.ok(kept.every((other) => other === one || !doTouch(one.box, other.box)));
      for (const one of boxes)
        if (boxes.every((other) => other === one || !doTouch(one.box, other.box)))
          assert.ok(kept.includes(one));
      assert.equal(kept.length > 0, boxes.length > 0);
    }),
  );
});

test("dropMasked() drops a box that shares more than a tenth with a mask", () => {
  const found = boxOf([0, 0, 0.2, 0.2, 0.9]);
  const less = { left: 0.17, top: 0, right: 0.37, bottom: 0.2 };
  const more = { left: 0.16, top: 0, right: 0.36, bottom: 0.2 };
  assert.deepEqual(dropMasked([found], []), [found]);
  assert.deepEqual(dropMasked([found], [less]), [found]);
  assert.deepEqual(dropMasked([found], [less, more]), []);
});

test("dropWide() drops a box as wide as the limit or wider; 1 is no limit", () => {
  const boxes = [boxOf([0, 0, 0.25, 1, 0.5]), boxOf([0.5, 0, 1, 1, 0.5])];
  assert.deepEqual(dropWide(boxes, 0.5), boxes.slice(0, 1));
  assert.deepEqual(dropWide([boxOf([0, 0, 1, 1, 0.5])], 1).length, 1);
});
