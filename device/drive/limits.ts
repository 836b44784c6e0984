// What keeps a car's pulses sane: commands within −1..1, pulses within hard bounds, throttle that grows slowly and falls at once.
import { type DriveCommand, neutralCommand } from "./drive.ts";

/** No servo or ESC gets a pulse outside of this, whatever is configured, microseconds. */
export const hardPulseUs = { min: 900, max: 2100 } as const;

/** A command within its bounds; a value that is no number makes the whole command neutral. */
export function clampCommand({ steering, throttle }: DriveCommand): DriveCommand {
  if (!Number.isFinite(steering) || !Number.isFinite(throttle)) return neutralCommand;
  // `|| 0` also turns −0 into 0, which would read oddly in a label.
  return { steering: clamp(steering, -1, 1) || 0, throttle: clamp(throttle, -1, 1) || 0 };
}

/** @throws Error when a command that should precede arming still asks for throttle. */
export function assertNeutralThrottle({ throttle }: DriveCommand): void {
  if (throttle !== 0) throw new Error(`Expected throttle to be 0 before the drive is armed, got ${throttle}`);
}

/** Where one servo or ESC stands at −1, 0 and 1, microseconds; either end may be the larger. */
export type PulseCurve = { readonly lowUs: number; readonly neutralUs: number; readonly highUs: number };

/** @throws Error when a curve leaves the hard bounds or its neutral is not between its ends. */
export function checkCurve(name: string, curve: PulseCurve): void {
  for (const [end, us] of Object.entries(curve)) {
    if (!(us >= hardPulseUs.min && us <= hardPulseUs.max))
      throw new Error(
        `Expected ${name} ${end} to be ${hardPulseUs.min}–${hardPulseUs.max} microseconds, got ${us}`,
      );
  }
  const { lowUs, neutralUs, highUs } = curve;
  if ((lowUs - neutralUs) * (highUs - neutralUs) >= 0)
    throw new Error(
      `Expected ${name} neutralUs to lie between lowUs and highUs, got ${lowUs}, ${neutralUs}, ${highUs}`,
    );
}

/** The pulse for a position −1..1, microseconds. */
export function pulseOf(position: number, { lowUs, neutralUs, highUs }: PulseCurve): number {
  const way = position < 0 ? neutralUs - lowUs : highUs - neutralUs;
  return clamp(neutralUs + position * way, hardPulseUs.min, hardPulseUs.max);
}

/** The position −1..1 a pulse stands for: pulseOf backwards. */
export function positionOf(pulseUs: number, { lowUs, neutralUs, highUs }: PulseCurve): number {
  const isHigh = (pulseUs - neutralUs) * (highUs - neutralUs) > 0;
  const way = isHigh ? highUs - neutralUs : neutralUs - lowUs;
  return clamp((pulseUs - neutralUs) / way, -1, 1) || 0;
}

/** Where a pulse gets from `fromUs` towards `toUs` in `elapsedMs` at most at `usPerS`. */
export function slew(fromUs: number, toUs: number, limit: { usPerS: number; elapsedMs: number }): number {
  const most = (limit.usPerS * limit.elapsedMs) / 1000;
  return fromUs + clamp(toUs - fromUs, -most, most);
}

/**
 * Slew of a throttle: away from neutral at most at the given rate, towards neutral at once. From forward to reverse it
 * stands at neutral first.
 */
export function slewThrottle(
  fromUs: number,
  toUs: number,
  limit: { usPerS: number; elapsedMs: number; neutralUs: number },
): number {
  const { neutralUs } = limit;
  const from = fromUs - neutralUs;
  const to = toUs - neutralUs;
  if (to === 0 || Math.sign(from) * Math.sign(to) < 0) return neutralUs;
  if (Math.abs(to) <= Math.abs(from)) return toUs;
  return slew(fromUs, toUs, limit);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
