// How long to wait before a failed camera is started again: longer each time, and never two cameras in step.

/** 1–2 s after the first failure, doubling to 15–30 s, ms. @param random 0 ≤ random() < 1. */
export function backOffMs(failures: number, random: () => number): number {
  const longestMs = Math.min(30_000, 2_000 * 2 ** Math.max(0, failures - 1));
  return Math.round(longestMs * (0.5 + random() / 2));
}
