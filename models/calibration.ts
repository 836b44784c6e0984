// Calibration: from a similarity to how likely two crops show the same individual. Fitted on labelled pairs; always increasing.
import { interpolate, type Knots } from "./monotone-curve.ts";

export const calibrationVersion = 1;

type Fitted = {
  readonly version: typeof calibrationVersion;
  /** Pairs it was fitted on, and how many of them showed the same individual. */
  readonly pairs: number;
  readonly hits: number;
  /** When and on what, for a person. */
  readonly source: string;
};

/** A curve through knots. Clipped outside of the similarities it was fitted on. */
export type IsotonicCalibration = Fitted & { readonly kind: "isotonic" } & Knots;

/** 1 / (1 + e^-(slope * similarity + intercept)). */
export type LogisticCalibration = Fitted & {
  readonly kind: "logistic";
  /** Never negative. */
  readonly slope: number;
  readonly intercept: number;
};

export type Calibration = IsotonicCalibration | LogisticCalibration;

/** Two crops that were compared. */
export type ScoredPair = {
  readonly similarity: number;
  /** The same individual. */
  readonly isSame: boolean;
};

/** How likely it is the same individual, 0..1. NaN stays NaN. */
export function calibrate(calibration: Calibration, similarity: number): number {
  if (calibration.kind === "isotonic") return interpolate(calibration, similarity);
  return 1 / (1 + Math.exp(-(calibration.slope * similarity + calibration.intercept)));
}

/** Reads a calibration that was stored or shipped. @throws naming what is wrong with it. */
export function parseCalibration(value: unknown, name: string): Calibration {
  const given = value as Readonly<Record<string, unknown>>;
  const refuse = (rule: string, got: unknown): never => {
    throw new Error(`The calibration ${name}: expected ${rule}, got ${JSON.stringify(got) ?? "nothing"}`);
  };
  if (typeof value !== "object" || value === null) return refuse("an object", value);
  if (given.version !== calibrationVersion) return refuse(`version ${calibrationVersion}`, given.version);
  const fitted: Fitted = {
    version: calibrationVersion,
    pairs: isNumber(given.pairs) ? given.pairs : refuse("pairs: a number", given.pairs),
    hits: isNumber(given.hits) ? given.hits : refuse("hits: a number", given.hits),
    source: typeof given.source === "string" ? given.source : refuse("source: a text", given.source),
  };
  if (given.kind === "logistic") {
    const { slope, intercept } = given;
    if (!isNumber(slope) || slope < 0) return refuse("slope: a number from 0", slope);
    if (!isNumber(intercept)) return refuse("intercept: a number", intercept);
    return { ...fitted, kind: "logistic", slope, intercept };
  }
  if (given.kind !== "isotonic") return refuse('kind "isotonic" or "logistic"', given.kind);
  const { at, to } = given;
  if (!isIncreasing(at)) return refuse("at: two or more increasing numbers", at);
  if (!isIncreasing(to) || to.length !== at.length || to[0]! < 0 || to.at(-1)! > 1)
    return refuse(`to: ${at.length} increasing numbers from 0 to 1`, to);
  return { ...fitted, kind: "isotonic", at, to };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isIncreasing(values: unknown): values is readonly number[] {
  return (
    Array.isArray(values) &&
    values.length >= 2 &&
    values.every((value, index) => isNumber(value) && (index === 0 || value > values[index - 1]))
  );
}
