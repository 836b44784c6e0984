// The machine's three clocks: the wall (may jump), the monotonic one (never does), and whether the wall is to be believed.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** The time of one moment, on every clock the machine has. */
export type Moment = {
  /** Wall clock, microseconds since 1970-01-01 UTC. */
  readonly wallUs: number;
  /** Monotonic clock, nanoseconds since an arbitrary point of this boot (exact to 1 ns for 104 days, to 2 ns after). */
  readonly monotonicNs: number;
  /** Which boot `monotonicNs` belongs to. */
  readonly bootId: string;
  /** Whether the wall clock was synchronised (NTP, RTC with GPS, …) at that moment. */
  readonly clockSynchronised: boolean;
};

/** The clocks, passed to whatever needs time, so that tests never sleep. */
export type Clock = {
  readonly now: () => Moment;
  /** Monotonic nanoseconds alone: cheap, for stamping stick states and frames. */
  readonly monotonicNs: () => number;
  /** Waits `ms` milliseconds. @throws the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

const wallStepToleranceUs = 5_000;
const synchronisedCheckNs = 5e9;

/** Opens the machine's clock. The wall reading has microseconds: it runs on the monotonic clock and is re-anchored when NTP steps the wall. */
export function createSystemClock(): Clock {
  const monotonicNs = (): number => Number(process.hrtime.bigint());
  const bootId = readBootId();
  let anchorWallUs = Date.now() * 1000;
  let anchorNs = monotonicNs();
  let synchronised = isClockSynchronised();
  let checkedAtNs = anchorNs;

  return {
    monotonicNs,
    now: () => {
      const ns = monotonicNs();
      let wallUs = anchorWallUs + Math.round((ns - anchorNs) / 1000);
      const systemUs = Date.now() * 1000;
      if (Math.abs(wallUs - systemUs) > wallStepToleranceUs) {
        anchorWallUs = systemUs;
        anchorNs = ns;
        wallUs = systemUs;
        // Whoever set it says so in the same breath: a step and its reason are one change.
        checkedAtNs = Number.NEGATIVE_INFINITY;
      }
      if (ns - checkedAtNs > synchronisedCheckNs) {
        synchronised = isClockSynchronised();
        checkedAtNs = ns;
      }
      return { wallUs, monotonicNs: ns, bootId, clockSynchronised: synchronised };
    },
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      try {
        await delay(ms, undefined, { signal });
      } catch (cause) {
        signal.throwIfAborted();
        throw cause;
      }
    },
  };
}

/** The kernel's boot id; where there is none (not Linux), an id of this process's start. */
export function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return `process-${process.pid}-${Math.round(performance.timeOrigin)}`;
  }
}

/** systemd-timesyncd touches this file once it has set the clock; without timesyncd a year before 2024 betrays an unset clock. */
function isClockSynchronised(): boolean {
  if (existsSync("/run/systemd/timesync")) return existsSync("/run/systemd/timesync/synchronized");
  return new Date().getUTCFullYear() >= 2024;
}
