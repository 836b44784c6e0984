// Fits calibrations on labelled pairs: one for each space, and one for the mean of all, each judged on individuals it was not fitted on.
import { type Calibration, calibrate, type ScoredPair } from "./calibration.ts";
import { type CalibrationFigures, crossValidate } from "./calibration-figures.ts";
import { createMean, fusionName } from "./fusion.ts";

/** Two crops that were compared. */
export type LabelledPair = {
  /** In the order of the spaces; NaN where one of the two has no vector there. */
  readonly similarities: Float64Array;
  readonly isSame: boolean;
  /** Number of the individual of the first of the two. */
  readonly group: number;
};

/** One fitted calibration. Fields are added, never renamed. */
export type FittedCalibration = {
  /** A space, or the fusion of several. */
  readonly name: string;
  readonly calibration: Calibration;
  /** On individuals it was not fitted on. */
  readonly figures: CalibrationFigures;
};

/** Fewer pairs than these say nothing. */
const least = { hits: 30, misses: 30 } as const;
const folds = 5;

type Fit = (pairs: readonly ScoredPair[]) => Calibration;

/** A calibration for each space, and one for their mean. */
export function fitAll(
  pairs: readonly LabelledPair[],
  { spaces, fit }: { readonly spaces: readonly string[]; readonly fit: Fit },
): {
  readonly fitted: readonly FittedCalibration[];
  /** Spaces with too few pairs, and how many it takes. */
  readonly skipped: readonly { readonly space: string; readonly reason: string }[];
} {
  const fitted: FittedCalibration[] = [];
  const skipped: { space: string; reason: string }[] = [];
  for (const [at, space] of spaces.entries()) {
    const known = pairs.filter(({ similarities }) => !Number.isNaN(similarities[at]));
    const problem = tooFew(known);
    if (problem !== null) {
      skipped.push({ space, reason: problem });
      continue;
    }
    const similarityOf = ({ similarities }: LabelledPair): number => similarities[at]!;
    const fitSpace = (some: readonly LabelledPair[]) => fit(scoredBy(some, similarityOf));
    const figures = crossValidate(known, {
      folds,
      fit: (some) => {
        const calibration = fitSpace(some);
        return (pair) => calibrate(calibration, similarityOf(pair));
      },
    });
    fitted.push({ name: space, calibration: fitSpace(known), figures });
  }
  if (fitted.length > 1) {
    const fused = fitted.map(({ name }) => spaces.indexOf(name));
    fitted.push(fitFusion(pairs, { spaces, fused, fit }));
  }
  return { fitted, skipped };
}

function fitFusion(
  pairs: readonly LabelledPair[],
  { spaces, fused, fit }: { spaces: readonly string[]; fused: readonly number[]; fit: Fit },
): FittedCalibration {
  const complete = pairs.filter(({ similarities }) => fused.every((at) => !Number.isNaN(similarities[at])));
  const fitMean = (some: readonly LabelledPair[]) => {
    const mean = createMean(fused.map((at) => fit(scoredBy(some, ({ similarities }) => similarities[at]!))));
    const meanOf = ({ similarities }: LabelledPair): number => mean(fused.map((at) => similarities[at]!));
    return { meanOf, overall: fit(scoredBy(some, meanOf)) };
  };
  const figures = crossValidate(complete, {
    folds,
    fit: (some) => {
      const { meanOf, overall } = fitMean(some);
      return (pair) => calibrate(overall, meanOf(pair));
    },
  });
  return {
    name: fusionName(fused.map((at) => spaces[at]!)),
    calibration: fitMean(complete).overall,
    figures,
  };
}

function scoredBy(
  pairs: readonly LabelledPair[],
  similarityOf: (pair: LabelledPair) => number,
): readonly ScoredPair[] {
  return pairs.map((pair) => ({ similarity: similarityOf(pair), isSame: pair.isSame }));
}

/** How many pairs it takes, where there are fewer; null: enough. */
export function tooFew(pairs: readonly LabelledPair[]): string | null {
  const hits = pairs.filter(({ isSame }) => isSame).length;
  if (hits < least.hits) return `${least.hits} pairs of the same individual, got ${hits}`;
  const misses = pairs.length - hits;
  return misses < least.misses ? `${least.misses} pairs of different individuals, got ${misses}` : null;
}
