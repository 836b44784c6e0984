// The wheel and the stick: who has it, how it changes hands, and that every stop needs what it should before the car moves again.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FailSafe } from "../../../device/drive/drive.ts";
import { armSlowly, openTestCar } from "../../fakes/car.ts";
import { createWatchedDrive, type WatchedDrive } from "../../fakes/pushed-devices.ts";

/** A drive that can stop by itself, as a guarded one does. */
function createGuarded(): {
  drive: WatchedDrive;
  trip: (failSafe: Omit<FailSafe, "applied">) => Promise<void>;
} {
  const listeners = new Set<(failSafe: FailSafe) => void>();
  const drive = Object.assign(createWatchedDrive(), {
    onFailSafe: (listener: (failSafe: FailSafe) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  return {
    drive,
    trip: async (failSafe) => {
      const { applied } = drive.state();
      await drive.neutral(failSafe.reason);
      for (const listener of listeners) listener({ ...failSafe, applied });
    },
  };
}

const remote = { kind: "remote", createdBy: "remote:ann" } as const;

test("a hand at the stick is heard every 50 ms, also when it rests; nobody is when the pad is gone", async (t) => {
  const { gamepad, drive, pass } = await openTestCar(t);
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.4 });
  await pass(1);
  const before = drive.told.length;
  for (let n = 0; n < 20; n += 1) await pass(50);
  const said = drive.told.slice(before);
  assert.ok(said.length >= 20 && said.every((word) => word === "0.40"), said.join(" "));
  gamepad.unplug();
  await pass(1);
  const gone = drive.told.length;
  await pass(1000);
  assert.equal(drive.told.length, gone);
});

test("what was refreshed is no new command: labels keep its age", async (t) => {
  const { gamepad, wheel, clock, pass } = await openTestCar(t);
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.4 });
  const saidNs = clock.monotonicNs();
  await pass(500);
  assert.equal(wheel.commandAt(clock.monotonicNs())?.monotonicNs, saidNs);
});

test("a stop of the guard is counted, told and remembered; the stick needs rest and a button, and labels end where the car stopped", async (t) => {
  const { drive, trip } = createGuarded();
  const { gamepad, wheel, stick, clock, pass, changes } = await openTestCar(t, { drive });
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.4 });
  await pass(100);
  const atNs = clock.monotonicNs() - 20e6;
  await trip({ cause: "stale", reason: "no fresh command came in time", atNs, silentMs: 160 });
  assert.deepEqual(wheel.stops().counts, { stale: 1 });
  const told = changes.find((change) => change.kind === "failSafe");
  assert.deepEqual(told?.kind === "failSafe" && [told.stop.cause, told.stop.driver?.kind], [
    "stale",
    "stick",
  ]);
  assert.equal(wheel.commandAt(atNs), null);
  assert.equal(wheel.commandAt(atNs - 1)?.throttle, 0.4);
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.4 });
  await pass(100);
  assert.deepEqual([drive.state().armed, stick.needsConfirmation()], [false, true]);
  stick.confirm();
  assert.equal(stick.needsConfirmation(), true, "the trigger is held");
  gamepad.hold({});
  await pass(1);
  stick.confirm();
  gamepad.hold({ leftx: 0.01 });
  await pass(1);
  assert.equal(drive.state().armed, true);
  assert.equal(
    drive.told.findLast((word) => word !== "0.00"),
    "arm",
  );
});

test("after a stop from afar the person at the car lets go of the trigger and presses the button, before it moves again", async (t) => {
  const { gamepad, drive, wheel, stick, pass } = await openTestCar(t);
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.4 });
  await pass(100);
  stick.hold();
  await wheel.stop("somebody on the track");
  gamepad.hold({});
  await pass(1);
  gamepad.hold({ righttrigger: 0.4 });
  await pass(100);
  assert.deepEqual([drive.state().armed, stick.needsConfirmation()], [false, true]);
  gamepad.hold({});
  await pass(1);
  stick.confirm();
  gamepad.hold({ leftx: 0.01 });
  await pass(1);
  assert.equal(drive.state().armed, true);
});

