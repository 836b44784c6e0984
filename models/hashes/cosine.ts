// The discrete cosine transform (DCT-II, not normalised: twice the sum) of a short vector whose length is a power of two.

/**
 * By halves: even coefficients are the transform of the sums of mirrored pairs, odd ones that of their differences. So what
 * cancels in exact arithmetic (a flat or mirrored row) cancels here too, to zero and not to rounding noise, as in FFT libraries:
 * hashes compare coefficients with their median, and noise around a zero would be random bits.
 */
export function cosineTransform(values: readonly number[]): number[] {
  const length = values.length;
  if (length === 1) return [2 * values[0]!];
  const sums: number[] = [];
  const differences: number[] = [];
  for (let at = 0; at < length / 2; at += 1) {
    const mirrored = values[length - 1 - at]!;
    sums.push(values[at]! + mirrored);
    differences.push(values[at]! - mirrored);
  }
  const even = cosineTransform(sums);
  return values.map((_, k) => {
    if (k % 2 === 0) return even[k / 2]!;
    let sum = 0;
    for (let at = 0; at < differences.length; at += 1)
      sum += differences[at]! * Math.cos((Math.PI * k * (2 * at + 1)) / (2 * length));
    return 2 * sum;
  });
}
