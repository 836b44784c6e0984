// Python's round(), so that a label written here has the very numbers the existing recorder would have written.

/**
 * Rounds to `digits` decimals (0–15) as CPython does: by the number's exact binary value, a true half to the even digit.
 * @throws RangeError when `digits` is no integer from 0 to 15.
 */
export function pythonRound(value: number, digits = 0): number {
  if (!Number.isInteger(digits) || digits < 0 || digits > 15)
    throw new RangeError(`Expected digits to be an integer 0–15, got ${digits}`);
  // From 1e21 on toFixed() stops being decimal, and a double that big has no decimals to round.
  if (!Number.isFinite(value) || Math.abs(value) >= 1e21) return value;
  const rounded = isExactHalf(value, digits) ? roundHalf(value, digits) : roundPlain(value, digits);
  // round(x) is an int in Python and has no negative zero; round(x, 2) is a float and has one.
  return digits === 0 && rounded === 0 ? 0 : rounded;
}

/** A double lies exactly between two decimals of d digits only when it is an odd multiple of 2^-(d+1). */
function isExactHalf(value: number, digits: number): boolean {
  const scaled = value * 2 ** (digits + 1);
  return Number.isInteger(scaled) && Math.abs(scaled % 2) === 1;
}

/** toFixed() decides by the exact binary value; only the sign of zero is lost in it. */
function roundPlain(value: number, digits: number): number {
  return value === 0 ? value : Number(value.toFixed(digits));
}

function roundHalf(value: number, digits: number): number {
  // value = odd / 2^(d+1), so value * 10^d = odd * 5^d / 2, computed exactly.
  const twice = BigInt(Math.abs(value) * 2 ** (digits + 1)) * 5n ** BigInt(digits);
  const below = twice / 2n;
  const even = below % 2n === 0n ? below : below + 1n;
  return Math.sign(value) * Number(`${even}e-${digits}`);
}
