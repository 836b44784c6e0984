// Who lives in a reserve: individuals of two species, each with a build and a coat of its own, drawn from the seed.
import { between, createRandom } from "../seeded-random.ts";

export type Species = "tiger" | "raccoon";
export type Flank = "left" | "right";

/** One animal. Lengths are in metres, parts 0..1. */
export type Animal = {
  /** `r<seed>-<number>`, as in the truth. */
  readonly id: string;
  readonly number: number;
  readonly species: Species;
  readonly shoulderM: number;
  /** Metres a second when it walks. */
  readonly speed: number;
  /** What its coat is drawn from (coat.ts). */
  readonly coatSeed: number;
};

/** The residents of a seed: every other one is striped. */
export function createAnimals(seed: number, count: number): Animal[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(seed, `animal-${index}`);
    const species: Species = index % 2 === 0 ? "tiger" : "raccoon";
    const isTiger = species === "tiger";
    return {
      id: `r${seed}-${String(index + 1).padStart(2, "0")}`,
      number: index + 1,
      species,
      shoulderM: isTiger ? between(random, 0.82, 0.98) : between(random, 0.36, 0.44),
      speed: isTiger ? between(random, 0.5, 0.85) : between(random, 0.3, 0.5),
      coatSeed: Math.floor(random() * 4_294_967_296),
    };
  });
}
