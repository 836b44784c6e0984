// Who walks through a reserve when, where and how: a timetable drawn from the seed, the same whenever and in whatever order it is asked.

import { smoothStep } from "../colour.ts";
import { between, createRandom, type Random } from "../seeded-random.ts";
import { type Animal, createAnimals, type Flank, type Species } from "./animal.ts";
import { standingStride, strideOf } from "./body.ts";
import { poseWindow } from "./pose-sprite.ts";
import { horizonPart, perMetreAt } from "./view.ts";

/** One walk through the picture. Seconds are simulated time, lengths parts of the picture's height. */
export type Visit = {
  /** Counts from 1 by start within a seed. */
  readonly visit: number;
  readonly animal: Animal;
  /** From out of the picture to out of the picture, for pictures up to 16:9. */
  readonly startS: number;
  readonly endS: number;
  /** 1: walks to the right and shows its right flank; −1: to the left. */
  readonly heading: 1 | -1;
  readonly flank: Flank;
  /** Rows its feet are on when it comes and when it goes. */
  readonly laneFrom: number;
  readonly laneTo: number;
  /** Metres walked before it stops, and how long it stands, seconds; 0: it does not stop. */
  readonly pauseAtM: number;
  readonly pauseS: number;
  readonly sniffs: boolean;
};

/** Where an animal is on its way. */
export type Step = {
  /** Middle of the body: parts of the picture's height right of the middle. */
  readonly x: number;
  /** Row of the feet, parts of the picture's height. */
  readonly foot: number;
  /** Height of its shoulder, parts of the picture's height. */
  readonly tall: number;
  /** Moment of its stride, 0..1. */
  readonly stride: number;
  /** How far its head hangs, 0..1. */
  readonly lowered: number;
};

export type VisitsOptions = { readonly animals?: number };

/** How many live in a reserve unless said otherwise. */
export const residents = 8;
/** Half of a 16:9 picture and a little, in picture heights. */
const sideAt = 0.92;
/** The first one comes soon, but not before whoever watches is ready. Seconds. */
const firstS = 6;
/** Slowing down and setting off, seconds. */
const brakeS = 0.7;

/** All visits of a seed that begin before `untilS`, in order. */
export function visits(seed: number, untilS: number, options: VisitsOptions = {}): Visit[] {
  return createTimetable(seed, options.animals ?? residents).between(0, untilS);
}

/** The timetable of a seed. */
export type Timetable = {
  readonly animals: readonly Animal[];
  /** Visits that begin at or after `fromS` and before `untilS`, in order. */
  readonly between: (fromS: number, untilS: number) => Visit[];
  /** Visits under way at a time. */
  readonly at: (timeS: number) => Visit[];
};

/** Makes the timetable; what was drawn last is kept. */
export function createTimetable(seed: number, count: number): Timetable {
  const animals = createAnimals(seed, count);
  // Eight animals come round twice in nine minutes, larger families still within ten where that is not a crowd.
  // Few leave time for one to be gone before it comes again.
  const slotS = Math.max(10, 120 / count, Math.min(33, 528 / (2 * count)));
  const roundS = slotS * count;
  const order = shuffled(animals, createRandom(seed, "order"));
  const drawn = new Map<number, Visit[]>();

  function round(index: number): Visit[] {
    if (index < 0) return [];
    const known = drawn.get(index);
    if (known !== undefined) return known;
    const made = drawRound({ seed, index, order, slotS });
    if (drawn.size > 64) drawn.clear();
    drawn.set(index, made);
    return made;
  }

  function inRange(fromS: number, untilS: number): Visit[] {
    const found: Visit[] = [];
    for (let index = Math.max(0, Math.floor(fromS / roundS) - 1); index * roundS < untilS; index++)
      found.push(...round(index).filter(({ startS }) => startS >= fromS && startS < untilS));
    return found;
  }

  return {
    animals,
    between: inRange,
    // No walk takes longer than a minute and a half.
    at: (timeS) => inRange(timeS - 90, timeS + 1e-9).filter(({ endS }) => endS > timeS),
  };
}

/** Where the animal of a visit is at a time. */
export function stepOf(visit: Visit, timeS: number): Step {
  const { animal, heading } = visit;
  const walked = walkedM(visit, timeS - visit.startS);
  const whole = crossingM(animal, visit.laneFrom, visit.laneTo);
  const part = walked / whole;
  const foot = visit.laneFrom + (visit.laneTo - visit.laneFrom) * part;
  const perM = perMetreAt(foot);
  const toStandM = visit.pauseAtM + (animal.speed * brakeS) / 2 - walked;
  const stride = standingStride - toStandM / (strideOf(animal.species) * animal.shoulderM);
  const standing = timeS - visit.startS - visit.pauseAtM / animal.speed - brakeS;
  const bow = smoothStep(0, 0.9, standing) * (1 - smoothStep(visit.pauseS - 0.9, visit.pauseS, standing));
  return {
    x: heading * (walked - whole / 2) * meanPerM(visit.laneFrom, visit.laneTo),
    foot,
    tall: animal.shoulderM * perM,
    stride: stride - Math.floor(stride),
    lowered: visit.sniffs && visit.pauseS > 0 ? bow : 0,
  };
}

