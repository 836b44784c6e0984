// A vehicle on the mountain road and the dust behind it: something pale that moves and fades, and is no smoke.
import { between, createRandom } from "../seeded-random.ts";
import type { Puff } from "./puffs.ts";
import type { Terrain } from "./terrain.ts";

/** A vehicle comes about so often and needs so long, seconds. */
const everyS = 140;
const crossingS = 36;
const dustLifeS = 14;
const puffEveryS = 0.35;

/** The dust in the air at a time, oldest first. */
export function dustAt(seed: number, timeS: number, terrain: Terrain): Puff[] {
  const made: Puff[] = [];
  const turn = Math.floor(timeS / everyS);
  for (const index of [turn - 1, turn]) {
    if (index < 0) continue;
    const random = createRandom(seed, `vehicle-${index}`);
    const startS = index * everyS + between(random, 40, 90);
    const toRight = random() < 0.5;
    const amount = between(random, 0.25, 0.6);
    const first = Math.max(0, Math.ceil((timeS - dustLifeS - startS) / puffEveryS));
    const last = Math.floor((Math.min(timeS, startS + crossingS) - startS) / puffEveryS);
    for (let number = first; number <= last; number++) {
      const bornS = startS + number * puffEveryS;
      const ageS = timeS - bornS;
      if (ageS > dustLifeS) continue;
      const part = (bornS - startS) / crossingS;
      const x = (toRight ? part * 1.1 - 0.05 : 1.05 - part * 1.1) * terrain.width;
      const own = createRandom(number, `dust-${seed}-${index}`);
      const { height } = terrain;
      made.push({
        x: x + between(own, -0.003, 0.003) * height,
        y: (terrain.roadAt(x) - 0.002 - 0.0012 * ageS) * height,
        radius: (0.005 + 0.0016 * ageS * between(own, 0.7, 1.3)) * height,
        opacity: amount * (1 - ageS / dustLifeS) ** 1.4,
        shade: 1,
        variant: Math.floor(own() * 8),
      });
    }
  }
  return made;
}
