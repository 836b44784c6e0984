// Cameras that are sent from pose to pose and stay where they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createStuckJudge } from "../../../agent/watch/stuck.ts";

const north = "f0f0f0f0f0f0f0f0";
const nearlyNorth = "f0f0f0f0f0f0f00f";
const east = "0123456789abcdef";

/** Verdicts on rounds of pictures, each of poses a, b, c…; "~" before a hash: a picture in fog. */
function watch(...rounds: readonly (readonly string[])[]): readonly boolean[] {
  const judge = createStuckJudge();
  return rounds.map(
    (round) =>
      round
        .map((hash, at) =>
          judge.look({
            pose: String.fromCharCode(97 + at),
            phash: hash.replace("~", ""),
            variance: hash.startsWith("~") ? 499 : 500,
          }),
        )
        .at(-1)!.stuck,
  );
}

test("look() calls a camera stuck whose poses all looked alike in two rounds", () => {
  const round = [north, nearlyNorth, north];
  assert.deepEqual(watch(round, round, round), [false, false, true]);
});

test("look() finds nothing wrong with a camera of which one pose differs", () => {
  const round = [north, north, east];
  assert.deepEqual(watch(round, round, round, round), [false, false, false, false]);
});

test("look() wants the two rounds in a row, and takes the verdict back as soon as two poses differ", () => {
  const alike = [north, north];
  const apart = [north, east];
  assert.deepEqual(watch(alike, apart, alike, alike, alike, apart), [
    false,
    false,
    false,
    false,
    true,
    false,
  ]);
});

test("look() does not judge in fog, neither for nor against", () => {
  const alike = [north, north];
  const fog = [`~${east}`, `~${east}`];
  assert.deepEqual(watch(alike, fog, alike, alike), [false, false, false, true]);
  assert.deepEqual(watch(fog, fog, fog, fog), [false, false, false, false]);
  const half = [north, `~${north}`];
  assert.deepEqual(watch(half, half, half, half), [false, false, false, false]);
});

test("look() says nothing of a camera with one pose", () => {
  assert.deepEqual(watch([north], [north], [north], [north]), [false, false, false, false]);
});
