// How a person with a gamepad drives the simulated track: sees late, steers a little wrong, lets the trigger go in bends, and
// stops now and then. Pure: world in, thumb and trigger out.
import { wrapIndex } from "../camera/sim/course.ts";
import { lookaheadAt, pursue } from "../camera/sim/pure-pursuit.ts";
import { between, createRandom } from "../camera/sim/seeded-random.ts";
import type { TrackWorld } from "../camera/sim/track.ts";

/** Thumb and finger: stick −1..1 (left negative), trigger 0..1. */
export type Hands = { readonly leftx: number; readonly righttrigger: number };

/** A person at the wheel. `look` is called once per tick, in order. */
export type HumanDriver = { readonly look: () => Hands };

/** Ticks between seeing and doing: 4 at 30 Hz, about 130 ms, a practised player. */
const reactionTicks = 4;
/** The driver holds still at first, so that a drive can be armed. */
const waitAtStartS = 0.5;

/** Makes a driver for a world; `ticksPerS` is how often `look` will be called. */
export function createHumanDriver(
  world: TrackWorld,
  options: { readonly seed: number; readonly ticksPerS: number },
): HumanDriver {
  const random = createRandom(options.seed, "human-driver");
  const tickS = 1 / options.ticksPerS;
  const seen: Hands[] = [];
  let leftx = 0;
  let righttrigger = 0;
  let wanderM = 0;
  let tremor = 0;
  let nextStopS = between(random, 15, 30);
  let stopUntilS = waitAtStartS;

  return {
    look: () => {
      const now = world.timeS();
      if (now >= nextStopS) {
        stopUntilS = now + between(random, 1.3, 2.2);
        nextStopS = stopUntilS + between(random, 15, 30);
      }
      // Slow drift off the ideal line and a quick tremor of the thumb, both pulled back to zero.
      wanderM += -wanderM * 0.5 * tickS + between(random, -1, 1) * 0.16 * Math.sqrt(tickS);
      tremor += -tremor * 4 * tickS + between(random, -1, 1) * 0.12 * Math.sqrt(tickS);
      seen.push(intend(world, wanderM));
      const then = seen.length > reactionTicks ? seen.shift()! : { leftx: 0, righttrigger: 0 };

      leftx += limit(then.leftx + tremor - leftx, 5 * tickS);
      righttrigger += limit(then.righttrigger - righttrigger, 3.5 * tickS);
      if (now < stopUntilS) righttrigger = Math.max(0, righttrigger - 6 * tickS);
      return { leftx: settle(leftx, 0.03), righttrigger: settle(righttrigger, 0.03) };
    },
  };
}

/** What the driver would do if hands were perfect and eyes immediate. */
function intend(world: TrackWorld, wanderM: number): Hands {
  const { course, car } = world;
  // Late hands need early eyes: look further ahead by what the reaction takes.
  const lookaheadM = lookaheadAt(car.speed) + 0.16 * Math.max(0, car.speed);
  const leftx = pursue(course, car, world.nearest(), { lookaheadM, offsetM: wanderM });
  const wanted = comfortableSpeed(world);
  const throttle = (wanted * 0.9 + 0.12) / 3 + 0.5 * (wanted - car.speed);
  return { leftx, righttrigger: Math.max(0, Math.min(0.9, throttle)) };
}

/** m/s that feels right for the tightest bend of the next stretch. */
function comfortableSpeed(world: TrackWorld): number {
  const { course, car } = world;
  const stretch = Math.round((0.6 + 0.9 * Math.max(0, car.speed)) / course.stepM);
  let tightest = 0;
  for (let i = 0; i < stretch; i += 4) {
    const index = wrapIndex(course, world.nearest() + i);
    tightest = Math.max(tightest, Math.abs(course.curvature[index]!));
  }
  return Math.max(0.9, Math.min(2.1, Math.sqrt(1.6 / Math.max(tightest, 0.1))));
}

function limit(change: number, most: number): number {
  return Math.max(-most, Math.min(most, change));
}

/** A thumb near the middle rests there; the pad's own steps are 1/127 of the way. */
function settle(value: number, rest: number): number {
  return Math.abs(value) < rest ? 0 : Math.round(value * 127) / 127;
}
