// Results in order of their timestamp (milliseconds; labels without one come last), then of their fingerprint, without reading them first.
import { compareText } from "./values.ts";

/** Groups document numbers by time, in order of time. Documents mostly arrive in order of time, so usually nothing is sorted. */
export function* orderByTime(
  documents: Iterable<number>,
  timeOf: (document: number) => number,
): Generator<readonly number[]> {
  const numbers = [...documents];
  const times = Float64Array.from(numbers, (document) => {
    const ms = timeOf(document);
    return Number.isNaN(ms) ? Number.POSITIVE_INFINITY : ms;
  });
  const order = isRising(times)
    ? null
    : Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
  let group: number[] = [];
  let groupTime = Number.NaN;
  for (let place = 0; place < numbers.length; place += 1) {
    const at = order === null ? place : order[place]!;
    if (times[at] !== groupTime && group.length > 0) {
      yield group;
      group = [];
    }
    groupTime = times[at]!;
    group.push(numbers[at]!);
  }
  if (group.length > 0) yield group;
}

/** Sorts named things of one moment. */
export function byFingerprint<T extends { readonly fingerprint: string }>(things: T[]): T[] {
  return things.length < 2 ? things : things.sort((a, b) => compareText(a.fingerprint, b.fingerprint));
}

function isRising(times: Float64Array): boolean {
  for (let at = 1; at < times.length; at += 1) if (times[at]! < times[at - 1]!) return false;
  return true;
}
