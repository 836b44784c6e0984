// A car whose board is a file: a guarded drive with a real guard process, hands on the stick, and what the ESC got.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createSystemClock } from "../../device/clock.ts";
import { type Drive, type DriveCommand, type FailSafe, remoteValidMs } from "../../device/drive/drive.ts";
import { openGuardedDrive } from "../../device/drive/guard.ts";
import { type GuardLink, startGuard } from "../../device/drive/guard-link.ts";
import { type RecordedPulse, recordedPulses } from "../../device/drive/recorded-pulses.ts";
import { readRecording } from "../../device/drive/recording-bus.ts";
import { silentLog } from "../../device/log.ts";

export const clock = createSystemClock();

/** A board that is a file, quick enough for a test. */
export const boardUrl = (file: string): string =>
  `recording:${file}?arm-ms=0&throttle-slew=100000&steering-slew=100000`;

/** A file for register writes in a folder of its own, removed when the test ends. */
export function recordingFile(t: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "outrider-guard-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "bus.jsonl");
}

/** As patient as a guard may be: the machine of a test has other things to do. */
export const leastValidMs = remoteValidMs;

/** Every throttle pulse, in order. */
export function throttleOf(file: string): readonly RecordedPulse[] {
  return recordedPulses(readRecording(file), 0);
}

export const isNeutral = ({ us }: { readonly us: number }): boolean => Math.abs(us - 1500) < 5;

/** The first neutral that was written after a moment. @throws when there is none. */
export function neutralAfter(file: string, ns: number): RecordedPulse {
  const found = throttleOf(file).find((pulse) => pulse.ns >= ns && isNeutral(pulse));
  if (found === undefined) throw new Error("Expected neutral to be written, got none");
  return found;
}

export type GuardedCar = {
  readonly drive: Drive;
  readonly file: string;
  /** The guards that were started, in order. */
  readonly guards: readonly GuardLink[];
  readonly heard: readonly FailSafe[];
  /** Keeps a command in force for so long. */
  readonly hold: (command: DriveCommand, ms: number) => Promise<void>;
};

export async function openGuardedCar(
  t: Pick<TestContext, "after">,
  { hungMs, local }: { hungMs?: number; local?: Drive } = {},
): Promise<GuardedCar> {
  const file = recordingFile(t);
  const guards: GuardLink[] = [];
  const start = (): GuardLink => {
    const guard = startGuard({ clock, log: silentLog, hungMs });
    guards.push(guard);
    return guard;
  };
  const drive = await openGuardedDrive({
    url: boardUrl(file),
    clock,
    log: silentLog,
    start,
    local,
    leastValidMs,
  });
  t.after(() => drive.close());
  const heard: FailSafe[] = [];
  drive.onFailSafe?.((failSafe) => heard.push(failSafe));
  return {
    drive,
    file,
    guards,
    heard,
    hold: async (command, ms) => {
      const untilNs = clock.monotonicNs() + ms * 1e6;
      while (clock.monotonicNs() < untilNs) {
        await drive.apply(command);
        await delay(30);
      }
    },
  };
}
