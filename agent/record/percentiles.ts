// Percentiles of a stream in bounded memory: a histogram with 5 % wide buckets.

export type Percentiles = {
  readonly add: (value: number) => void;
  /** The value below which `fraction` of all lie, within 5 %; null before the first. */
  readonly at: (fraction: number) => number | null;
  readonly count: () => number;
};

const growth = 1.05;

export function createPercentiles(): Percentiles {
  const buckets = new Map<number, number>();
  let total = 0;
  return {
    add: (value) => {
      const bucket = value <= 0 ? Number.NEGATIVE_INFINITY : Math.round(Math.log(value) / Math.log(growth));
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      total += 1;
    },
    at: (fraction) => {
      if (total === 0) return null;
      let left = Math.ceil(fraction * total);
      for (const [bucket, count] of [...buckets].sort(([a], [b]) => a - b)) {
        left -= count;
        if (left <= 0) return growth ** bucket;
      }
      return null;
    },
    count: () => total,
  };
}
