// Calibration and fusion: probabilities that are right, curves that keep the ranking, and refusals that say what is wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  calibrate,
  calibrationVersion,
  parseCalibration,
  type ScoredPair,
} from "../../models/calibration.ts";
import { crossValidate, figuresOf } from "../../models/calibration-figures.ts";
import { fitIsotonic } from "../../models/fit-isotonic.ts";
import { fitLogistic } from "../../models/fit-logistic.ts";
import { createFuse, createMean } from "../../models/fusion.ts";
import { interpolate } from "../../models/monotone-curve.ts";
import { seededRandom } from "../fakes/sightings.ts";

/** Pairs whose probability of a hit is 1 / (1 + e^-(12 x - 7)). */
function pairsOf(count: number, random: () => number): readonly ScoredPair[] {
  return Array.from({ length: count }, () => {
    const similarity = random();
    return { similarity, isSame: random() < 1 / (1 + Math.exp(-(12 * similarity - 7))) };
  });
}

test("fitLogistic() finds the line the pairs were drawn from", () => {
  const fitted = fitLogistic(pairsOf(20_000, seededRandom(1)), "test");
  assert.ok(Math.abs(fitted.slope - 12) < 0.6, String(fitted.slope));
  assert.ok(Math.abs(fitted.intercept + 7) < 0.4, String(fitted.intercept));
});

test("fitLogistic() stays finite where hits and misses never mix, and flat where similarity says the contrary", () => {
  const apart = fitLogistic(
    [0.1, 0.2, 0.3, 0.8, 0.9].map((similarity) => ({ similarity, isSame: similarity > 0.5 })),
    "test",
  );
  assert.ok(Number.isFinite(apart.slope) && apart.slope > 0);
  assert.ok(calibrate(apart, 0.1) < 0.3 && calibrate(apart, 0.9) > 0.7);
  const contrary = fitLogistic(
    [0.1, 0.2, 0.8, 0.9].map((similarity) => ({ similarity, isSame: similarity < 0.15 })),
    "test",
  );
  assert.equal(contrary.slope, 0);
  assert.ok(Math.abs(calibrate(contrary, 0.7) - 0.25) < 1e-9);
  assert.throws(() => fitLogistic([{ similarity: 1, isSame: true }], "test"), /1 of 1/);
});

test("fitIsotonic() says what was the case", () => {
  const fitted = fitIsotonic(pairsOf(20_000, seededRandom(2)), "test");
  for (const similarity of [0.2, 0.4, 0.5, 0.6, 0.7, 0.9]) {
    const expected = 1 / (1 + Math.exp(-(12 * similarity - 7)));
    assert.ok(Math.abs(calibrate(fitted, similarity) - expected) < 0.06, `${similarity}`);
  }
});

test("fitIsotonic() strictly increases over the similarities it saw, and stays within 0 and 1", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          similarity: fc.integer({ min: -1000, max: 1000 }).map((n) => n / 1000),
          isSame: fc.boolean(),
        }),
        { minLength: 2, maxLength: 200 },
      ),
      (pairs) => {
        fc.pre(new Set(pairs.map(({ similarity }) => similarity)).size > 1);
        const fitted = fitIsotonic(pairs, "test");
        const all = pairs.map(({ similarity }) => similarity).sort((left, right) => left - right);
        const hits = pairs.filter(({ isSame }) => isSame).length;
        if (hits > 0 && hits < pairs.length) assert.deepEqual(parseCalibration(fitted, "x"), fitted);
        let before = Number.NEGATIVE_INFINITY;
        const [low, high] = [all[0]!, all.at(-1)!];
        for (let step = 0; step <= 64; step += 1) {
          const said = calibrate(fitted, low + ((high - low) * step) / 64);
          assert.ok(said >= 0 && said <= 1);
          if (hits > 0 && hits < pairs.length) assert.ok(said > before, `${before} then ${said}`);
          before = said;
        }
        assert.equal(calibrate(fitted, low - 1), calibrate(fitted, low));
        assert.equal(calibrate(fitted, high + 1), calibrate(fitted, high));
      },
    ),
    { numRuns: 200 },
  );
});

