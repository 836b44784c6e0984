// The scene of a mast over mountains: clouds drift, haze comes and goes, and now and then smoke begins to rise on a slope. Everything
// follows from the seed and the time; nothing from what was painted before.
import { addGrain, createGrainTile } from "../grain.ts";
import type { Scene } from "../scene.ts";
import { createClouds, paintClouds } from "./clouds.ts";
import { dustAt } from "./dust.ts";
import { createAir, hazeColour, paintTerrain } from "./paint-terrain.ts";
import { createPlumeList, puffLifeS, puffsOf } from "./plumes.ts";
import { createPuffShapes, createSmokeLayer, gather, lay } from "./puffs.ts";
import { createTerrain, ridges } from "./terrain.ts";
import { createSky, type Weather } from "./weather.ts";

/** Smoke in the picture. */
export type PlumeTruth = {
  readonly id: string;
  /** What of it is to be seen, 0..1 of the picture. */
  readonly box: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  /** Seconds since it began. */
  readonly ageS: number;
  /** Mean opacity of what is to be seen, 0..1. */
  readonly opacity: number;
};

/** What is true of the picture. JSON. */
export type RidgeTruth = {
  readonly scene: "ridge";
  readonly seed: number;
  readonly timeS: number;
  readonly plumes: readonly PlumeTruth[];
  /** Clouds in the picture. */
  readonly clouds: number;
  /** 0 clear … 1. */
  readonly haze: number;
};

export type RidgeOptions = {
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** false: the same view on a day without fires; default true. */
  readonly smoke?: boolean;
};

export type RidgeScene = Omit<Scene, "truth"> & { readonly truth: () => RidgeTruth };

/** Makes the scene. */
export function createRidgeScene(options: RidgeOptions): RidgeScene {
  const { seed, width, height, smoke = true } = options;
  const terrain = createTerrain(seed, width, height);
  const sky = createSky(seed);
  const clouds = createClouds(seed);
  const air = createAir(seed);
  const shapes = createPuffShapes(seed);
  const layer = createSmokeLayer(terrain);
  const plumesUntil = createPlumeList(seed);
  const grain = createGrainTile(seed, 0.6);
  let timeS = 0;
  let truth: RidgeTruth = { scene: "ridge", seed, timeS, plumes: [], clouds: 0, haze: 0 };

  function paintSmoke(weather: Weather, pixels: Uint8ClampedArray): PlumeTruth[] {
    const haze = hazeColour(weather);
    const lit = smokeLight(weather);
    const burning = plumesUntil(timeS)
      .filter(({ burntOutS }) => timeS < burntOutS + puffLifeS)
      .sort((a, b) => a.ridge - b.ridge);
    const found: PlumeTruth[] = [];
    for (const plume of burning) {
      gather(layer, shapes, puffsOf(plume, timeS, sky, terrain), terrain);
      const hazeShare = [0, 0.8, 0.58, 0.34, 0.12][plume.ridge]! * (0.2 + 0.6 * weather.haze);
      const seen = lay(layer, terrain, { ridge: plume.ridge, lit, haze, hazeShare }, pixels);
      if (seen === null) continue;
      const { left, top, right, bottom } = seen;
      found.push({
        id: plume.id,
        box: {
          left: round(left / width),
          top: round(top / height),
          right: round(right / width),
          bottom: round(bottom / height),
        },
        ageS: round(timeS - plume.startS),
        opacity: round(seen.opacity),
      });
    }
    return found;
  }

  return {
    advanceTo: (seconds) => {
      timeS = seconds;
    },
    paint: (pixels) => {
      const weather = sky.weatherAt(timeS);
      const drift = sky.driftedTo(timeS);
      paintTerrain(terrain, air, weather, drift, pixels);
      const level = 232 + 20 * weather.sun;
      const shown = paintClouds(
        clouds,
        terrain,
        drift,
        [level, level - 6 * weather.warm, level - 18 * weather.warm],
        pixels,
      );
      const found = smoke ? paintSmoke(weather, pixels) : [];
      gather(layer, shapes, dustAt(seed, timeS, terrain), terrain);
      lay(
        layer,
        terrain,
        { ridge: ridges, lit: [206, 180, 140], haze: hazeColour(weather), hazeShare: 0.08 },
        pixels,
      );
      addGrain(grain, pixels, timeS);
      truth = {
        scene: "ridge",
        seed,
        timeS: round(timeS),
        plumes: found,
        clouds: shown,
        haze: round(weather.haze),
      };
    },
    truth: () => truth,
  };
}

/** Colour of smoke in the full light. */
function smokeLight({ sun, warm }: Weather): readonly [number, number, number] {
  const level = 206 + 34 * sun;
  return [level + 8 * warm, level, level - 14 * warm];
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4 + 0;
}
