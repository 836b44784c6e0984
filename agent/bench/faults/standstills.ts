// When a process was stopped: what came meanwhile it could not read, so a bound on what it may lose counts only the time it ran.

/** From SIGSTOP to SIGCONT, monotonic ns. */
export type Standstill = { readonly fromNs: number; readonly toNs: number };

/** How far before `atNs` lies the moment since which a process ran for `ranMs` in all, ms. @param standstills in their order, over by `atNs`. */
export function spanOfRunning(ranMs: number, atNs: number, standstills: readonly Standstill[]): number {
  let leftNs = ranMs * 1e6;
  let fromNs = atNs;
  for (const { fromNs: stoppedNs, toNs: wentOnNs } of standstills.toReversed()) {
    if (fromNs - wentOnNs >= leftNs) break;
    leftNs -= fromNs - wentOnNs;
    fromNs = stoppedNs;
  }
  return (atNs - fromNs + leftNs) / 1e6;
}
