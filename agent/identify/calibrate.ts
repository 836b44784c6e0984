// `outrider models calibrate`: fits how likely a similarity means the same individual, from this store's own labelled pairs.
import type { Store } from "../../device/store/store.ts";
import { type Calibration, calibrate, type ScoredPair } from "../../models/calibration.ts";
import { type CalibrationFigures, crossValidate } from "../../models/calibration-figures.ts";
import { fitIsotonic } from "../../models/fit-isotonic.ts";
import { fitLogistic } from "../../models/fit-logistic.ts";
import { createMean } from "../../models/fusion.ts";
import { calibrationNote, fusionName } from "./calibrations.ts";
import { type LabelledPair, type LabelledPairs, readLabelledPairs } from "./labelled-pairs.ts";

export type CalibrationKind = "isotonic" | "logistic";

/** One fitted calibration. Fields are added, never renamed. */
export type FittedCalibration = {
  /** A space, or the fusion of several. */
  readonly name: string;
  readonly calibration: Calibration;
  /** On individuals it was not fitted on. */
  readonly figures: CalibrationFigures;
};

export type CalibrateReport = Omit<LabelledPairs, "pairs"> & {
  readonly pairs: number;
  readonly kind: CalibrationKind;
  readonly fitted: readonly FittedCalibration[];
  /** Spaces that had too few pairs, and why. */
  readonly skipped: readonly { readonly space: string; readonly reason: string }[];
  /** false: nothing was stored. */
  readonly stored: boolean;
};

/** There is too little to fit on; the message says what is needed. */
export class TooFewPairs extends Error {
  override readonly name = "TooFewPairs";
}

/** Fewer than these say nothing: pairs of one individual, pairs of two, individuals. */
const least = { hits: 30, misses: 30, individuals: 3 } as const;
/** From so many hits on a curve is better than a line. */
const isotonicHits = 200;
const folds = 5;

/** Fits and stores a calibration for each space and for their fusion. @throws TooFewPairs */
export async function calibrateStore(
  store: Store,
  options: {
    readonly spaces: readonly string[];
    /** Not given: isotonic where there are enough pairs. */
    readonly kind?: CalibrationKind;
    readonly dryRun: boolean;
    readonly nowUs: number;
  },
): Promise<CalibrateReport> {
  const { spaces, dryRun, nowUs } = options;
  const { pairs, ...counts } = readLabelledPairs(store, spaces);
  expectEnough(pairs, counts);
  const kind = options.kind ?? (counts.hits >= isotonicHits ? "isotonic" : "logistic");
  const source = `${counts.sightings} sightings of ${counts.individuals} individuals, ${new Date(nowUs / 1000).toISOString().slice(0, 10)}`;
  const fit = (scored: readonly ScoredPair[]): Calibration =>
    kind === "isotonic" ? fitIsotonic(scored, source) : fitLogistic(scored, source);
  const { fitted, skipped } = fitAll(pairs, { spaces, fit });
  if (!dryRun)
    await store.commit(() => {
      for (const { name, calibration } of fitted) store.notes.put(calibrationNote(name), calibration);
      store.journal.write("calibrated", { names: fitted.map(({ name }) => name), kind, ...counts });
    });
  return { ...counts, pairs: pairs.length, kind, fitted, skipped, stored: !dryRun };
}

type Fit = (pairs: readonly ScoredPair[]) => Calibration;

/** A calibration for each space, and one for their mean. */
export function fitAll(
  pairs: readonly LabelledPair[],
  { spaces, fit }: { readonly spaces: readonly string[]; readonly fit: Fit },
): Pick<CalibrateReport, "fitted" | "skipped"> {
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

function expectEnough(
  pairs: readonly LabelledPair[],
  { individuals, sightings, together }: Omit<LabelledPairs, "pairs">,
): void {
  const problem =
    individuals < least.individuals ? `${least.individuals} individuals, got ${individuals}` : tooFew(pairs);
  if (problem !== null)
    throw new TooFewPairs(
      `Too little to calibrate with: expected at least ${problem}. There are ${sightings} labelled or verified sightings with vectors${together === 0 ? "" : ` (${together} pairs were taken together and do not count)`}: ingest more, verify suggestions, or describe them with outrider embed --missing`,
    );
}

function tooFew(pairs: readonly LabelledPair[]): string | null {
  const hits = pairs.filter(({ isSame }) => isSame).length;
  if (hits < least.hits) return `${least.hits} pairs of the same individual, got ${hits}`;
  const misses = pairs.length - hits;
  return misses < least.misses ? `${least.misses} pairs of different individuals, got ${misses}` : null;
}

/** The report for a person. */
export function describeCalibration(report: CalibrateReport): string {
  const { sightings, individuals, pairs, hits, together, kind } = report;
  return [
    `${sightings} sightings of ${individuals} individuals: ${pairs} pairs, ${hits} of the same individual; ${together} taken together left out`,
    ...report.fitted.map(
      ({ name, figures }) =>
        `${name} (${kind}): log loss ${figures.logLoss.toFixed(4)} (share of hits alone ${figures.baselineLogLoss.toFixed(4)}), calibration error ${figures.calibrationError.toFixed(4)}, AUROC ${figures.auroc.toFixed(3)}`,
    ),
    ...report.skipped.map(({ space, reason }) => `${space}: not fitted, expected at least ${reason}`),
    report.stored ? "stored; in use from the next start on" : "dry run: nothing stored",
  ].join("\n");
}
