import assert from "node:assert/strict";
import test from "node:test";
import { createTrackWorld } from "../../../../device/camera/sim/track.ts";

/** Drives by the world's own truth for so many steps of a thirtieth of a second. */
function driveWell(world: ReturnType<typeof createTrackWorld>, ticks: number, throttle = 0.4): void {
  const startS = world.timeS();
  for (let tick = 1; tick <= ticks; tick++) {
    world.command({ steering: world.truth().steering, throttle });
    world.advanceTo(startS + tick / 30);
  }
}

test("createTrackWorld() gives the same life for the same seed and commands, whatever the size of the steps asked for", () => {
  const coarse = createTrackWorld({ seed: 4 });
  const fine = createTrackWorld({ seed: 4 });
  for (const world of [coarse, fine]) world.command({ steering: 0.2, throttle: 0.5 });
  for (let ms = 1; ms <= 1000; ms++) fine.advanceTo(ms / 1000);
  coarse.advanceTo(1);
  assert.deepEqual(fine.truth(), coarse.truth());
  assert.deepEqual(fine.car, coarse.car);
});

test("createTrackWorld() ignores a time in the past", () => {
  const world = createTrackWorld({ seed: 1 });
  world.advanceTo(2);
  world.advanceTo(1);
  assert.equal(world.timeS(), 2);
});

test("truth() counts left as negative and steers back", () => {
  for (const side of [-1, 1]) {
    const world = createTrackWorld({ seed: 2 });
    const before = world.truth();
    world.command({ steering: side * 0.8, throttle: 0.5 });
    world.advanceTo(0.9);
    const truth = world.truth();
    assert.equal(before.lateralOffset, 0);
    assert.equal(Math.sign(truth.appliedSteering), side);
    assert.equal(Math.sign(truth.lateralOffset), side, `offset ${truth.lateralOffset}`);
    assert.equal(Math.sign(truth.headingError), side, `heading ${truth.headingError}`);
    assert.ok(truth.steering * side < before.steering * side, `steering ${truth.steering}`);
  }
});

test("truth() has curvature and perfect steering of one sign in a bend, and the car turns that way", () => {
  const world = createTrackWorld({ seed: 5 });
  let bends = 0;
  for (let tick = 0; tick < 1500; tick++) {
    driveWell(world, 1);
    const { curvature, steering } = world.truth();
    if (Math.abs(curvature) < 0.6) continue;
    bends += 1;
    assert.ok(steering * curvature > -0.05, `steering ${steering} in a bend of ${curvature}`);
  }
  assert.ok(bends > 20);
});

test("truth().steering, when obeyed, keeps the car in the middle and laps are counted", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const world = createTrackWorld({ seed });
    for (let tick = 0; tick < 60 * 30; tick++) {
      driveWell(world, 1);
      assert.ok(Math.abs(world.truth().lateralOffset) < 0.25, `seed ${seed}: ${world.truth().lateralOffset}`);
    }
    assert.ok(world.truth().laps >= 1);
    assert.equal(world.truth().rescues, 0);
  }
});

test("createTrackWorld() carries a lost car back to the road", () => {
  const world = createTrackWorld({ seed: 1 });
  world.command({ steering: 1, throttle: 1 });
  let left = false;
  for (let tick = 1; tick < 600 && world.truth().rescues === 0; tick++) {
    world.advanceTo(tick / 30);
    left ||= !world.truth().onTrack;
  }
  world.halt();
  assert.ok(left);
  assert.equal(world.truth().rescues, 1);
  assert.equal(world.truth().onTrack, true);
});

test("halt() straightens the wheels at once; the car rolls out within two seconds", () => {
  const world = createTrackWorld({ seed: 6 });
  driveWell(world, 60, 0.8);
  world.halt();
  const truth = world.truth();
  assert.equal(truth.appliedSteering, 0);
  assert.equal(truth.appliedThrottle, 0);
  world.advanceTo(world.timeS() + 2);
  assert.equal(world.truth().speed, 0);
});
