// A wait that may be cut short without that being an error.
import type { Clock } from "../clock.ts";

/** Waits `ms` milliseconds, or until the signal aborts. Returns whether it aborted. */
export async function sleepUnless(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
  return signal.aborted;
}
