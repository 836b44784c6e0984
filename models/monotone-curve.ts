// A smooth curve through increasing knots that never turns back (PCHIP, Fritsch and Butland 1984), so that ranking stays as it was.

export type Knots = {
  /** Where the knots are; strictly increasing. */
  readonly at: readonly number[];
  /** The values there; strictly increasing. */
  readonly to: readonly number[];
};

/** The curve's value; outside of the knots that of the nearest one. */
export function interpolate({ at, to }: Knots, x: number): number {
  const last = at.length - 1;
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= at[0]!) return to[0]!;
  if (x >= at[last]!) return to[last]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at[middle]! <= x) low = middle;
    else high = middle;
  }
  const width = at[high]! - at[low]!;
  const t = (x - at[low]!) / width;
  const rise = to[high]! - to[low]!;
  const left = slopeAt({ at, to }, low) * width;
  const right = slopeAt({ at, to }, high) * width;
  // Hermite's cubic, written from its left knot.
  return to[low]! + t * (left + t * (3 * rise - 2 * left - right + t * (left + right - 2 * rise)));
}

/** The slope at a knot: a weighted harmonic mean of its two neighbours' secants; three points decide at the ends. */
function slopeAt({ at, to }: Knots, index: number): number {
  const last = at.length - 1;
  const secant = (left: number): number => (to[left + 1]! - to[left]!) / (at[left + 1]! - at[left]!);
  if (last === 1) return secant(0);
  if (index === 0) return endSlope(at[1]! - at[0]!, at[2]! - at[1]!, secant(0), secant(1));
  if (index === last)
    return endSlope(
      at[last]! - at[last - 1]!,
      at[last - 1]! - at[last - 2]!,
      secant(last - 1),
      secant(last - 2),
    );
  const before = at[index]! - at[index - 1]!;
  const after = at[index + 1]! - at[index]!;
  const weight = [2 * after + before, after + 2 * before] as const;
  return (weight[0] + weight[1]) / (weight[0] / secant(index - 1) + weight[1] / secant(index));
}

/** Never negative, and never so steep that the curve would overshoot. */
function endSlope(width: number, nextWidth: number, secant: number, nextSecant: number): number {
  const slope = ((2 * width + nextWidth) * secant - width * nextSecant) / (width + nextWidth);
  return Math.min(3 * secant, Math.max(0, slope));
}
