// What was said in the last seconds, so that a frame is joined to what held at its exposure, never to a loop tick.

/** Something that holds from a moment on, until the next. */
export type Timed = { readonly monotonicNs: number };

export type Recent<T extends Timed> = {
  /** What is added later counts more, also when its moment is earlier: who adds has looked at what was there. */
  readonly add: (value: T) => void;
  /** What held at `monotonicNs`; null when nothing did yet. */
  readonly at: (monotonicNs: number) => T | null;
  readonly newest: () => T | null;
};

/** Cameras hand frames over late (encoding, pipes), but never this late. */
const keepNs = 5e9;
/** Old values are cleared away when the list has doubled since the last time, so that a pad that storms costs little. */
const firstClearing = 64;

export function createRecent<T extends Timed>(): Recent<T> {
  let values: T[] = [];
  let clearAt = firstClearing;
  return {
    add: (value) => {
      values.push(value);
      if (values.length < clearAt) return;
      // The newest value before the horizon still holds at the horizon, so it stays.
      const first = values.findIndex(({ monotonicNs }) => monotonicNs >= value.monotonicNs - keepNs);
      values = values.slice(Math.max(0, first - 1));
      clearAt = Math.max(firstClearing, values.length * 2);
    },
    at: (monotonicNs) => values.findLast((value) => value.monotonicNs <= monotonicNs) ?? null,
    newest: () => values.at(-1) ?? null,
  };
}
