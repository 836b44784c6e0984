import assert from "node:assert/strict";
import test from "node:test";
import { createTrackWorld } from "../../../device/camera/sim/track.ts";
import { createSimDrive } from "../../../device/drive/sim.ts";

function openDrive() {
  const world = createTrackWorld({ seed: 1 });
  let nowS = 0;
  const drive = createSimDrive(world, { nowS: () => nowS });
  return {
    world,
    drive,
    wait: (seconds: number): void => {
      nowS += seconds;
    },
  };
}

test("createSimDrive() stays neutral until armed", async () => {
  const { drive, world, wait } = openDrive();
  await drive.apply({ steering: 0, throttle: 0.5 });
  wait(1);
  assert.deepEqual(drive.state(), {
    armed: false,
    applied: { steering: 0, throttle: 0 },
    neutralReason: null,
  });
  assert.equal(world.truth().speed, 0);
  await assert.rejects(drive.arm(), /throttle to be 0 .* got 0\.5/);
  await drive.apply({ steering: 0.3, throttle: 0 });
  await drive.arm();
  await drive.arm();
  await drive.apply({ steering: 0, throttle: 0.5 });
  wait(1);
  assert.equal(drive.state().armed, true);
  assert.ok(world.truth().speed > 0.5);
});

test("apply() clamps, counts what is no number as neutral, and servo and motor take their time", async () => {
  const { drive, wait } = openDrive();
  await drive.arm();
  await drive.apply({ steering: 7, throttle: -9 });
  wait(0.05);
  const soon = drive.state().applied;
  assert.ok(soon.steering > 0.2 && soon.steering < 0.5, `${soon.steering}`);
  wait(1);
  assert.deepEqual(drive.state().applied, { steering: 1, throttle: -1 });
  await drive.apply({ steering: Number.NaN, throttle: 0.4 });
  wait(1);
  assert.deepEqual(drive.state().applied, { steering: 0, throttle: 0 });
});

test("neutral() stops at once, says why, and arming again needs the trigger at rest", async () => {
  const { drive, wait } = openDrive();
  await drive.arm();
  await drive.apply({ steering: -1, throttle: 1 });
  wait(1);
  await drive.neutral("gamepad gone");
  assert.deepEqual(drive.state(), {
    armed: false,
    applied: { steering: 0, throttle: 0 },
    neutralReason: "gamepad gone",
  });
  await drive.apply({ steering: 0, throttle: 0.2 });
  await assert.rejects(drive.arm());
  await drive.apply({ steering: 0, throttle: 0 });
  await drive.arm();
  assert.equal(drive.state().armed, true);
});

test("close() leaves the car neutral for good and may be called twice", async () => {
  const { drive, wait } = openDrive();
  await drive.arm();
  await drive.apply({ steering: 0, throttle: 1 });
  await drive.close();
  await drive.close();
  wait(1);
  assert.deepEqual(drive.state().applied, { steering: 0, throttle: 0 });
  await assert.rejects(drive.arm(), /closed/);
  await assert.rejects(drive.apply({ steering: 1, throttle: 1 }), /closed/);
});
