// When a process could not run: what came meanwhile it could not read, so a bound on what it may lose counts only the time it ran.

/** From SIGSTOP to SIGCONT, or while others had the processor; monotonic ns. */
export type Standstill = { readonly fromNs: number; readonly toNs: number };

/** How long a process ran between two moments, ms. @param standstills in any order; two that overlap are one. */
export function ranBetweenMs(fromNs: number, toNs: number, standstills: readonly Standstill[]): number {
  let stoodNs = 0;
  let knownNs = fromNs;
  for (const each of standstills.toSorted((a, b) => a.fromNs - b.fromNs)) {
    const beganNs = Math.max(each.fromNs, knownNs);
    const endedNs = Math.min(each.toNs, toNs);
    if (endedNs <= beganNs) continue;
    stoodNs += endedNs - beganNs;
    knownNs = endedNs;
  }
  return (toNs - fromNs - stoodNs) / 1e6;
}
