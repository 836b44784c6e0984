// How many frames a second there were lately.

/** Counts frames over the last seconds. */
export type FrameRate = {
  readonly count: (monotonicNs: number) => void;
  /** Frames per second over the last two seconds up to `monotonicNs`; 0 when nothing came. */
  readonly at: (monotonicNs: number) => number;
};

const windowNs = 2e9;

/** Starts counting. */
export function createFrameRate(): FrameRate {
  const times: number[] = [];
  return {
    count: (monotonicNs) => {
      times.push(monotonicNs);
      while (times[0]! < monotonicNs - windowNs) times.shift();
    },
    at: (monotonicNs) => {
      const recent = times.filter((time) => time >= monotonicNs - windowNs);
      const first = recent[0];
      const last = recent.at(-1);
      if (first === undefined || last === undefined || last === first) return 0;
      // A camera that fell silent slows down here until its last frame leaves the window.
      const spanNs = Math.max(last - first, monotonicNs - first - windowNs / 8);
      return ((recent.length - 1) * 1e9) / spanNs;
    },
  };
}