test("a trigger that is pulled while the car is arming does not make it jump", async (t) => {
  const { gamepad, drive, clock, pass } = await openTestCar(t);
  armSlowly({ drive, clock }, 1500);
  gamepad.hold({});
  await pass(500);
  gamepad.hold({ righttrigger: 1 });
  await pass(1500);
  assert.equal(drive.state().armed, false);
  gamepad.hold({});
  await pass(1600);
  assert.equal(drive.state().armed, true);
});

test("a gamepad that is lost while the car is arming leaves it disarmed", async (t) => {
  const { gamepad, drive, clock, pass } = await openTestCar(t);
  armSlowly({ drive, clock }, 1500);
  gamepad.hold({});
  await pass(500);
  gamepad.unplug();
  await pass(2000);
  assert.equal(drive.state().armed, false);
});

test("arm() takes the wheel from another driver, who stops first; only one kind arms at a time", async (t) => {
  const { wheel, drive, clock } = await openTestCar(t);
  const [first, second] = await Promise.all([
    wheel.arm(remote),
    wheel.arm({ kind: "model", createdBy: "m" }),
  ]);
  assert.deepEqual([first, second, wheel.driver()], [true, false, remote]);
  wheel.command("remote", { steering: 0.2, throttle: 0.5 });
  assert.equal(wheel.command("model", { steering: 0, throttle: 1 }), false);
  await wheel.arm({ kind: "model", createdBy: "m" });
  assert.deepEqual(drive.told, ["arm", "0.50", "neutral: model takes over", "arm"]);
  assert.deepEqual([drive.state().applied.throttle, wheel.commandAt(clock.monotonicNs())], [0, null]);
  assert.equal(wheel.command("remote", { steering: 0, throttle: 1 }), false);
});

test("forbid() stops whoever drives, also one that is arming, and nobody arms until allow()", async (t) => {
  const { wheel, drive, clock, pass } = await openTestCar(t);
  armSlowly({ drive, clock }, 500);
  const arming = wheel.arm(remote);
  await wheel.forbid("the run is paused");
  await pass(600);
  assert.deepEqual([await arming, drive.state().armed, wheel.driver()], [false, false, null]);
  assert.equal(await wheel.arm(remote), false);
  assert.equal(wheel.forbidden(), "the run is paused");
});

test("command() of a driver that is silent for too long runs out, whoever watches; a stick is not waited for", async (t) => {
  const { wheel, drive, pass } = await openTestCar(t);
  await wheel.arm(remote);
  wheel.command("remote", { steering: 0, throttle: 0.5 }, { validMs: 200 });
  await pass(250);
  assert.equal(drive.state().armed, true, "the guard has its turn first");
  await pass(150);
  assert.deepEqual([drive.state().armed, wheel.stops().counts], [false, { stale: 1 }]);
});

test("command() in a hurry writes the newest only, and a drive that disarms by itself is noticed", async (t) => {
  const { wheel, drive, pass } = await openTestCar(t);
  await wheel.arm(remote);
  for (let n = 1; n <= 100; n += 1) wheel.command("remote", { steering: 0, throttle: n / 100 });
  await pass(1);
  assert.deepEqual([drive.told.length, drive.told.at(-1)], [3, "1.00"]);
  await drive.neutral("the board failed");
  assert.equal(wheel.driver(), null);
  assert.equal(wheel.command("remote", { steering: 0, throttle: 1 }), false);
});

test("a stop of the guard names who drove, also when it was noticed before it was told", async (t) => {
  const { drive, trip } = createGuarded();
  const { wheel, clock } = await openTestCar(t, { drive });
  await wheel.arm(remote);
  await drive.neutral("no fresh command came in time");
  assert.equal(wheel.driver(), null);
  await trip({
    cause: "stale",
    reason: "no fresh command came in time",
    atNs: clock.monotonicNs(),
    silentMs: 450,
  });
  assert.deepEqual(wheel.stops().newest?.driver, remote);
});
