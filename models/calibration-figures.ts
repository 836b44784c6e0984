// How good a calibration is on pairs it was not fitted on: log loss, expected calibration error, and how well it tells hits from misses.
import { areaUnderRoc } from "./metrics/identity.ts";

export type CalibrationFigures = {
  readonly pairs: number;
  readonly hits: number;
  /** Mean of -ln(probability of what was the case); lower is better. */
  readonly logLoss: number;
  /** That of always saying the share of hits: what has to be beaten. */
  readonly baselineLogLoss: number;
  /** Mean difference of what was said and what was, over 15 groups of equal size; 0..1. */
  readonly calibrationError: number;
  /** How often a hit is more similar than a miss; 0.5: by chance. */
  readonly auroc: number;
};

/** A pair with the group it is left out with, e.g. its individual. */
export type GroupedPair = { readonly isSame: boolean; readonly group: number };

/** Fits on all groups but one part, asks that part, and so on; the figures of all answers together. */
export function crossValidate<T extends GroupedPair>(
  pairs: readonly T[],
  options: {
    readonly folds: number;
    /** Fits on pairs, and returns what says how likely another pair is the same individual. */
    readonly fit: (pairs: readonly T[]) => (pair: T) => number;
  },
): CalibrationFigures {
  const { folds, fit } = options;
  const answers = Array.from({ length: folds }, (_, fold) => {
    const asked = pairs.filter(({ group }) => group % folds === fold);
    const rest = pairs.filter(({ group }) => group % folds !== fold);
    const isUseful =
      asked.length > 0 && rest.some(({ isSame }) => isSame) && rest.some(({ isSame }) => !isSame);
    if (!isUseful) return [];
    const say = fit(rest);
    return asked.map((pair) => ({ said: say(pair), isSame: pair.isSame }));
  }).flat();
  return figuresOf(answers);
}

type Answer = { readonly said: number; readonly isSame: boolean };

/** The figures of answers; NaN where there are none. */
export function figuresOf(answers: readonly Answer[]): CalibrationFigures {
  const hits = answers.filter(({ isSame }) => isSame).length;
  const sorted = [...answers].sort((left, right) => left.said - right.said);
  const share = hits / answers.length;
  return {
    pairs: answers.length,
    hits,
    logLoss: meanOf(answers.map(({ said, isSame }) => lossOf(said, isSame))),
    baselineLogLoss: meanOf(answers.map(({ isSame }) => lossOf(share, isSame))),
    calibrationError: calibrationError(sorted),
    auroc:
      areaUnderRoc(
        answers.filter(({ isSame }) => isSame).map(({ said }) => said),
        answers.filter(({ isSame }) => !isSame).map(({ said }) => said),
      ) ?? Number.NaN,
  };
}

function lossOf(said: number, isSame: boolean): number {
  const probability = isSame ? said : 1 - said;
  return -Math.log(Math.max(1e-12, probability));
}

const errorGroups = 15;

function calibrationError(sorted: readonly Answer[]): number {
  let error = 0;
  for (let group = 0; group < errorGroups; group += 1) {
    const members = sorted.slice(
      Math.floor((group * sorted.length) / errorGroups),
      Math.floor(((group + 1) * sorted.length) / errorGroups),
    );
    if (members.length === 0) continue;
    const said = meanOf(members.map((each) => each.said));
    const was = meanOf(members.map(({ isSame }) => (isSame ? 1 : 0)));
    error += (Math.abs(said - was) * members.length) / sorted.length;
  }
  return error;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
