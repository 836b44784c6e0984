import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { placePicture, toPicture } from "../../models/letterbox.ts";

const fixture = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures", name), "utf8"));
const modes = ["letterbox", "letterbox-top-left", "stretch", "crop-top"] as const;
const side = fc.integer({ min: 1, max: 5000 });

test("placePicture() has the bars of the edge engine", () => {
  for (const { h, w, imgsz, pad_left_top } of fixture("predictor-vectors.json").letterbox) {
    const { left, top } = placePicture(
      { width: w, height: h },
      { width: imgsz, height: imgsz, resize: "letterbox" },
    );
    assert.deepEqual([left, top], pad_left_top);
  }
});

test("placePicture() rounds a half to the even pixel, and puts an odd one below or to the right", () => {
  // 5 * 0.5 = 2.5 rounds to 2, 7 * 0.5 = 3.5 to 4.
  const two = placePicture({ width: 20, height: 5 }, { width: 10, height: 10, resize: "letterbox" });
  const four = placePicture({ width: 20, height: 7 }, { width: 10, height: 10, resize: "letterbox" });
  assert.deepEqual([two.scaled.height, two.top], [2, 4]);
  assert.deepEqual([four.scaled.height, four.top], [4, 3]);
  const odd = placePicture({ width: 7, height: 10 }, { width: 10, height: 10, resize: "letterbox" });
  assert.deepEqual([odd.scaled.width, odd.left], [7, 1]);
});

test("placePicture() cuts sizes at the top left, and drops upper rows when told to", () => {
  const cut = placePicture(
    { width: 650, height: 417 },
    { width: 416, height: 416, resize: "letterbox-top-left" },
  );
  assert.deepEqual([cut.scaled, cut.left, cut.top], [{ width: 416, height: 266 }, 0, 0]);
  const cropped = placePicture({ width: 640, height: 480 }, { width: 160, height: 96, resize: "crop-top" });
  assert.deepEqual([cropped.scaled, cropped.top], [{ width: 160, height: 120 }, -24]);
});

test("placePicture() keeps a pixel of a picture that is very long", () => {
  const { scaled } = placePicture(
    { width: 5000, height: 1 },
    { width: 320, height: 320, resize: "letterbox" },
  );
  assert.deepEqual(scaled, { width: 320, height: 1 });
});

test("toPicture() takes the edges of the reference back with unrounded bars, and cuts them off at the border", () => {
  for (const { picture, input, resize, edges, scaled } of fixture("letterbox.json").cases) {
    if (edges === undefined) continue;
    const placement = placePicture(
      { width: picture[0], height: picture[1] },
      { width: input[0], height: input[1], resize },
    );
    const [left, top, right, bottom] = edges;
    const back = toPicture({ left, top, right, bottom }, placement);
    for (const [index, edge] of (["left", "top", "right", "bottom"] as const).entries())
      assert.ok(
        Math.abs(back[edge] - scaled[index]) < 1e-9,
        `${edge}: ${back[edge]} is not ${scaled[index]}`,
      );
  }
});

test("toPicture() finds the picture's own corners within a pixel of the input, for every size and mode", () => {
  fc.assert(
    fc.property(side, side, fc.constantFrom(...modes), (width, height, resize) => {
      const placement = placePicture({ width, height }, { width: 320, height: 256, resize });
      const whole = toPicture(
        {
          left: placement.left,
          top: placement.top,
          right: placement.left + placement.scaled.width,
          bottom: placement.top + placement.scaled.height,
        },
        placement,
      );
      const near = (a: number, b: number, gain: number) => Math.abs(a - b) * gain <= 1.0001;
      assert.ok(near(whole.left, 0, placement.gain.x) && near(whole.top, 0, placement.gain.y));
      assert.ok(near(whole.right, width, placement.gain.x) && near(whole.bottom, height, placement.gain.y));
    }),
  );
});
