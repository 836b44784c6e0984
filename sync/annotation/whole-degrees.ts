// A direction as the annotation API takes it.

/** Whole degrees, 0..359. Halves go to the even neighbour, as in the existing import: the same sequence gets the same direction from both. */
export function wholeDegrees(degrees: number): number {
  const below = Math.floor(degrees);
  const rest = degrees - below;
  const whole = rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
  return ((whole % 360) + 360) % 360;
}
