// Results in order of their timestamp (milliseconds; labels without one come last), then of their fingerprint, without reading them first.
import { compareText } from "./values.ts";

/**
 * Groups document numbers by time, in order of time. Times are read at once, groups are made as they are asked for. Documents mostly
 * arrive in order of time, so usually nothing is sorted.
 */
export function orderByTime(
  documents: Iterable<number>,
  timeOf: (document: number) => number,
): Iterable<readonly number[]> {
  const numbers = [...documents];
  const times = Float64Array.from(numbers, (document) => {
    const ms = timeOf(document);
    return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
  });
  if (isRising(times)) return groupByTime(numbers, times);
  // Two documents without a time differ by NaN, which is no difference.
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
  return groupByTime(
    Array.from(order, (at) => numbers[at]!),
    Float64Array.from(order, (at) => times[at]!),
  );
}

function* groupByTime(numbers: readonly number[], times: Float64Array): Generator<readonly number[]> {
  for (let start = 0; start < numbers.length; ) {
    let end = start + 1;
    while (end < numbers.length && times[end] === times[start]) end += 1;
    yield numbers.slice(start, end);
    start = end;
  }
}

/** Sorts named things of one moment. */
export function byFingerprint<T extends { readonly fingerprint: string }>(things: T[]): T[] {
  return things.length < 2 ? things : things.sort((a, b) => compareText(a.fingerprint, b.fingerprint));
}

function isRising(times: Float64Array): boolean {
  for (let at = 1; at < times.length; at += 1) if (times[at]! < times[at - 1]!) return false;
  return true;
}
