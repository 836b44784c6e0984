// When and where smoke rises on a ridge: a timetable drawn from the seed, and the puffs a plume consists of at a time.
import { smoothStep } from "../colour.ts";
import { between, createRandom, type Random } from "../seeded-random.ts";
import type { Puff } from "./puffs.ts";
import type { Terrain } from "./terrain.ts";
import type { Sky } from "./weather.ts";

/** One fire. Seconds are simulated time. */
export type Plume = {
  /** `p<seed>-<number>`. */
  readonly id: string;
  readonly startS: number;
  /** When it stops burning; smoke hangs about for `puffLifeS` more. */
  readonly burntOutS: number;
  /** Where it burns: ridge, and parts of the picture's width. */
  readonly ridge: number;
  readonly across: number;
  /** How far below the ridge's crest, parts of the height; negative: behind the crest. */
  readonly below: number;
  /** Size against a fire on the near slope, and how dense it gets, 0..1. */
  readonly size: number;
  readonly density: number;
  /** 0 white … 1 black. */
  readonly soot: number;
};

/** How long a puff is to be seen, seconds. */
export const puffLifeS = 75;
const puffEveryS = 0.9;
const growsS = 110;

/** All plumes of a seed that begin before `untilS`, in order. The first begins within 40 s. */
export function plumes(seed: number, untilS: number): Plume[] {
  return [...createPlumeList(seed)(untilS)];
}

/** Lists the plumes that begin before a time, in order; what was drawn once is kept, as a camera asks for every picture. */
export function createPlumeList(seed: number): (untilS: number) => Plume[] {
  const random = createRandom(seed, "plumes");
  const drawn: Plume[] = [];
  let nextS = between(random, 18, 34);
  return (untilS) => {
    while (nextS < untilS) {
      drawn.push(drawPlume(seed, drawn.length + 1, nextS, random));
      nextS += between(random, 220, 320);
    }
    return drawn.filter(({ startS }) => startS < untilS);
  };
}

function drawPlume(seed: number, number: number, startS: number, random: Random): Plume {
  const ridge = random() < 0.25 ? 2 : random() < 0.65 ? 3 : 4;
  return {
    id: `p${seed}-${String(number).padStart(2, "0")}`,
    startS,
    burntOutS: startS + between(random, 90, 160),
    ridge,
    across: between(random, 0.14, 0.86),
    below: ridge === 4 ? between(random, 0.01, 0.06) : between(random, -0.008, 0.035),
    size: { 2: 0.42, 3: 0.66, 4: 0.9 }[ridge] * between(random, 0.8, 1.25),
    density: between(random, 0.7, 1),
    soot: between(random, 0, 0.45),
  };
}

/** The puffs of a plume at a time, oldest first; none before it starts and when all has blown away. */
export function puffsOf(plume: Plume, timeS: number, sky: Sky, terrain: Terrain): Puff[] {
  const { width, height } = terrain;
  const rootX = plume.across * width;
  const rootY = (terrain.crestAt(plume.ridge, rootX) + plume.below) * height;
  const first = Math.max(0, Math.ceil((timeS - puffLifeS - plume.startS) / puffEveryS));
  const last = Math.floor((Math.min(timeS, plume.burntOutS) - plume.startS) / puffEveryS);
  const made: Puff[] = [];
  for (let number = first; number <= last; number++) {
    const bornS = plume.startS + number * puffEveryS;
    const ageS = timeS - bornS;
    if (ageS >= puffLifeS) continue;
    const random = createRandom(number, plume.id);
    const strength = strengthAt(plume, bornS);
    const unit = plume.size * height * (0.45 + 0.55 * strength);
    const rise = 0.016 * ageS ** 0.78 * between(random, 0.85, 1.15);
    const carried =
      (sky.driftedTo(timeS) - sky.driftedTo(bornS)) * plume.size * height * smoothStep(0, 25, ageS) * 1.1;
    const curl = between(random, 0.004, 0.012) * Math.sin(ageS * between(random, 0.1, 0.3) + 6.28 * random());
    made.push({
      x: rootX + carried + (curl * Math.sqrt(ageS) * 0.5 + between(random, -0.004, 0.004)) * unit,
      y: rootY - rise * unit,
      radius: (0.008 + 0.0058 * ageS ** 0.72 * between(random, 0.8, 1.25)) * unit,
      opacity:
        plume.density *
        (0.25 + 0.75 * strength) *
        0.62 *
        smoothStep(0, 2, ageS) *
        (1 - ageS / puffLifeS) ** 1.2,
      shade: 1 - 0.75 * plume.soot * (1 - 0.4 * (ageS / puffLifeS)),
      variant: Math.floor(random() * 8),
    });
  }
  return made;
}

/** How hard it burns: grows for two minutes, dies down at the end. */
function strengthAt(plume: Plume, timeS: number): number {
  const grown = Math.min(1, 0.12 + 0.88 * ((timeS - plume.startS) / growsS) ** 0.8);
  return grown * (1 - 0.8 * smoothStep(plume.burntOutS - 30, plume.burntOutS, timeS));
}
