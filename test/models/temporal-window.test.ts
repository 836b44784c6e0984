import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { createTemporalWindow, type WindowOptions } from "../../models/temporal-window.ts";
import type { ScoredBox } from "../../models/touching.ts";

type Row = readonly [number, number, number, number, number];
type Vector = {
  readonly nb_consecutive_frames: number;
  readonly conf_thresh: number;
  readonly steps: readonly {
    readonly preds: readonly Row[];
    readonly conf: number;
    readonly ongoing: boolean;
    readonly output: readonly Row[];
  }[];
};

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/predictor-vectors.json"), "utf8"),
).sliding_window;

const options: WindowOptions = { frames: 4, score: 0.15, hysteresis: 0.8, maxBoxWidth: 0.4 };

const boxOf = ([left, top, right, bottom, confidence]: Row): ScoredBox => ({
  box: { left, top, right, bottom },
  confidence,
});
const rowOf = ({ box, confidence }: ScoredBox): Row => [box.left, box.top, box.right, box.bottom, confidence];
const here = (confidence: number): ScoredBox => boxOf([0.4, 0.4, 0.5, 0.5, confidence]);
const elsewhere = (confidence: number): ScoredBox => boxOf([0.7, 0.1, 0.75, 0.15, confidence]);

test("createTemporalWindow() gives the edge engine's score, state and boxes at every step of its vectors", () => {
  for (const { nb_consecutive_frames: frames, conf_thresh: score, steps } of vectors) {
    const window = createTemporalWindow<number>({ frames, score, hysteresis: 0.8, maxBoxWidth: 0.4 });
    for (const [index, step] of steps.entries()) {
      const found = window.push(step.preds.map(boxOf), index);
      assert.equal(found.score, step.conf, `score at step ${index}`);
      assert.equal(found.ongoing, step.ongoing, `state at step ${index}`);
      assert.deepEqual(found.boxes.map(rowOf), step.output, `boxes at step ${index}`);
    }
  }
  assert.equal(vectors.length, 4);
});

test("createTemporalWindow() hands out the lead-up once, oldest first, when something is confirmed", () => {
  const window = createTemporalWindow<string>(options);
  assert.deepEqual(window.push([], "a").staged, []);
  assert.deepEqual(window.push([here(0.5)], "b").staged, []);
  const confirmed = window.push([here(0.6)], "c");
  assert.deepEqual(
    confirmed.staged.map(({ frame, leadUp }) => [frame, leadUp]),
    [
      ["a", true],
      ["b", true],
      ["c", false],
    ],
  );
  assert.deepEqual(
    window.push([here(0.6)], "d").staged.map(({ frame }) => frame),
    ["d"],
  );
});

test("createTemporalWindow() fills a staged frame without boxes: seen by the model, carried forward, or none yet", () => {
  const window = createTemporalWindow<string>(options);
  window.push([], "a");
  window.push([here(0.5), elsewhere(0.3)], "b");
  const { staged } = window.push([here(0.6)], "c");
  assert.deepEqual(
    staged.map(({ frame, boxes }) => [frame, boxes.map(({ confidence }) => confidence)]),
    [
      ["a", []],
      ["b", [0]],
      ["c", [0.275]],
    ],
  );
  const empty = window.push([], "d");
  assert.deepEqual(
    empty.staged.map(({ frame, boxes }) => [frame, boxes]),
    [["d", [here(0)]]],
  );
});

test("createTemporalWindow() goes on at the relaxed threshold, and starts only at the full one", () => {
  const window = createTemporalWindow<number>({ ...options, frames: 2, score: 0.5 });
  assert.equal(window.push([here(0.5)], 0).ongoing, false);
  assert.equal(window.push([here(0.5)], 1).ongoing, false);
  assert.equal(window.push([here(0.6)], 2).ongoing, true);
  assert.equal(window.push([here(0.3)], 3).ongoing, true);
  assert.equal(window.push([here(0.4)], 4).ongoing, false);
});

test("createTemporalWindow() does not count boxes that are too wide; 1 is no limit", () => {
  const wide = boxOf([0, 0, 1, 1, 0.9]);
  const limited = createTemporalWindow<number>(options);
  const unlimited = createTemporalWindow<number>({ ...options, maxBoxWidth: 1 });
  for (const step of [0, 1, 2]) {
    assert.equal(limited.push([wide], step).ongoing, false);
    assert.equal(unlimited.push([wide], step).ongoing, step > 0);
  }
});

test("createTemporalWindow() forgets all on reset, and refuses a window of one frame", () => {
  const window = createTemporalWindow<number>({ ...options, frames: 2 });
  window.push([here(0.9)], 0);
  window.push([here(0.9)], 1);
  window.reset();
  assert.deepEqual(window.push([], 2), { score: 0, ongoing: false, boxes: [], staged: [] });
  assert.throws(() => createTemporalWindow({ ...options, frames: 1 }), /window.frames .* 2 or more, got 1/);
});

test("createTemporalWindow() stages every frame at most once, in order, whatever comes", () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const detection = fc
    .tuple(unit, unit, unit)
    .map(([x, y, confidence]) => boxOf([x * 0.8, y * 0.8, x * 0.8 + 0.2, y * 0.8 + 0.2, confidence]));
  fc.assert(
    fc.property(fc.array(fc.array(detection, { maxLength: 6 }), { maxLength: 30 }), (frames) => {
      const window = createTemporalWindow<number>(options);
      const steps = frames.map((found, index) => window.push(found, index));
      const staged = steps.flatMap((step) => step.staged.map(({ frame }) => frame));
      assert.deepEqual(
        staged,
        [...new Set(staged)].sort((a, b) => a - b),
      );
      for (const step of steps) {
        assert.equal(step.ongoing, step.score > 0);
        assert.ok(step.boxes.length <= 5);
      }
    }),
    { numRuns: 200 },
  );
});
