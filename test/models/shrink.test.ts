import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { shrinkRegion } from "../../models/shrink.ts";
import { fixtureFolder } from "../fakes/fixture-models.ts";

type Case = {
  readonly width: number;
  readonly height: number;
  readonly pixels: readonly number[];
  readonly toWidth: number;
  readonly toHeight: number;
  readonly shrunken: readonly number[];
};

const cases = JSON.parse(readFileSync(join(fixtureFolder, "shrink.json"), "utf8")) as readonly Case[];

test("shrinkRegion() gives what INTER_AREA gives, up to the rounding of its last bit", () => {
  for (const { width, height, pixels, toWidth, toHeight, shrunken } of cases) {
    const picture = { width, height, pixels: Uint8Array.from(pixels) };
    const small = shrinkRegion(
      picture,
      { left: 0, top: 0, width, height },
      { width: toWidth, height: toHeight },
    );
    assert.deepEqual([small.width, small.height], [toWidth, toHeight]);
    const off = small.pixels.map((value, at) => Math.abs(value - shrunken[at]!));
    assert.ok(Math.max(...off) <= 1, `${width}x${height}: ${Math.max(...off)}`);
  }
});

test("shrinkRegion() takes its region only, and never enlarges", () => {
  const pixels = Uint8Array.from({ length: 10 * 10 * 3 }, (_, at) =>
    Math.floor(at / 3) % 10 < 5 ? 10 : 200,
  );
  const picture = { width: 10, height: 10, pixels };
  const right = shrinkRegion(picture, { left: 5, top: 2, width: 5, height: 6 }, { width: 2, height: 20 });
  assert.deepEqual([right.width, right.height], [2, 6]);
  assert.ok(right.pixels.every((value) => value === 200));
});
