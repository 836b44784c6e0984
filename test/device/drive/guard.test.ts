import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createTrackWorld } from "../../../device/camera/sim/track.ts";
import { createSystemClock } from "../../../device/clock.ts";
import { openGuardedDrive } from "../../../device/drive/guard.ts";
import { startGuard } from "../../../device/drive/guard-link.ts";
import { createSimDrive } from "../../../device/drive/sim.ts";
import { silentLog } from "../../../device/log.ts";
import { testDrive } from "../../contracts/drive.ts";
import { startChild } from "../../fakes/child.ts";
import { eventually } from "../../fakes/eventually.ts";
import {
  boardUrl,
  type GuardedCar,
  isMoving,
  isNeutral,
  leastValidMs,
  lessSlow,
  neutralAfter,
  openGuardedCar,
  recordingFile,
  slow,
  slowClock,
  startSlowGuard,
  throttleOf,
} from "../../fakes/guarded-car.ts";

const forward = { steering: 0.2, throttle: 0.4 };
const rest = { steering: 0, throttle: 0 };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const standing = (file: string): Promise<boolean> => eventually("the car stands", () => !isMoving(file));

/** Stops a process and resolves when it is: a signal takes its time. */
async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await eventually("a process that is stopped", () => {
    try {
      // What follows the name in parentheses, proc(5).
      return / T /.test(readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\)/s, "").slice(0, 3));
    } catch {
      return true; // no /proc here
    }
  });
}

type Driven = GuardedCar & { readonly move: () => Promise<void> };

/** A car that is armed and moves. */
async function openMovingCar(
  t: TestContext,
  options: Parameters<typeof openGuardedCar>[1] = {},
): Promise<Driven> {
  const car = await openGuardedCar(t, options);
  const move = async (): Promise<void> => {
    await car.drive.arm();
    await car.hold(forward, "the car moves", () => isMoving(car.file));
  };
  await move();
  return { ...car, move };
}

describe("openGuardedDrive()", () => {
  test("a guard that is killed: neutral is written in its place, another comes up, and the car can be armed again", async (t) => {
    const { clock, drive, file, guards, heard, hold, move } = await openMovingCar(t);
    await hold(forward, "the guard has said so", () => drive.state().applied.throttle > 0.3);
    const atNs = clock.monotonicNs();
    process.kill(guards[0]!.pid!, "SIGKILL");
    await standing(file);
    assert.equal(
      neutralAfter(file, atNs).pid,
      process.pid,
      "by this process, which needs no second to start",
    );
    await eventually("it is told", () => heard.length === 1);
    assert.deepEqual(
      heard.map(({ cause, applied }) => [cause, applied]),
      [["guard", forward]],
    );
    assert.match(heard[0]!.reason, /the driving guard was ended by SIGKILL/);
    // The recorder goes on as if nothing was.
    await hold(forward, "another guard", () => guards.length === 2);
    assert.equal(drive.state().armed, false);
    await assert.rejects(drive.arm(), /Expected throttle to be 0/);
    await drive.apply(rest);
    await move();
    assert.equal(guards.length, 2);
    await drive.close();
    assert.equal(isMoving(file), false);
  });

  test("a guard that hangs is killed, and neutral is written in its place", async (t) => {
    const { file, guards, heard, hold } = await openMovingCar(t, { hungMs: 200 });
    await stopProcess(guards[0]!.pid!);
    await hold(forward, "it is told", () => heard.length === 1);
    await standing(file);
    assert.match(heard[0]!.reason, /the driving guard did not answer in time/);
    assert.equal(heard[0]!.cause, "guard");
  });

  test("a guard that was stopped and goes on writes neutral before anything else, whatever lies in its pipe", async (t) => {
    const { clock, drive, file, guards, heard, hold } = await openMovingCar(t, {
      hungMs: 60_000,
      slowness: lessSlow,
    });
    await stopProcess(guards[0]!.pid!);
    const before = throttleOf(file);
    const untilNs = clock.monotonicNs() + 600e6;
    await hold(forward, "more time than a command is valid for", () => clock.monotonicNs() > untilNs);
    assert.equal(throttleOf(file).length, before.length);
    process.kill(guards[0]!.pid!, "SIGCONT");
    await hold(forward, "a stop is heard", () => heard.length === 1);
    const after = throttleOf(file).slice(before.length);
    assert.ok(after.length > 0 && after.every(isNeutral), JSON.stringify(after));
    assert.equal(heard[0]!.cause, "stale");
    assert.equal(drive.state().armed, false);
  });

  test("neutral() while the guard hangs is written all the same", async (t) => {
    const { drive, file, guards } = await openMovingCar(t, { slowness: lessSlow });
    await stopProcess(guards[0]!.pid!);
    await drive.neutral("the gamepad is gone");
    assert.equal(isMoving(file), false);
    assert.equal(drive.state().armed, false);
  });

  test("close() while the guard is gone writes neutral", async (t) => {
    const { drive, file, guards } = await openMovingCar(t);
    process.kill(guards[0]!.pid!, "SIGKILL");
    await drive.close();
    assert.equal(isMoving(file), false);
  });

  test("an address that means nothing, and a board that is not there, are told as without a guard", async () => {
    const open = (url: string) => openGuardedDrive({ url, clock: createSystemClock(), log: silentLog });
    await assert.rejects(open("pca9685:one"), { name: "DeviceUrlError" });
    await assert.rejects(open("none:"), /address of a board to guard/);
    await assert.rejects(open("recording:/no-such-folder/bus.jsonl"), /ENOENT.*no-such-folder/);
  });

  test("a car that lives in this process obeys its guard: silence stops it, and so does the guard's death", async (t) => {
    const clock = createSystemClock();
    const startNs = clock.monotonicNs();
    const nowS = (): number => (clock.monotonicNs() - startNs) / 1e9;
    const local = createSimDrive(createTrackWorld({ seed: 1 }), { nowS });
    const { drive, guards, heard, hold } = await openGuardedCar(t, { local, slowness: lessSlow });
    const move = async (): Promise<void> => {
      await drive.arm();
      await hold(forward, "the car moves", () => drive.state().applied.throttle > 0.1);
    };
    assert.match(drive.name, /simulated car/);
    await move();
    await eventually("the car stops", () => heard.length === 1);
    assert.equal(heard[0]!.cause, "stale");
    assert.deepEqual([drive.state().armed, drive.state().applied], [false, rest]);
    await drive.apply(rest);
    await move();
    process.kill(guards[0]!.pid!, "SIGKILL");
    await eventually("the car stops again", () => heard.length === 2);
    assert.equal(heard[1]!.cause, "guard");
    assert.deepEqual(drive.state().applied, rest);
    await drive.close();
    assert.equal(local.state().neutralReason, "closed");
  });
});

