// The poses and coats of a reserve's animals, each drawn when first worn and then kept.
import type { Texture, TextureLevels } from "../texture.ts";
import type { Animal, Flank, Species } from "./animal.ts";
import { poseBody, standingStride } from "./body.ts";
import { createCoat } from "./coat.ts";
import { drawPose, type PoseSprite } from "./pose-sprite.ts";
import { lensM } from "./view.ts";

/** Poses of both species; they are the same for every seed. */
export type Poses = {
  /** The pose nearest to a moment of the stride with the head so low, for a shoulder `tall` pixels high. */
  readonly find: (wanted: WantedPose) => PoseSprite;
  /** Draws what pictures of this height will need most; up to a second, so that none is lost later. */
  readonly prepare: (height: number) => void;
};

export type WantedPose = {
  readonly species: Species;
  /** 0..1. */
  readonly stride: number;
  /** 0..1. */
  readonly lowered: number;
  /** Of the shoulder, and of the picture: pixels. */
  readonly tall: number;
  readonly height: number;
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
    find: ({ species, stride, lowered, tall, height }) => {
      const usual = usualTall(species, height);
      const isUsual = tall > 0.55 * usual && tall < 1.9 * usual;
      const perHeight = finenessFor(isUsual ? usual : tall);
      return pose(species, momentOf(stride), Math.round(lowered * bowSteps), perHeight);
    },
    prepare: (height) => {
      for (const species of ["tiger", "raccoon"] as const) {
        const perHeight = finenessFor(usualTall(species, height));
        for (let step = 0; step < strideSteps; step++) pose(species, step, 0, perHeight);
        for (let bow = 1; bow <= bowSteps; bow++) pose(species, momentOf(standingStride), bow, perHeight);
      }
    },
  };
}

/** Height of the shoulder where most of a species walk, pixels. */
function usualTall(species: Species, height: number): number {
  return (height / lensM) * (species === "tiger" ? 0.25 * 0.9 : 0.33 * 0.4);
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
