// From stick and trigger to ticks, from ticks to classes: the arithmetic of the existing recorder, with nearest-value classes.
import {
  type CarSetting,
  defaultDirectionTicks,
  defaultSpeedTicks,
  type RawValue,
} from "../../device/label-document.ts";
import { pythonRound } from "../../device/python-number.ts";

/** How a car turns stick and trigger into ticks, and ticks into classes. */
export type StickMapping = {
  readonly constant: Pick<
    CarSetting["constant"],
    "max_speed" | "stop_speed" | "max_direction_l" | "max_direction_r"
  >;
  /** Ticks of each direction class, in any order. */
  readonly directionTicks: readonly number[];
  /** Ticks of each speed class, in any order. */
  readonly speedTicks: readonly number[];
};

/** Where the driver holds the pad: steering −1 (left) to 1, throttle 0 to 1. */
export type StickPosition = { readonly steering: number; readonly throttle: number };

/** What one stick position means. */
export type StickLabel = {
  readonly rawValue: RawValue;
  readonly direction: number;
  /** −1: the car stands, and nothing is recorded. */
  readonly speed: number;
};

/** The class of a standing car. */
export const stoppedSpeed = -1;

/** The existing car: five directions, two speeds, smaller ticks are faster. */
export const defaultStickMapping: StickMapping = {
  constant: { max_speed: 307, stop_speed: 322, max_direction_l: 1, max_direction_r: 651 },
  directionTicks: defaultDirectionTicks,
  speedTicks: defaultSpeedTicks,
};

/** The label of a stick position. Values out of range are clamped; what is no number counts as rest. */
export function labelOfStick(position: StickPosition, mapping: StickMapping): StickLabel {
  const { constant } = mapping;
  const steering = pythonRound(clamp(position.steering, -1, 1), 2);
  const throttle = pythonRound(clamp(position.throttle, 0, 1), 2);
  const rawDirection = rawDirectionOf(steering, constant);
  const rawSpeed = rawSpeedOf(throttle, constant);
  return {
    rawValue: {
      raw_direction: rawDirection,
      raw_speed: rawSpeed,
      normalized_speed: normalizedSpeedOf(rawSpeed, constant),
      normalized_direction: normalizedDirectionOf(rawDirection, constant),
    },
    direction: nearestIndex(rawDirection, mapping.directionTicks),
    speed: isStopped(rawSpeed, constant) ? stoppedSpeed : nearestIndex(rawSpeed, mapping.speedTicks),
  };
}

type Constants = StickMapping["constant"];

/** Ticks of a steering −1..1. */
export function rawDirectionOf(steering: number, { max_direction_l, max_direction_r }: Constants): number {
  const half = (max_direction_r - max_direction_l) / 2;
  return pythonRound(half * steering + (max_direction_l + max_direction_r) / 2);
}

/** Ticks of a throttle 0..1. */
export function rawSpeedOf(throttle: number, { max_speed, stop_speed }: Constants): number {
  return pythonRound((max_speed - stop_speed) * throttle + stop_speed);
}

/** Ticks back to 0..1, two decimals. */
export function normalizedSpeedOf(rawSpeed: number, { max_speed, stop_speed }: Constants): number {
  return withoutNegativeZero(pythonRound((rawSpeed - stop_speed) / (max_speed - stop_speed), 2));
}

/** Ticks back to −1..1, two decimals. */
export function normalizedDirectionOf(rawDirection: number, constant: Constants): number {
  const half = (constant.max_direction_r - constant.max_direction_l) / 2;
  const centre = (constant.max_direction_l + constant.max_direction_r) / 2;
  return withoutNegativeZero(pythonRound((rawDirection - centre) / half, 2));
}

/** Whether the car stands: ticks at or beyond the stop value, seen from the fast end. */
export function isStopped(rawSpeed: number, { max_speed, stop_speed }: Constants): boolean {
  return max_speed < stop_speed ? rawSpeed >= stop_speed : rawSpeed <= stop_speed;
}

/** Index of the nearest value; of two equally near the smaller index. @throws RangeError on an empty list. */
export function nearestIndex(value: number, values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Expected a mapping with at least one value, got []");
  let best = 0;
  for (let index = 1; index < values.length; index += 1) {
    if (Math.abs(value - values[index]!) < Math.abs(value - values[best]!)) best = index;
  }
  return best;
}

/** `count` ticks spread evenly from `first` to `last`: a mapping for any number of classes; one class is the middle. */
export function evenTicks(first: number, last: number, count: number): readonly number[] {
  if (!Number.isInteger(count) || count < 1 || count > 127)
    throw new RangeError(`Expected 1–127 classes (the index keeps them in a byte), got ${count}`);
  if (count === 1) return [pythonRound((first + last) / 2)];
  return Array.from({ length: count }, (_, index) =>
    pythonRound(first + ((last - first) * index) / (count - 1)),
  );
}

/**
 * Whether a document carries the speed class the existing recorder would have given it and nearest value would not: that
 * recorder searches a descending list as if it ascended, so slow and fast are exchanged. For a note at import; nothing is changed.
 */
export function hasInvertedSpeed(
  rawSpeed: number,
  labelSpeed: unknown,
  speedTicks: readonly number[],
): boolean {
  const descending = speedTicks.every((value, index) => index === 0 || value < speedTicks[index - 1]!);
  if (speedTicks.length < 2 || !descending || typeof labelSpeed !== "number" || labelSpeed < 0) return false;
  if (labelSpeed === nearestIndex(rawSpeed, speedTicks)) return false;
  return labelSpeed === ascendingSearch(rawSpeed, speedTicks);
}

/** The existing lookup on a descending pair, as observed: at or below the first value class 0, above it the last. */
function ascendingSearch(value: number, values: readonly number[]): number {
  return value <= values[0]! ? 0 : values.length - 1;
}

function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : 0;
}

function withoutNegativeZero(value: number): number {
  return value === 0 ? 0 : value;
}
