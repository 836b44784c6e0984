import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  defaultStickMapping,
  evenTicks,
  hasInvertedSpeed,
  labelOfStick,
  nearestIndex,
} from "../../../agent/record/stick-label.ts";

// Every position of the pad with raw and normalised value, computed by CPython 3.11.
const python = JSON.parse(
  readFileSync(new URL("../../fixtures/python-sticks.json", import.meta.url), "utf8"),
) as Record<"steering" | "throttle", [number, number, number][]>;

const label = (steering: number, throttle: number, mapping = defaultStickMapping) =>
  labelOfStick({ steering, throttle }, mapping);

test("labelOfStick() computes raw and normalised values as Python does, at every position", () => {
  for (const [steering, raw, normalized] of python.steering) {
    const { rawValue } = label(steering, 0.5);
    assert.deepEqual(
      [rawValue.raw_direction, rawValue.normalized_direction],
      [raw, normalized],
      `${steering}`,
    );
  }
  for (const [throttle, raw, normalized] of python.throttle) {
    const { rawValue } = label(0, throttle);
    assert.deepEqual([rawValue.raw_speed, rawValue.normalized_speed], [raw, normalized], `${throttle}`);
  }
});

test("labelOfStick() gives the five directions of the table", () => {
  const expected: [number, number][] = [
    [-1, 0],
    [-0.2, 0],
    [-0.15, 1],
    [-0.05, 2],
    [0, 2],
    [0.05, 2],
    [0.06, 3],
    [0.17, 3],
    [0.2, 4],
    [1, 4],
  ];
  for (const [steering, direction] of expected)
    assert.equal(label(steering, 1).direction, direction, `steering ${steering}`);
});

test("nearestIndex() has the thresholds of the table", () => {
  const ticks = defaultStickMapping.directionTicks;
  const edges: [number, number][] = [
    [1, 0],
    [270, 0],
    [271, 1],
    [308, 1],
    [309, 2],
    [345, 2],
    [346, 3],
    [382, 3],
    [383, 4],
    [651, 4],
  ];
  for (const [raw, index] of edges) assert.equal(nearestIndex(raw, ticks), index, `raw ${raw}`);
});

test("labelOfStick() calls the car stopped up to a trigger of 0.03", () => {
  for (const throttle of [0, 0.01, 0.03]) assert.equal(label(0, throttle).speed, -1, `throttle ${throttle}`);
  assert.notEqual(label(0, 0.04).speed, -1);
});

test("labelOfStick() gives the nearest speed: 0 is slow, 1 is fast from a trigger of 0.57", () => {
  assert.equal(label(0, 0.1).speed, 0);
  assert.equal(label(0, 0.56).rawValue.raw_speed, 314);
  assert.equal(label(0, 0.56).speed, 0);
  assert.equal(label(0, 0.57).speed, 1);
  assert.equal(label(0, 1).speed, 1);
});

test("nearestIndex() takes lists in any order, and of two equally near the smaller index", () => {
  assert.equal(nearestIndex(12, [30, 10, 20]), 1);
  assert.equal(nearestIndex(15, [30, 10, 20]), 1);
  assert.equal(nearestIndex(15, [30, 20, 10]), 1);
  assert.throws(() => nearestIndex(1, []), /at least one value/);
});

test("labelOfStick() clamps what is out of range and takes what is no number for rest", () => {
  assert.equal(label(-7, 1).rawValue.raw_direction, 1);
  assert.equal(label(7, 7).rawValue.raw_speed, 307);
  assert.equal(label(Number.NaN, Number.NaN).speed, -1);
  assert.equal(label(Number.NaN, 1).rawValue.raw_direction, 326);
});

test("labelOfStick() serves a car whose bigger ticks are faster", () => {
  const mapping = {
    constant: { max_speed: 400, stop_speed: 300, max_direction_l: 200, max_direction_r: 400 },
    directionTicks: evenTicks(200, 400, 7),
    speedTicks: evenTicks(320, 400, 3),
  };
  assert.equal(label(0, 0, mapping).speed, -1);
  assert.equal(label(0, 1, mapping).speed, 2);
  assert.equal(label(-1, 1, mapping).direction, 0);
  assert.equal(label(1, 1, mapping).direction, 6);
  assert.equal(label(0, 1, mapping).direction, 3);
});

test("evenTicks() spreads any number of classes and refuses none", () => {
  assert.deepEqual(evenTicks(250, 400, 4), [250, 300, 350, 400]);
  assert.deepEqual(evenTicks(250, 400, 1), [325]);
  assert.throws(() => evenTicks(250, 400, 0), /1–127 classes/);
});

test("hasInvertedSpeed() recognises the exchanged classes of the existing recorder", () => {
  const ticks = defaultStickMapping.speedTicks;
  assert.equal(hasInvertedSpeed(307, 0, ticks), true);
  assert.equal(hasInvertedSpeed(320, 1, ticks), true);
  assert.equal(hasInvertedSpeed(307, 1, ticks), false);
  assert.equal(hasInvertedSpeed(307, -1, ticks), false);
  assert.equal(hasInvertedSpeed(307, "0", ticks), false);
});
