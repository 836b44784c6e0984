// Paints pictures of simulated posts at chance times, with their truth: sets to train a detector on and to measure it with.

import type { Night } from "./reserve/light.ts";
import { createReserveScene, type ReserveScene, type ReserveTruth } from "./reserve/reserve-scene.ts";
import { visits } from "./reserve/visits.ts";
import { createPoses, type Poses } from "./reserve/wardrobe.ts";
import { plumes, puffLifeS } from "./ridge/plumes.ts";
import { createRidgeScene, type RidgeScene, type RidgeTruth } from "./ridge/ridge-scene.ts";
import { between, createRandom, type Random } from "./seeded-random.ts";

/** A picture of a set. `pixels` (red, green, blue, row by row) are overwritten by the next one. */
export type DrawnPicture = {
  readonly index: number;
  readonly seed: number;
  readonly timeS: number;
  readonly pixels: Uint8ClampedArray;
  readonly truth: ReserveTruth | RidgeTruth;
};

export type DrawSetOptions = {
  readonly scene: "reserve" | "ridge";
  /** Pictures in all, spread evenly over the seeds. */
  readonly count: number;
  /** Places to draw. Train and test on different ones: a place's animals and plants are always the same. */
  readonly seeds: readonly number[];
  readonly width: number;
  readonly height: number;
  /** Share of pictures taken while something is there, 0..1; default 0.75. */
  readonly occupied?: number;
  /** Share of reserves by night, 0..1; default 0.25. */
  readonly night?: number;
  /** How many live in a reserve; default 8. */
  readonly animals?: number;
};

/** Times are drawn from the first hours of a place. Seconds. */
const spanS = 3600;

/** Paints the set, one picture after the other. The same options paint the same set. */
export async function drawSet(
  options: DrawSetOptions,
  take: (picture: DrawnPicture) => Promise<void> | void,
): Promise<void> {
  const { count, seeds, width, height, occupied = 0.75 } = options;
  const pixels = new Uint8ClampedArray(width * height * 3);
  const poses = createPoses();
  let index = 0;
  for (const [place, seed] of seeds.entries()) {
    const until = Math.round((count * (place + 1)) / seeds.length);
    if (index >= until) continue;
    const random = createRandom(seed, "draw-set");
    const scene = openScene(options, seed, {
      poses,
      night: random() < (options.night ?? 0.25) ? "always" : "never",
    });
    const stays = staysOf(options, seed);
    for (; index < until; index++) {
      const timeS = random() < occupied ? within(stays, random) : emptyTime(stays, random);
      scene.advanceTo(timeS);
      scene.paint(pixels);
      await take({ index, seed, timeS, pixels, truth: scene.truth() });
    }
  }
}

function openScene(
  { scene, width, height, animals }: DrawSetOptions,
  seed: number,
  reserve: { readonly night: Night; readonly poses: Poses },
): ReserveScene | RidgeScene {
  if (scene === "ridge") return createRidgeScene({ seed, width, height });
  return createReserveScene({
    seed,
    width,
    height,
    ...reserve,
    ...(animals === undefined ? {} : { animals }),
  });
}

/** From when to when something can well be seen, and how long before and after there is nothing for certain. */
type Stay = { readonly fromS: number; readonly toS: number; readonly marginS: number };

/** When something is to be seen. */
function staysOf({ scene, animals }: DrawSetOptions, seed: number): Stay[] {
  if (scene === "ridge") {
    return plumes(seed, spanS).map(({ startS, burntOutS }) => ({
      fromS: startS + 8,
      toS: burntOutS + 30,
      marginS: puffLifeS - 30,
    }));
  }
  return visits(seed, spanS, animals === undefined ? {} : { animals }).map(({ startS, endS }) => {
    // Coming and going are rarely worth a picture: nothing or a nose is to be seen.
    const edgeS = 0.14 * (endS - startS);
    return { fromS: startS + edgeS, toS: endS - edgeS, marginS: edgeS };
  });
}

function within(stays: readonly Stay[], random: Random): number {
  const stay = stays[Math.floor(random() * stays.length)];
  return stay === undefined ? random() * spanS : between(random, stay.fromS, stay.toS);
}

function emptyTime(stays: readonly Stay[], random: Random): number {
  for (let attempt = 0; attempt < 50; attempt++) {
    const timeS = random() * spanS;
    if (!stays.some(({ fromS, toS, marginS }) => timeS > fromS - marginS && timeS < toS + marginS))
      return timeS;
  }
  return random() * spanS;
}