describe("the guard of a program", () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const)
    test(`that is ended by ${signal} writes neutral and goes`, async (t) => {
      const file = recordingFile(t);
      const parent = startChild(t, "guard-parent.ts", [file, `${slow}`]);
      assert.equal(await parent.line(), "driving");
      const guard = throttleOf(file).at(-1)!.pid;
      assert.equal(isMoving(file), true);
      const atNs = slowClock(slow).monotonicNs();
      await parent.kill(signal);
      await standing(file);
      assert.equal(neutralAfter(file, atNs).pid, guard);
      await eventually("the guard is gone", () => !isAlive(guard));
    });

  test("that is stopped writes neutral, and what it does when it goes on moves nothing", async (t) => {
    const file = recordingFile(t);
    const parent = startChild(t, "guard-parent.ts", [file, `${lessSlow}`]);
    assert.equal(await parent.line(), "driving");
    const atNs = slowClock(lessSlow).monotonicNs();
    process.kill(parent.pid, "SIGSTOP");
    await standing(file);
    const neutral = neutralAfter(file, atNs);
    process.kill(parent.pid, "SIGCONT");
    assert.equal(await parent.line(), "stopped stale");
    await delay(300);
    const after = throttleOf(file).filter(({ ns }) => ns >= neutral.ns);
    assert.ok(after.every(isNeutral), "it applies full of zest and stays where it is");
  });
});

testDrive("openGuardedDrive()", async () => {
  const cleanups: (() => unknown)[] = [];
  const file = recordingFile({ after: (cleanup) => void cleanups.push(cleanup as () => unknown) });
  const url = `${boardUrl(file)}&throttle-limit=0.5`;
  const clock = slowClock(lessSlow);
  const start = () => startGuard({ clock, log: silentLog, start: () => startSlowGuard(lessSlow) });
  const drive = await openGuardedDrive({ url, clock, log: silentLog, start, leastValidMs });
  return {
    drive,
    throttleLimit: 0.5,
    advance: (ms) => delay(ms),
    settleMs: 600,
    close: async () => {
      await drive.close();
      for (const cleanup of cleanups) cleanup();
    },
  };
});
