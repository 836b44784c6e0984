// What the raw numbers of an evdev axis mean. The kernel tells an axis's range only by ioctl, which Node does not have:
// known pads bring theirs along, the others are learned from movement and count as at rest until then.
import { isHat } from "./input-codes.ts";
import type { RawChange, RawInput } from "./raw-input.ts";

/** Smallest and largest raw value of an axis. */
export type AxisRange = { readonly min: number; readonly max: number };

/** The ranges pads really have. */
export const ranges = {
  unsigned8: { min: 0, max: 255 },
  unsigned10: { min: 0, max: 1023 },
  unsigned12: { min: 0, max: 4095 },
  unsigned16: { min: 0, max: 65535 },
  signed16: { min: -32768, max: 32767 },
  hat: { min: -1, max: 1 },
} as const satisfies Record<string, AxisRange>;

// −128…127 is not among them: the trembling of a 16-bit stick at rest looks just like it.
const plausible: readonly AxisRange[] = [
  ranges.unsigned8,
  ranges.unsigned10,
  ranges.unsigned12,
  ranges.unsigned16,
  ranges.signed16,
];

/** Where a raw value lies in its range: −1..1, clamped. */
export function normalise(value: number, { min, max }: AxisRange): number {
  return Math.min(1, Math.max(-1, ((value - min) / (max - min)) * 2 - 1));
}

/** Gives raw axes their meaning. */
export type AxisScaler = {
  /** The same input with every axis −1..1. */
  readonly scale: (input: RawInput) => RawInput;
  /** Codes that moved but whose range is not known yet: they count as at rest until moved to their ends and back once. */
  readonly unknown: () => readonly number[];
};

/**
 * Makes a scaler. An axis of unknown range counts as at rest until its values have covered most of a plausible range; the
 * range holds from when the control is next at rest, so that nothing jumps in mid-drive. (The same number can be the
 * centre of one pad's stick and the end of another's, so guessing earlier would steer.)
 * @param known the range of an axis code, null where the pad's is not known.
 * @param triggers the axis codes that rest at their start.
 */
export function createAxisScaler(
  known: (code: number) => AxisRange | null,
  triggers: ReadonlySet<number>,
): AxisScaler {
  const learned = new Map<number, RangeLearner>();
  const rangeOf = (code: number, value: number): AxisRange | null => {
    if (isHat(code) && !triggers.has(code)) return ranges.hat;
    const range = known(code);
    if (range !== null) return range;
    let learner = learned.get(code);
    if (learner === undefined) {
      learner = createRangeLearner(triggers.has(code));
      learned.set(code, learner);
    }
    return learner.take(value);
  };
  const scaled = (change: RawChange): RawChange => {
    if (change.kind === "button") return change;
    const range = rangeOf(change.code, change.value);
    const rest = triggers.has(change.code) ? -1 : 0;
    return { ...change, value: range === null ? rest : normalise(change.value, range) };
  };
  return {
    scale: (input) => (input.kind === "lost" ? input : { ...input, changes: input.changes.map(scaled) }),
    unknown: () => [...learned].filter(([, learner]) => learner.range() === null).map(([code]) => code),
  };
}

type RangeLearner = {
  /** Looks at a value; null: the range is not known yet. */
  readonly take: (value: number) => AxisRange | null;
  readonly range: () => AxisRange | null;
};

// Sticks seldom reach the very corner of their range. A trigger pressed a quarter could have any range, so it must have
// reached the end of its way.
const stickCoverage = 0.85;
const triggerCoverage = 0.99;
const restingShare = 0.1;

function createRangeLearner(isTriggerAxis: boolean): RangeLearner {
  let range: AxisRange | null = null;
  let seen: AxisRange | null = null;
  return {
    range: () => range,
    take: (value) => {
      seen =
        seen === null
          ? { min: value, max: value }
          : { min: Math.min(seen.min, value), max: Math.max(seen.max, value) };
      // Beyond the end: the guess was wrong, and whatever it said until now was too much.
      if (range !== null && (value < range.min || value > range.max)) range = null;
      const fitting = narrowestFitting(seen, isTriggerAxis ? triggerCoverage : stickCoverage);
      if (fitting !== null && isResting(value, fitting, isTriggerAxis)) range = fitting;
      return range;
    },
  };
}

function narrowestFitting(seen: AxisRange, coverage: number): AxisRange | null {
  return (
    plausible.find(
      ({ min, max }) => seen.min >= min && seen.max <= max && seen.max - seen.min >= coverage * (max - min),
    ) ?? null
  );
}

function isResting(value: number, range: AxisRange, isTriggerAxis: boolean): boolean {
  const position = normalise(value, range);
  return isTriggerAxis ? position <= -1 + 2 * restingShare : Math.abs(position) <= restingShare;
}
