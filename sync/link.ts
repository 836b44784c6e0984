// Notices that something appeared that was not there before (an address, a route, fresh credentials), so that what rests is tried at
// once instead of after minutes.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";

export type LinkWatchOptions = {
  /** The facts as they are now; a fact that is new means that a try may go better than the last. Must be cheap. */
  readonly read: () => readonly string[];
  readonly onUp: () => void;
  readonly clock: Pick<Clock, "sleep" | "monotonicNs">;
  readonly log: Log;
  /** Gives [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
};

const lookEveryMs = 1_000;
/** Least time between two reports; up to half of it again, at random: machines on one flapping mast must not come in step. */
const minGapMs = 2_000;

/** Looks every second until the signal aborts. What appears soon after the last report is reported when its time has come. */
export async function watchLink(options: LinkWatchOptions): Promise<void> {
  const { read, onUp, clock, log, random, signal } = options;
  let known = new Set(readSafely(read, log) ?? []);
  let mayTellNs = 0;
  let isOwed = false;
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const facts = readSafely(read, log);
    if (facts !== null) {
      const fresh = facts.filter((fact) => !known.has(fact));
      known = new Set(facts);
      // Gone again before it could be told: there is nothing to try.
      isOwed = facts.length > 0 && (isOwed || fresh.length > 0);
      if (fresh.length > 0) log.debug({ fresh }, "the network changed");
    }
    if (!isOwed || clock.monotonicNs() < mayTellNs) continue;
    isOwed = false;
    mayTellNs = clock.monotonicNs() + minGapMs * (1 + random() / 2) * 1e6;
    onUp();
  }
}

/** null: it could not be read now. */
function readSafely(read: () => readonly string[], log: Log): readonly string[] | null {
  try {
    return read();
  } catch (cause) {
    log.debug({ cause }, "the state of the network could not be read");
    return null;
  }
}
