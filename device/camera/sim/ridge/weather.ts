// The weather over a ridge at a time: wind, sun, haze, mist and clouds. All smooth functions of the seed and the time.
import { between, createRandom } from "../seeded-random.ts";

export type Weather = {
  /** 0 clear … 1 the far ridges are gone. */
  readonly haze: number;
  /** How much mist lies in the valleys, 0..1. */
  readonly mist: number;
  /** Where the sun stands, parts of the height from the upper left, and its strength 0..1. */
  readonly sunX: number;
  readonly sunY: number;
  readonly sun: number;
  /** 0 noon … 1 evening. */
  readonly warm: number;
};

export type Sky = {
  readonly weatherAt: (timeS: number) => Weather;
  /** How far the wind has carried things since time 0, parts of the height (right positive). */
  readonly driftedTo: (timeS: number) => number;
};

/** Draws the weather of a seed. */
export function createSky(seed: number): Sky {
  const random = createRandom(seed, "weather");
  const side = random() < 0.5 ? -1 : 1;
  const wind = side * between(random, 0.0022, 0.005);
  const phase = Array.from({ length: 6 }, () => between(random, 0, 2 * Math.PI));
  const wave = (timeS: number, periodS: number, which: number): number =>
    Math.sin((2 * Math.PI * timeS) / periodS + phase[which]!);
  // The wind is a mean and two swells; carried distance is their integral.
  const swells = [
    { part: 0.55, periodS: 97, which: 0 },
    { part: 0.25, periodS: 31, which: 1 },
  ];
  return {
    weatherAt: (timeS) => {
      const haze = 0.36 + 0.24 * wave(timeS, 410, 2) + 0.1 * wave(timeS, 93, 3);
      const mist = 0.5 + 0.42 * wave(timeS, 290, 4);
      const hour = 0.5 + 0.42 * Math.sin((2 * Math.PI * timeS) / 2400 + phase[5]!);
      const high = Math.sin(Math.PI * hour);
      return {
        haze: Math.max(0, Math.min(1, haze)),
        mist: Math.max(0, Math.min(1, mist)),
        sunX: -0.2 + 1.7 * hour,
        sunY: 0.42 - 0.5 * high,
        sun: 0.55 + 0.45 * high,
        warm: 1 - high,
      };
    },
    driftedTo: (timeS) =>
      wind *
      (timeS +
        swells.reduce(
          (sum, { part, periodS, which }) =>
            sum -
            ((part * periodS) / (2 * Math.PI)) * Math.cos((2 * Math.PI * timeS) / periodS + phase[which]!),
          0,
        )),
  };
}
