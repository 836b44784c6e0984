// `outrider models calibrate`: fits how likely a similarity means the same individual, from this store's own labelled pairs.
import type { Store } from "../../device/store/store.ts";
import type { Calibration, ScoredPair } from "../../models/calibration.ts";
import { type FittedCalibration, fitAll, type LabelledPair, tooFew } from "../../models/fit-fusion.ts";
import { fitIsotonic } from "../../models/fit-isotonic.ts";
import { fitLogistic } from "../../models/fit-logistic.ts";
import { calibrationNote } from "./calibrations.ts";
import { type LabelledPairs, readLabelledPairs } from "./labelled-pairs.ts";

export type CalibrationKind = "isotonic" | "logistic";

export type CalibrateReport = Omit<LabelledPairs, "pairs"> & {
  readonly pairs: number;
  readonly kind: CalibrationKind;
  readonly fitted: readonly FittedCalibration[];
  /** Spaces that had too few pairs, and how many it takes. */
  readonly skipped: readonly { readonly space: string; readonly reason: string }[];
  /** false: nothing was stored. */
  readonly stored: boolean;
};

/** There is too little to fit on; the message says what is needed. */
export class TooFewPairs extends Error {
  override readonly name = "TooFewPairs";
}

/** Fewer say nothing of how different individuals are. */
const leastIndividuals = 3;
/** From so many hits on a curve is better than a line. */
const isotonicHits = 200;

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

function expectEnough(
  pairs: readonly LabelledPair[],
  { individuals, sightings, together }: Omit<LabelledPairs, "pairs">,
): void {
  const problem =
    individuals < leastIndividuals ? `${leastIndividuals} individuals, got ${individuals}` : tooFew(pairs);
  if (problem !== null)
    throw new TooFewPairs(
      `Too little to calibrate with: expected at least ${problem}. There are ${sightings} labelled or verified sightings with vectors${together === 0 ? "" : ` (${together} pairs were taken together and do not count)`}: ingest more, verify suggestions, or describe them with outrider embed --missing`,
    );
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
