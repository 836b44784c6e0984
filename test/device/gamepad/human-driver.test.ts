import assert from "node:assert/strict";
import test from "node:test";
import { createTrackWorld } from "../../../device/camera/sim/track.ts";
import { createHumanDriver, type Hands } from "../../../device/gamepad/human-driver.ts";

/** Drives a seed for so many simulated seconds; `each` sees every tick. */
function drive(
  seed: number,
  seconds: number,
  each: (world: ReturnType<typeof createTrackWorld>, hands: Hands) => void,
): void {
  const world = createTrackWorld({ seed });
  const driver = createHumanDriver(world, { seed, ticksPerS: 30 });
  for (let tick = 1; tick <= seconds * 30; tick++) {
    world.advanceTo(tick / 30);
    const hands = driver.look();
    world.command({ steering: hands.leftx, throttle: hands.righttrigger });
    each(world, hands);
  }
}

test("createHumanDriver() keeps the car on the road for 12 minutes on each of 12 seeds", () => {
  for (let seed = 1; seed <= 12; seed++) {
    let furthest = 0;
    let laps = 0;
    drive(seed, 720, (world) => {
      const truth = world.truth();
      furthest = Math.max(furthest, Math.abs(truth.lateralOffset));
      laps = truth.laps;
    });
    assert.ok(furthest < 0.45, `seed ${seed}: ${furthest} m off the middle`);
    assert.ok(laps > 15, `seed ${seed}: ${laps} laps`);
  }
});

test("createHumanDriver() stops now and then, lets the trigger go in bends and uses all directions", () => {
  let stops = 0;
  let wasMoving = false;
  const trigger = { straight: [0, 0], bend: [0, 0] };
  const steered = new Set<number>();
  drive(2, 300, (world, { leftx, righttrigger }) => {
    const { speed, curvature } = world.truth();
    if (wasMoving && speed === 0) stops += 1;
    wasMoving = speed > 0;
    const where = Math.abs(curvature) > 0.5 ? trigger.bend : trigger.straight;
    if (speed > 0.5) {
      where[0]! += righttrigger;
      where[1]! += 1;
    }
    steered.add(Math.round(leftx * 8));
    assert.ok(Math.abs(leftx) <= 1 && righttrigger >= 0 && righttrigger <= 1);
  });
  assert.ok(stops >= 6 && stops <= 20, `${stops} stops in five minutes`);
  assert.ok(trigger.bend[0]! / trigger.bend[1]! < (0.8 * trigger.straight[0]!) / trigger.straight[1]!);
  for (const class_ of [-2, -1, 0, 1, 2]) assert.ok(steered.has(class_), `steering ${class_}/8`);
});

test("createHumanDriver() begins with hands at rest and does the same again for the same seed", () => {
  const runs = [1, 1, 2].map((seed) => {
    const world = createTrackWorld({ seed: 5 });
    const driver = createHumanDriver(world, { seed, ticksPerS: 30 });
    return Array.from({ length: 300 }, (_, tick) => {
      world.advanceTo(tick / 30);
      const hands = driver.look();
      world.command({ steering: hands.leftx, throttle: hands.righttrigger });
      return hands;
    });
  });
  assert.deepEqual(
    runs[0]?.slice(0, 5).map((hands) => hands.righttrigger),
    [0, 0, 0, 0, 0],
  );
  assert.deepEqual(runs[0], runs[1]);
  assert.notDeepEqual(runs[0], runs[2]);
});
