// When a process could not run: what came meanwhile it could not read, so a bound on what it may lose counts only the time it ran.

/** From SIGSTOP to SIGCONT, or while others had the processor; monotonic ns. */
export type Standstill = { readonly fromNs: number; readonly toNs: number };

/** How far before `atNs` lies the moment since which a process ran for `ranMs` in all, ms. @param standstills in any order, over by `atNs`. */
export function spanOfRunning(ranMs: number, atNs: number, standstills: readonly Standstill[]): number {
  let leftNs = ranMs * 1e6;
  let fromNs = atNs;
  for (const { fromNs: stoppedNs, toNs: wentOnNs } of standstills.toSorted((a, b) => b.toNs - a.toNs)) {
    if (fromNs - wentOnNs >= leftNs) break;
    // Two that overlap are one.
    leftNs -= Math.max(0, fromNs - wentOnNs);
    fromNs = Math.min(fromNs, stoppedNs);
  }
  return (atNs - fromNs + leftNs) / 1e6;
}