function meanPerM(from: number, to: number): number {
  return perMetreAt((from + to) / 2);
}

/** Metres from out of sight to out of sight. */
function crossingM(animal: Animal, from: number, to: number): number {
  const bodyM = animal.shoulderM * Math.max(-poseWindow.left, poseWindow.right);
  return (2 * sideAt) / meanPerM(from, to) + 2 * bodyM;
}

/** Metres walked after so many seconds: even pace, with a stop that is braked into and set off from. */
function walkedM({ animal: { speed }, pauseAtM, pauseS }: Visit, afterS: number): number {
  const stopS = pauseAtM / speed;
  if (pauseS === 0 || afterS <= stopS) return speed * afterS;
  const braking = Math.min(brakeS, afterS - stopS);
  let walked = pauseAtM + speed * (braking - (braking * braking) / (2 * brakeS));
  const moving = afterS - stopS - brakeS - pauseS;
  if (moving <= 0) return walked;
  const starting = Math.min(brakeS, moving);
  walked += (speed * starting * starting) / (2 * brakeS);
  return walked + speed * Math.max(0, moving - brakeS);
}

type RoundPlan = {
  readonly seed: number;
  readonly index: number;
  readonly order: readonly Animal[];
  readonly slotS: number;
};

/** Every animal comes once in a round; neighbours may swap, so that nobody follows too soon upon himself. */
function drawRound({ seed, index, order, slotS }: RoundPlan): Visit[] {
  const random = createRandom(seed, `round-${index}`);
  const round = [...order];
  const isCrowd = round.length > 5;
  for (let i = index % 2; i + 1 < round.length && isCrowd; i += 2) {
    if (random() < 0.5) [round[i], round[i + 1]] = [round[i + 1]!, round[i]!];
  }
  const jitterS = 0.3 * slotS;
  const begin = index * slotS * round.length;
  const made: Omit<Visit, "visit">[] = [];
  let together: Omit<Visit, "visit"> | null = null;
  round.forEach((animal, slot) => {
    const startS = begin + slot * slotS + (index === 0 && slot === 0 ? firstS : random() * jitterS);
    const visit = drawVisit(
      animal,
      together === null ? startS : together.startS + between(random, 0.5, 3),
      together,
      random,
    );
    made.push(visit);
    const meets = together === null && isCrowd && random() < 0.3;
    together = meets ? visit : null;
  });
  const first = index * round.length + 1;
  return made.sort((a, b) => a.startS - b.startS).map((visit, place) => ({ visit: first + place, ...visit }));
}

/** Draws a walk; one that meets another comes from the other side on another lane. */
function drawVisit(
  animal: Animal,
  startS: number,
  other: Omit<Visit, "visit"> | null,
  random: Random,
): Omit<Visit, "visit"> {
  const own: 1 | -1 = random() < 0.5 ? 1 : -1;
  const heading = other === null ? own : other.heading === 1 ? -1 : 1;
  const [far, near] = lanesOf(animal.species);
  // Most come near: that is where the camera was put. Some stay far.
  let laneFrom =
    random() < 0.22
      ? between(random, far, far + 0.3 * (near - far))
      : between(random, far + 0.3 * (near - far), near);
  if (other !== null && Math.abs(laneFrom - other.laneFrom) < 0.04)
    laneFrom = laneFrom > (far + near) / 2 ? laneFrom - 0.07 : laneFrom + 0.07;
  const laneTo = Math.max(far, Math.min(near, laneFrom + between(random, -0.04, 0.04)));
  const whole = crossingM(animal, laneFrom, laneTo);
  const stops = random() < 0.55;
  const pauseS = stops ? between(random, 1.5, 5) : 0;
  const pauseAtM = whole * between(random, 0.4, 0.62);
  const sniffs = random() < 0.6;
  const endS = startS + whole / animal.speed + (stops ? pauseS + brakeS : 0);
  return {
    animal,
    startS,
    endS,
    heading,
    flank: heading === 1 ? "right" : "left",
    laneFrom,
    laneTo,
    pauseAtM,
    pauseS,
    sniffs,
  };
}

/** Furthest and nearest row of the feet: a tiger fills at most three fifths of the picture's height, a raccoon one third. */
function lanesOf(species: Species): readonly [number, number] {
  return species === "tiger"
    ? [horizonPart + 0.09, horizonPart + 0.34]
    : [horizonPart + 0.18, horizonPart + 0.47];
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const rest = [...all];
  for (let i = rest.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  }
  return rest;
}
