// When a process wanted to run and others had the processor, as Linux accounts it; elsewhere that is not known, and taken for never.
import { readFileSync } from "node:fs";
import type { Standstill } from "./standstills.ts";

/** Life: watchProcessorWaits → look, waits… → close. */
export type ProcessorWaits = {
  /** Accounts for the time since the last look; for the moment before a kill. */
  readonly look: () => void;
  /** Waits of the main thread in the last minute, each as one at the beginning of the time between two looks. */
  readonly waits: () => readonly Standstill[];
  readonly close: () => void;
};

const everyMs = 250;
const memoryNs = 60e9;

/** @param accounted ns that the process has waited in all; null: not known (any more). */
export function watchProcessorWaits(
  accounted: () => number | null,
  nowNs = (): number => Number(process.hrtime.bigint()),
): ProcessorWaits {
  const waits: Standstill[] = [];
  let lookedNs = nowNs();
  let waitedNs = accounted() ?? 0;
  const look = (): void => {
    const total = accounted();
    if (total === null) return;
    const atNs = nowNs();
    // A wait that began before the last look is accounted when it ends.
    const ownNs = Math.min(total - waitedNs, atNs - lookedNs);
    if (ownNs > 0) waits.push({ fromNs: lookedNs, toNs: lookedNs + ownNs });
    while (waits[0] !== undefined && waits[0].toNs < atNs - memoryNs) waits.shift();
    waitedNs = total;
    lookedNs = atNs;
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { look, waits: () => waits, close: () => clearInterval(timer) };
}

/** What proc(5) calls the time spent waiting on a runqueue, of the main thread, ns; null: the process is gone, or this is no Linux. */
export function accountedWaitNs(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[1]);
  } catch {
    return null; // It has just ended.
  }
}
