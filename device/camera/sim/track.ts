// The track world: one car on one course, moved on in fixed steps by whoever asks. Pure: no clock, no pictures; the same seed and
// the same commands at the same times give the same life to the last bit.
import type { DriveCommand } from "../../drive/drive.ts";
import { type Course, createCourse, lateralOffset, nearestSample, wrapAngle, wrapIndex } from "./course.ts";
import { lookaheadAt, pursue } from "./pure-pursuit.ts";
import { createVehicle, stepVehicle, type Vehicle } from "./vehicle.ts";

/** What is true of the car at one moment. Left is negative everywhere. JSON. */
export type TrackTruth = {
  readonly world: "track";
  readonly seed: number;
  /** Seconds of simulated time. */
  readonly timeS: number;
  /** What a perfect driver would steer here, −1..1. */
  readonly steering: number;
  /** Of the road beside the car, 1/m. */
  readonly curvature: number;
  /** Metres from the centre line. */
  readonly lateralOffset: number;
  /** Radians between the car and the road's direction. */
  readonly headingError: number;
  /** Whether the car's middle is between the edge lines. */
  readonly onTrack: boolean;
  /** m/s, negative in reverse. */
  readonly speed: number;
  /** Steering and throttle in force, −1..1. */
  readonly appliedSteering: number;
  readonly appliedThrottle: number;
  /** Metres from the start line along the course. */
  readonly distanceM: number;
  /** Finished laps, minus those driven backwards. */
  readonly laps: number;
  /** How often the marshal put the car back on the road. */
  readonly rescues: number;
};

/** The world. Life: create → advanceTo, command, halt, in any order and for ever; nothing to close. */
export type TrackWorld = {
  readonly seed: number;
  readonly course: Course;
  /** The car as it is; read only. */
  readonly car: Readonly<Vehicle>;
  /** The course sample beside the car. */
  readonly nearest: () => number;
  /** Seconds since the start. */
  readonly timeS: () => number;
  /** Moves time on to `seconds`; a time in the past changes nothing. */
  readonly advanceTo: (seconds: number) => void;
  /** What drives the car from now on. Values must be in range. */
  readonly command: (command: DriveCommand) => void;
  /** Motor off and wheels straight at once, without servo or motor delay. */
  readonly halt: () => void;
  readonly truth: () => TrackTruth;
};

/** 200 steps a second: a servo's frame is 20 ms, so a step is well below what the car can tell. */
const stepsPerS = 200;
/** A car this far off, or standing off the road this long, is carried back. */
const lostOffsetM = 1.6;
const lostAfterS = 3;

/** Makes the world of a seed, with the car standing on the centre line at the start. */
export function createTrackWorld(options: { readonly seed: number }): TrackWorld {
  const course = createCourse(options.seed);
  const car = createVehicle(course.x[0]!, course.y[0]!, course.heading[0]!);
  let command: DriveCommand = { steering: 0, throttle: 0 };
  let steps = 0;
  let nearest = 0;
  let laps = 0;
  let offRoadSteps = 0;
  let rescues = 0;

  function step(): void {
    const offset = Math.abs(lateralOffset(course, nearest, car.x, car.y));
    const onRoad = offset <= course.halfWidthM;
    stepVehicle(car, command, onRoad, 1 / stepsPerS);
    steps += 1;
    const now = nearestSample(course, car.x, car.y, nearest);
    if (now - nearest < -course.count / 2) laps += 1;
    if (now - nearest > course.count / 2) laps -= 1;
    nearest = now;
    offRoadSteps = onRoad ? 0 : offRoadSteps + 1;
    if (offset > lostOffsetM || offRoadSteps > lostAfterS * stepsPerS) rescue();
  }

  /** What the marshal at every model car race does: sets the car down in the middle of the road, facing the right way. */
  function rescue(): void {
    const { x, y, heading } = course;
    Object.assign(car, createVehicle(x[nearest]!, y[nearest]!, heading[nearest]!));
    offRoadSteps = 0;
    rescues += 1;
  }

  return {
    seed: options.seed,
    course,
    car,
    nearest: () => nearest,
    timeS: () => steps / stepsPerS,
    advanceTo: (seconds) => {
      // Five microseconds of tolerance: 1/30 s and its multiples have no exact binary form.
      const target = Math.floor(seconds * stepsPerS + 1e-3);
      while (steps < target) step();
    },
    command: (wanted) => {
      command = wanted;
    },
    halt: () => {
      command = { steering: 0, throttle: 0 };
      car.steering = 0;
      car.throttle = 0;
    },
    truth: () => ({
      world: "track",
      seed: options.seed,
      timeS: steps / stepsPerS,
      steering: round(pursue(course, car, nearest, { lookaheadM: lookaheadAt(car.speed), offsetM: 0 })),
      curvature: round(course.curvature[nearest]!),
      lateralOffset: round(lateralOffset(course, nearest, car.x, car.y)),
      headingError: round(wrapAngle(car.heading - course.heading[nearest]!)),
      onTrack: Math.abs(lateralOffset(course, nearest, car.x, car.y)) <= course.halfWidthM,
      speed: round(car.speed),
      appliedSteering: round(car.steering),
      appliedThrottle: round(car.throttle),
      distanceM: round(wrapIndex(course, nearest) * course.stepM),
      laps,
      rescues,
    }),
  };
}

/** Four decimals are finer than anything here is known, and keep records small. */
function round(value: number): number {
  return Math.round(value * 1e4) / 1e4 + 0;
}
