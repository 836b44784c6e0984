// Fits a logistic calibration by Newton's method, with targets a little off 0 and 1 (Platt 1999) and a small ridge: pairs that can be
// told apart without a mistake make it sure, but not surer than so many pairs can.
import { calibrationVersion, type LogisticCalibration, type ScoredPair } from "./calibration.ts";

const ridge = 1e-3;
const maxSteps = 100;

/** @throws when hits or misses are missing. */
export function fitLogistic(pairs: readonly ScoredPair[], source: string): LogisticCalibration {
  const hits = pairs.filter(({ isSame }) => isSame).length;
  if (hits === 0 || hits === pairs.length)
    throw new Error(
      `Expected pairs of the same and of different individuals, got ${hits} of ${pairs.length}`,
    );
  const mean = pairs.reduce((sum, { similarity }) => sum + similarity, 0) / pairs.length;
  const spread =
    Math.sqrt(pairs.reduce((sum, { similarity }) => sum + (similarity - mean) ** 2, 0) / pairs.length) || 1;
  const target = { hit: (hits + 1) / (hits + 2), miss: 1 / (pairs.length - hits + 2) };
  const { slope, intercept } = newton(
    pairs.map(({ similarity }) => (similarity - mean) / spread),
    pairs.map(({ isSame }) => (isSame ? target.hit : target.miss)),
  );
  // Of similarities that say nothing (or the contrary) only the share of hits is left.
  const safe = slope > 0 ? { slope, intercept } : { slope: 0, intercept: logit(hits / pairs.length) };
  return {
    kind: "logistic",
    version: calibrationVersion,
    pairs: pairs.length,
    hits,
    source,
    slope: safe.slope / spread,
    intercept: safe.intercept - (safe.slope * mean) / spread,
  };
}

type Line = { readonly slope: number; readonly intercept: number };

/** Maximises the likelihood less ridge/2 * slope²; steps that make it worse are halved. */
function newton(x: readonly number[], targets: readonly number[]): Line {
  let line: Line = {
    slope: 0,
    intercept: logit(targets.reduce((sum, target) => sum + target, 0) / x.length),
  };
  let loss = lossOf(line, x, targets);
  for (let step = 0; step < maxSteps; step += 1) {
    let [gradSlope, gradIntercept] = [ridge * line.slope, 0];
    let [slopes, cross, intercepts] = [ridge, 0, 1e-12];
    for (let at = 0; at < x.length; at += 1) {
      const p = 1 / (1 + Math.exp(-(line.slope * x[at]! + line.intercept)));
      const error = p - targets[at]!;
      const weight = p * (1 - p);
      gradSlope += error * x[at]!;
      gradIntercept += error;
      slopes += weight * x[at]! * x[at]!;
      cross += weight * x[at]!;
      intercepts += weight;
    }
    const determinant = slopes * intercepts - cross * cross;
    const move = {
      slope: (intercepts * gradSlope - cross * gradIntercept) / determinant,
      intercept: (slopes * gradIntercept - cross * gradSlope) / determinant,
    };
    let share = 1;
    let next = line;
    let nextLoss = Number.POSITIVE_INFINITY;
    while (share > 1e-6) {
      next = {
        slope: line.slope - share * move.slope,
        intercept: line.intercept - share * move.intercept,
      };
      nextLoss = lossOf(next, x, targets);
      if (nextLoss <= loss) break;
      share /= 2;
    }
    if (!(nextLoss < loss - 1e-10 * Math.abs(loss))) return nextLoss <= loss ? next : line;
    line = next;
    loss = nextLoss;
  }
  return line;
}

function lossOf({ slope, intercept }: Line, x: readonly number[], targets: readonly number[]): number {
  let loss = (ridge / 2) * slope * slope;
  for (let at = 0; at < x.length; at += 1) {
    const z = slope * x[at]! + intercept;
    // log(1 + e^z) - y z, without overflow.
    loss += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - targets[at]! * z;
  }
  return loss;
}

function logit(share: number): number {
  return Math.log(share / (1 - share));
}
