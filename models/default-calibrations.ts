// Calibrations for the shipped describers, by space; a store's own (`outrider models calibrate`) goes before them.
// Written by training/fit_calibrations.ts.
import type { Calibration } from "./calibration.ts";

/** Empty for a space nobody fitted: its cosine is taken as it is. */
export const defaultCalibrations: Readonly<Record<string, Calibration>> = {
  "reid-v1@6437b08360fc/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 6.338542830188354,
    intercept: -4.624859677447658,
  },
  "colour-histogram/hsv-12x6x6-soft-centred-level-1": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 12.276725578116494,
    intercept: -12.706882332137447,
  },
  "fusion:colour-histogram/hsv-12x6x6-soft-centred-level-1+reid-v1@6437b08360fc/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 13.98667841121374,
    intercept: -4.271112546728271,
  },
};
