import assert from "node:assert/strict";
import { test } from "node:test";
import { createNightJudge, isNightPicture } from "../../../agent/watch/night.ts";
import type { Picture } from "../../../models/vision.ts";

function picture(pixel: (at: number) => readonly [number, number, number]): Picture {
  const [width, height] = [64, 48];
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at += 1) pixels.set(pixel(at), at * 3);
  return { width, height, pixels };
}
const day = picture((at) => [90 + (at % 40), 110, 70]);
const infrared = picture((at) => [80 + (at % 60), 81 + (at % 60), 79 + (at % 60)]);
const s = (n: number): number => n * 1e9;

test("isNightPicture() knows infrared by its want of colour, also under a coloured clock, and the dark", () => {
  assert.equal(isNightPicture(day), false);
  assert.equal(isNightPicture(infrared), true);
  assert.equal(isNightPicture(picture((at) => (at < 30 ? [255, 60, 0] : [80, 80, 80]))), true);
  assert.equal(isNightPicture(picture(() => [12, 6, 3])), true);
});

test("at() changes its mind only when several fresh pictures agree", () => {
  const judge = createNightJudge();
  assert.equal(judge.at(s(0)), "unknown");
  for (const n of [1, 2, 3]) judge.look(day, s(n));
  assert.equal(judge.at(s(3)), "day");
  judge.look(infrared, s(4));
  judge.look(infrared, s(5));
  assert.equal(judge.at(s(5)), "day");
  judge.look(infrared, s(6));
  assert.equal(judge.at(s(6)), "night");
});

test("at() believes no stale picture: the same one again does not count, and an old decision is none", () => {
  const judge = createNightJudge();
  for (let n = 0; n < 5; n += 1) judge.look(infrared, s(1));
  assert.equal(judge.at(s(1)), "unknown");
  for (const n of [2, 3]) judge.look(infrared, s(n));
  assert.equal(judge.at(s(4)), "night");
  assert.equal(judge.at(s(3 + 121)), "unknown");
});
