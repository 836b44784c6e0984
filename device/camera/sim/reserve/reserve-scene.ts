// The scene of a camera post in a reserve: a clearing through which animals with coats of their own walk now and then. Everything
// follows from the seed and the time; nothing from what was painted before.

import { addGrain, createGrainTile } from "../grain.ts";
import type { Scene } from "../scene.ts";
import type { Flank, Species } from "./animal.ts";
import { paintLeaves } from "./leaves.ts";
import { lightAt, type Night } from "./light.ts";
import { paintAnimal, paintShadow, type Seen, type Stage, type Standing, seenOf } from "./paint-animal.ts";
import { blow, createWind, paintPlace } from "./paint-place.ts";
import { createPlace } from "./place.ts";
import { createTimetable, residents, stepOf, type Visit } from "./visits.ts";
import { createCoats, createPoses, type Poses } from "./wardrobe.ts";

/** An animal in the picture. */
export type ReserveAnimalTruth = {
  readonly id: string;
  readonly species: Species;
  /** The side it shows. */
  readonly flank: Flank;
  /** What of it is to be seen, 0..1 of the picture. */
  readonly box: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  /** Share of its outline that neither plants nor the picture's edge nor another animal in front hide, 0..1. */
  readonly visible: number;
  /** Which visit it is (visits.ts). */
  readonly visit: number;
};

/** What is true of the picture. JSON. */
export type ReserveTruth = {
  readonly scene: "reserve";
  readonly seed: number;
  readonly timeS: number;
  readonly night: boolean;
  readonly animals: readonly ReserveAnimalTruth[];
};

export type ReserveOptions = {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** How many live there; not given: 8. */
  readonly animals?: number;
  readonly night?: Night;
  /** Poses already drawn, shared by scenes; not given: the scene draws its own. */
  readonly poses?: Poses;
  /** Whether coats and poses are drawn at once, in about a second, so that no picture waits for one later; default false. */
  readonly ready?: boolean;
};

export type ReserveScene = Omit<Scene, "truth"> & { readonly truth: () => ReserveTruth };

/** Makes the scene. */
export function createReserveScene(options: ReserveOptions): ReserveScene {
  const { seed, width, height, night = "never" } = options;
  const place = createPlace(seed, width, height);
  const wind = createWind(width, height);
  const grain = { day: createGrainTile(seed, 0.8), night: createGrainTile(seed, 2.2) };
  const timetable = createTimetable(seed, options.animals ?? residents);
  const poses = options.poses ?? createPoses();
  const coats = createCoats();
  const owner = new Uint8Array(width * height);
  if (options.ready === true) {
    poses.prepare(height);
    for (const animal of timetable.animals)
      for (const flank of ["left", "right"] as const) coats(animal, flank, height);
  }
  let timeS = 0;
  let truth: ReserveTruth = { scene: "reserve", seed, timeS, night: false, animals: [] };

  function standingOf(visit: Visit): Standing {
    const { x, foot, tall, stride, lowered } = stepOf(visit, timeS);
    const tallPx = tall * height;
    return {
      sprite: poses.find({ species: visit.animal.species, stride, lowered, tall: tallPx, height }),
      coat: coats(visit.animal, visit.flank, tallPx),
      x: width / 2 + x * height,
      foot: foot * height,
      tall: tallPx,
      heading: visit.heading,
    };
  }

  return {
    advanceTo: (seconds) => {
      timeS = seconds;
    },
    paint: (pixels) => {
      const light = lightAt(timeS, seed, night);
      blow(wind, timeS, seed, height);
      paintPlace(place, wind, light, pixels);
      paintLeaves(place, light, timeS, seed, pixels);
      const there = timetable
        .at(timeS)
        .map((visit) => ({ visit, standing: standingOf(visit) }))
        .sort((a, b) => a.standing.foot - b.standing.foot);
      const stage: Stage = { place, wind, light, pixels, owner };
      if (there.length > 0) owner.fill(0);
      for (const { standing } of there) paintShadow(stage, standing);
      for (const [index, { standing }] of there.entries()) paintAnimal(stage, standing, index + 1);
      const animals = there.flatMap(({ visit, standing }, index) => {
        const seen = seenOf(stage, standing, index + 1);
        return seen === null ? [] : [describe(visit, seen, width, height)];
      });
      addGrain(light.isNight ? grain.night : grain.day, pixels, timeS);
      truth = { scene: "reserve", seed, timeS: round(timeS), night: light.isNight, animals };
    },
    truth: () => truth,
  };
}

function describe(visit: Visit, seen: Seen, width: number, height: number): ReserveAnimalTruth {
  return {
    id: visit.animal.id,
    species: visit.animal.species,
    flank: visit.flank,
    box: {
      left: round(seen.left / width),
      top: round(seen.top / height),
      right: round(seen.right / width),
      bottom: round(seen.bottom / height),
    },
    visible: round(seen.visible),
    visit: visit.visit,
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4 + 0;
}
