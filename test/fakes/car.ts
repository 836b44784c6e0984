// A car in the hands of a test: wheel, stick and a drive that tells what it was told, on a clock that the test moves.
import type { TestContext } from "node:test";
import { createStick, type Stick } from "../../agent/drive/stick.ts";
import { createWheel, type Wheel, type WheelChange } from "../../agent/drive/wheel.ts";
import { silentLog } from "../../device/log.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import {
  createPushedGamepad,
  createWatchedDrive,
  type PushedGamepad,
  type WatchedDrive,
} from "./pushed-devices.ts";

export type TestCar = {
  readonly clock: ManualClock;
  readonly drive: WatchedDrive;
  readonly gamepad: PushedGamepad;
  readonly wheel: Wheel;
  readonly stick: Stick;
  readonly changes: readonly WheelChange[];
  /** Lets `ms` pass and what was pushed be dealt with. */
  readonly pass: (ms: number) => Promise<void>;
};

/** @param allowed whether a run is on from the start. */
export async function openTestCar(
  t: Pick<TestContext, "after">,
  { allowed = true, drive = createWatchedDrive() }: { allowed?: boolean; drive?: WatchedDrive } = {},
): Promise<TestCar> {
  const clock = createManualClock();
  const gamepad = createPushedGamepad(clock);
  const wheel = createWheel({ drive, clock, log: silentLog });
  const stick = createStick({ gamepad, wheel, clock, log: silentLog, throttleLimit: 1 });
  const changes: WheelChange[] = [];
  wheel.onChange((change) => void changes.push(change));
  const stop = new AbortController();
  const following = Promise.all([
    wheel.follow(stop.signal),
    stick.follow({ signal: stop.signal, onPress: () => undefined, onLost: () => undefined }),
  ]);
  t.after(async () => {
    stop.abort();
    await following;
    wheel.close();
  });
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  if (allowed) await wheel.allow();
  return { clock, drive, gamepad, wheel, stick, changes, pass };
}

/** From now on arming takes `ms`, as that of a motor controller does. */
export function armSlowly({ drive, clock }: Pick<TestCar, "drive" | "clock">, ms: number): void {
  const { arm } = drive;
  Object.assign(drive, {
    arm: async () => {
      await clock.sleep(ms, new AbortController().signal);
      await arm();
    },
  });
}