test("interpolate() gives the values of scipy's PchipInterpolator", () => {
  const knots = { at: [0, 1, 2.5, 3, 5], to: [0.1, 0.2, 0.7, 0.72, 0.9] };
  const expected: readonly (readonly [number, number])[] = [
    [0, 0.1],
    [0.25, 0.10960086633663368],
    [0.5, 0.1322689768976898],
    [0.9, 0.185230297029703],
    [1, 0.2],
    [1.3, 0.27748327253778016],
    [2, 0.5728369328160885],
    [2.4, 0.6890519676529058],
    [2.75, 0.7107330827067669],
    [2.99, 0.7194947789473684],
    [3.5, 0.7504017857142857],
    [4.2, 0.8090742857142857],
    [4.9, 0.8872067857142857],
    [5, 0.9000000000000001],
  ];
  for (const [x, value] of expected) assert.ok(Math.abs(interpolate(knots, x) - value) < 1e-12, `${x}`);
});

test("crossValidate() reports a useful calibration as such, and chance as chance", () => {
  const random = seededRandom(3);
  const useful = pairsOf(4000, random).map((pair, at) => ({ ...pair, group: at % 40 }));
  const options = {
    folds: 5,
    fit: (pairs: readonly ScoredPair[]) => {
      const fitted = fitIsotonic(pairs, "test");
      return ({ similarity }: ScoredPair) => calibrate(fitted, similarity);
    },
  };
  const good = crossValidate(useful, options);
  assert.equal(good.pairs, 4000);
  assert.ok(good.logLoss < good.baselineLogLoss * 0.8 && good.calibrationError < 0.05 && good.auroc > 0.85);
  const chance = crossValidate(
    useful.map((pair) => ({ ...pair, isSame: random() < 0.3 })),
    options,
  );
  assert.ok(Math.abs(chance.auroc - 0.5) < 0.05 && chance.logLoss > chance.baselineLogLoss * 0.97);
});

test("figuresOf() counts a tie as half", () => {
  const figures = figuresOf([
    { said: 0.5, isSame: true },
    { said: 0.5, isSame: false },
    { said: 0.9, isSame: true },
    { said: 0.1, isSame: false },
  ]);
  assert.equal(figures.auroc, 0.875);
});

test("createFuse() leaves missing similarities out of the mean, and calibrates the mean of several", () => {
  const line = (slope: number) => ({
    kind: "logistic" as const,
    version: calibrationVersion as typeof calibrationVersion,
    pairs: 10,
    hits: 5,
    source: "test",
    slope,
    intercept: 0,
  });
  const mean = createMean([line(2), line(0)]);
  const sure = 1 / (1 + Math.exp(-2));
  assert.ok(Math.abs(mean([1, 1]) - (sure + 0.5) / 2) < 1e-12);
  assert.ok(Math.abs(mean([1, Number.NaN]) - sure) < 1e-12);
  assert.ok(Number.isNaN(mean([Number.NaN, Number.NaN])));
  const spaces = [
    { space: "s", calibration: line(2) },
    { space: "t", calibration: line(0) },
  ];
  assert.equal(createFuse({ spaces, overall: null })([1, 1]), mean([1, 1]));
  assert.equal(createFuse({ spaces, overall: line(3) })([1, 1]), calibrate(line(3), mean([1, 1])));
  assert.equal(createFuse({ spaces: spaces.slice(0, 1), overall: line(3) })([1]), sure);
});

test("parseCalibration() names what is wrong", () => {
  const sound = fitIsotonic(pairsOf(100, seededRandom(4)), "test");
  const wrong: [unknown, RegExp][] = [
    [null, /x: expected an object, got null/],
    [{ ...sound, version: 2 }, /expected version 1, got 2/],
    [{ ...sound, kind: "spline" }, /expected kind "isotonic" or "logistic", got "spline"/],
    [{ ...sound, at: [1, 0] }, /expected at: two or more increasing numbers/],
    [{ ...sound, to: [0, 1, 2] }, /expected to: /],
    [{ ...sound, kind: "logistic", slope: -1 }, /expected slope: a number from 0, got -1/],
  ];
  for (const [value, message] of wrong) assert.throws(() => parseCalibration(value, "x"), message);
});
