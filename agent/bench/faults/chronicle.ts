// What the bench did to a rig, and when: a break is understood from its report only beside the faults around it.
import { appendFileSync } from "node:fs";
import type { Clock } from "../../../device/clock.ts";

/** Life: openChronicle → note… → between…. The file is written line by line and needs no close. */
export type Chronicle = {
  /** Something is done, or was seen, now. */
  readonly note: (words: string) => void;
  /** What was noted between two moments of the monotonic clock, oldest first, each with its seconds since `zeroNs`. */
  readonly between: (fromNs: number, toNs: number, zeroNs: number) => readonly string[];
};

/** Keeps a chronicle in memory, and in the file at `path` with the wall time, as the agent's own log has it. */
export function openChronicle(path: string, clock: Clock): Chronicle {
  const notes: { readonly atNs: number; readonly words: string }[] = [];
  return {
    note: (words) => {
      const { monotonicNs, wallUs } = clock.now();
      notes.push({ atNs: monotonicNs, words });
      appendFileSync(path, `${new Date(wallUs / 1000).toISOString()} ${words}\n`);
    },
    between: (fromNs, toNs, zeroNs) =>
      notes
        .filter(({ atNs }) => atNs >= fromNs && atNs <= toNs)
        .map(({ atNs, words }) => `${((atNs - zeroNs) / 1e9).toFixed(2)} s ${words}`),
  };
}

/** The proxy with everything that is set on it in the chronicle. */
export function noted<Fault, Proxy extends { readonly set: (fault: Fault | null) => Promise<void> }>(
  proxy: Proxy & { readonly set: (fault: Fault | null) => Promise<void> },
  name: string,
  chronicle: Chronicle,
): Proxy {
  return {
    ...proxy,
    set: (fault: Fault | null) => {
      chronicle.note(`${name}: ${fault === null ? "well" : JSON.stringify(fault)}`);
      return proxy.set(fault);
    },
  };
}
