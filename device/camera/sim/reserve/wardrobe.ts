// The poses and coats of a reserve's animals, each drawn when first worn and then kept.
import type { Texture, TextureLevels } from "../texture.ts";
import type { Animal, Flank, Species } from "./animal.ts";
import { poseBody, standingStride } from "./body.ts";
import { createCoat } from "./coat.ts";
import { drawPose, type PoseSprite } from "./pose-sprite.ts";
import { lensM } from "./view.ts";

/** Poses of both species; they are the same for every seed. */
export type Poses = {
  /** The pose nearest to a moment of the stride (0..1) with the head so low (0..1), for a shoulder `tall` pixels high. */
  readonly find: (species: Species, stride: number, lowered: number, tall: number) => PoseSprite;
  /** Draws what pictures of this height will need most; up to a second, so that none is lost later. */
  readonly prepare: (height: number) => void;
};

/** Moments of a stride that are drawn; between them the nearest stands in. */
const strideSteps = 20;
const bowSteps = 4;
/** All there are for two sizes of picture; beyond that the few that recur are soon drawn again. */
const mostPoses = 200;

export function createPoses(): Poses {
  const drawn = new Map<string, PoseSprite>();

  function pose(species: Species, step: number, bow: number, perHeight: number): PoseSprite {
    const key = `${species} ${step} ${bow} ${perHeight}`;
    const known = drawn.get(key);
    if (known !== undefined) return known;
    const layers = poseBody(species, (step + 0.5) / strideSteps, bow / bowSteps);
    const made = drawPose(layers, perHeight, species === "tiger" ? 0.2 : 1);
    if (drawn.size >= mostPoses) drawn.clear();
    drawn.set(key, made);
    return made;
  }

  return {
    find: (species, stride, lowered, tall) =>
      pose(species, momentOf(stride), Math.round(lowered * bowSteps), finenessFor(tall)),
    prepare: (height) => {
      // Where most walk: a third of the picture's height below the horizon.
      const usual = { tiger: (0.25 * 0.9 * height) / lensM, raccoon: (0.33 * 0.4 * height) / lensM };
      for (const species of ["tiger", "raccoon"] as const) {
        const perHeight = finenessFor(usual[species]);
        for (let step = 0; step < strideSteps; step++) pose(species, step, 0, perHeight);
        for (let bow = 1; bow <= bowSteps; bow++) pose(species, momentOf(standingStride), bow, perHeight);
      }
    },
  };
}

function momentOf(stride: number): number {
  return Math.floor(stride * strideSteps) % strideSteps;
}

/** Pixels per shoulder height: about as many as will be shown, not more than is worth its time. */
function finenessFor(tall: number): number {
  return tall > 90 ? 140 : tall > 45 ? 90 : 45;
}

/** Finds the coat of an animal's flank, as fine as a shoulder `tall` pixels high needs it. */
export function createCoats(): (animal: Animal, flank: Flank, tall: number) => Texture {
  const drawn = new Map<string, TextureLevels>();
  return (animal, flank, tall) => {
    const key = `${animal.id} ${flank}`;
    const levels = drawn.get(key) ?? createCoat(animal, flank);
    drawn.set(key, levels);
    return levels[tall > 90 ? 0 : tall > 45 ? 1 : 2] ?? levels[0];
  };
}
