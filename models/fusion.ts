// Fusion: several similarities of one pair become one score. The mean of the calibrated ones (WildFusion, Cermak et al. 2024), which is
// then calibrated itself: a mean with a member that knows nothing never comes near 1, however sure the others are.
import { type Calibration, calibrate } from "./calibration.ts";

/** Similarities in the order of the fusion's spaces, NaN where there is none, to a score of 0..1; NaN when all are NaN. */
export type Fuse = (similarities: ArrayLike<number>) => number;

export type Fusion = {
  /** In order; each with its own calibration. */
  readonly spaces: readonly { readonly space: string; readonly calibration: Calibration }[];
  /** Of the mean; null: the mean as it is. */
  readonly overall: Calibration | null;
};

/** Missing similarities are left out of the mean. With a single space there is nothing to fuse, and `overall` is not asked. */
export function createFuse({ spaces, overall }: Fusion): Fuse {
  const mean = createMean(spaces.map(({ calibration }) => calibration));
  if (overall === null || spaces.length < 2) return mean;
  return (similarities) => calibrate(overall, mean(similarities));
}

/** The mean of the calibrated similarities, not calibrated itself: what `overall` is fitted on. */
export function createMean(calibrations: readonly Calibration[]): Fuse {
  return (similarities) => {
    let sum = 0;
    let count = 0;
    for (let at = 0; at < calibrations.length; at += 1) {
      const similarity = similarities[at]!;
      if (Number.isNaN(similarity)) continue;
      sum += calibrate(calibrations[at]!, similarity);
      count += 1;
    }
    return count === 0 ? Number.NaN : sum / count;
  };
}

/** The name of the calibration of a mean over spaces, whatever their order. */
export function fusionName(spaces: readonly string[]): string {
  return `fusion:${[...spaces].sort().join("+")}`;
}
