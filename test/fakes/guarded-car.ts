// A car whose board is a file: a guarded drive with a real guard process, hands on the stick, and what the ESC got. Its time is slow: the
// guard's bounds are less than a busy machine may need to run a test, and how long they really are is for `outrider bench fail-safe`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../device/clock.ts";
import { type Drive, type DriveCommand, type FailSafe, remoteValidMs } from "../../device/drive/drive.ts";
import { openGuardedDrive } from "../../device/drive/guard.ts";
import { type GuardLink, startGuard } from "../../device/drive/guard-link.ts";
import type { GuardChild } from "../../device/drive/guard-program.ts";
import { type RecordedPulse, recordedPulses } from "../../device/drive/recorded-pulses.ts";
import { readRecording } from "../../device/drive/recording-bus.ts";
import { silentLog } from "../../device/log.ts";
import { eventually } from "./eventually.ts";
import { createFastClock } from "./fast-clock.ts";

/** For a test in which no time is to be over: half a second lasts five. */
export const slow = 10;
/** For a test that waits until time is over: half a second lasts two. */
export const lessSlow = 4;

/** The clock of a car and its guard, the same in every process. @param slowness how many times as long everything lasts. */
export const slowClock = (slowness: number): Clock => createFastClock(1 / slowness, 0);

/** A board that is a file, quick enough for a test. */
export const boardUrl = (file: string): string =>
  `recording:${file}?arm-ms=0&throttle-slew=100000&steering-slew=100000`;

/** A file for register writes in a folder of its own, removed when the test ends. */
export function recordingFile(t: Pick<TestContext, "after">): string {
  const folder = mkdtempSync(join(tmpdir(), "outrider-guard-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return join(folder, "bus.jsonl");
}

/** As patient as a guard may be. */
export const leastValidMs = remoteValidMs;

/** Starts a guard's process whose time is slow. */
export function startSlowGuard(slowness: number): GuardChild {
  const file = fileURLToPath(new URL("./slow-guard.ts", import.meta.url));
  const args = ["--import", import.meta.resolve("tsx"), file, String(slowness)];
  return spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
}

/** Every throttle pulse, in order. */
export function throttleOf(file: string): readonly RecordedPulse[] {
  return recordedPulses(readRecording(file), 0);
}

export const isNeutral = ({ us }: { readonly us: number }): boolean => Math.abs(us - 1500) < 5;

/** Whether the newest throttle pulse makes a car go. */
export function isMoving(file: string): boolean {
  const newest = throttleOf(file).at(-1);
  return newest !== undefined && !isNeutral(newest);
}

/** The first neutral that was written after a moment. @throws when there is none. */
export function neutralAfter(file: string, ns: number): RecordedPulse {
  const found = throttleOf(file).find((pulse) => pulse.ns >= ns && isNeutral(pulse));
  if (found === undefined) throw new Error("Expected neutral to be written, got none");
  return found;
}

export type GuardedCar = {
  readonly clock: Clock;
  readonly drive: Drive;
  readonly file: string;
  /** The guards that were started, in order. */
  readonly guards: readonly GuardLink[];
  readonly heard: readonly FailSafe[];
  /** Keeps a command in force until something is so. */
  readonly hold: (command: DriveCommand, what: string, isSo: () => boolean) => Promise<void>;
};

export async function openGuardedCar(
  t: Pick<TestContext, "after">,
  { hungMs, local, slowness = slow }: { hungMs?: number; local?: Drive; slowness?: number } = {},
): Promise<GuardedCar> {
  const file = recordingFile(t);
  const clock = slowClock(slowness);
  const guards: GuardLink[] = [];
  const start = (): GuardLink => {
    const guard = startGuard({ clock, log: silentLog, hungMs, start: () => startSlowGuard(slowness) });
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
    clock,
    drive,
    file,
    guards,
    heard,
    hold: async (command, what, isSo) => {
      await eventually(what, async () => {
        await drive.apply(command);
        await delay(30);
        return isSo();
      });
    },
  };
}
