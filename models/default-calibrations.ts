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
  "reid-v1-int8@6ec28aedc94d/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 6.3544739521479014,
    intercept: -4.62838909614935,
  },
  "fusion:colour-histogram/hsv-12x6x6-soft-centred-level-1+reid-v1-int8@6ec28aedc94d/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 14.003330876131999,
    intercept: -4.274305216342626,
  },
  "post-reid-v1@5ed8ff9a89f6/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 6.860111101019403,
    intercept: -3.7403472724635134,
  },
  "fusion:colour-histogram/hsv-12x6x6-soft-centred-level-1+post-reid-v1@5ed8ff9a89f6/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 12.148145156162784,
    intercept: -4.169636127539182,
  },
  "post-reid-v1-int8@f3132732507d/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 6.860007971292717,
    intercept: -3.7423260979143724,
  },
  "fusion:colour-histogram/hsv-12x6x6-soft-centred-level-1+post-reid-v1-int8@f3132732507d/f5d0fe93/128": {
    kind: "logistic",
    version: 1,
    pairs: 16879,
    hits: 2022,
    source:
      "831 crops of 159 drawn animals (sim:reserve, seeds 500-519), pairs of different visits to one place; not fitted on real animals",
    slope: 12.115603649018684,
    intercept: -4.163862303693316,
  },
};
