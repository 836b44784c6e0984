// What the place of a seed looks like: season and hour, road, verge and paint. Numbers only; ground, panorama and paint use them.
import type { Rgb } from "./colour.ts";
import { between, createRandom, pick } from "./seeded-random.ts";

/** The look of one place. */
export type Look = {
  readonly road: Rgb;
  /** Two tones of the verge, mixed by large patches. */
  readonly verge: readonly [Rgb, Rgb];
  /** Edge lines and the broken centre line. */
  readonly edgeLine: Rgb;
  readonly centreLine: Rgb;
  readonly skyTop: Rgb;
  /** Also what the far ground fades into. */
  readonly skyBottom: Rgb;
  /** Share of sky under cloud, 0..1. */
  readonly cloud: number;
  readonly hills: Rgb;
  readonly trees: Rgb;
  /** Where the sun stands: radians as headings are, and its strength 0..1. */
  readonly sunAzimuth: number;
  readonly sun: number;
};

type Place = Omit<Look, "sunAzimuth" | "cloud" | "sun"> & {
  readonly cloud: readonly [number, number];
  readonly sun: readonly [number, number];
};

/** Chooses the look of a seed. */
export function createLook(seed: number): Look {
  const random = createRandom(seed, "look");
  const place = pick(random, places());
  return {
    ...place,
    centreLine: random() < 0.6 ? [226, 178, 40] : [222, 222, 214],
    cloud: between(random, ...place.cloud),
    sun: between(random, ...place.sun),
    sunAzimuth: between(random, -Math.PI, Math.PI),
  };
}

function places(): [Place, ...Place[]] {
  return [
    {
      road: [88, 89, 93],
      verge: [
        [86, 122, 52],
        [124, 138, 66],
      ],
      edgeLine: [230, 230, 226],
      centreLine: [226, 178, 40],
      skyTop: [84, 142, 214],
      skyBottom: [196, 216, 232],
      cloud: [0.2, 0.5],
      hills: [108, 134, 140],
      trees: [48, 78, 42],
      sun: [0.8, 1],
    },
    {
      road: [102, 100, 97],
      verge: [
        [172, 148, 104],
        [146, 128, 84],
      ],
      edgeLine: [236, 232, 220],
      centreLine: [226, 178, 40],
      skyTop: [98, 150, 206],
      skyBottom: [222, 214, 196],
      cloud: [0.05, 0.3],
      hills: [164, 142, 122],
      trees: [96, 104, 62],
      sun: [0.9, 1],
    },
    {
      road: [76, 79, 86],
      verge: [
        [78, 102, 60],
        [100, 98, 70],
      ],
      edgeLine: [214, 218, 220],
      centreLine: [214, 172, 60],
      skyTop: [150, 162, 176],
      skyBottom: [202, 206, 208],
      cloud: [0.7, 0.95],
      hills: [126, 138, 142],
      trees: [52, 68, 52],
      sun: [0.05, 0.2],
    },
    {
      road: [92, 84, 84],
      verge: [
        [112, 108, 50],
        [142, 112, 58],
      ],
      edgeLine: [236, 222, 204],
      centreLine: [236, 176, 60],
      skyTop: [96, 116, 172],
      skyBottom: [246, 200, 150],
      cloud: [0.25, 0.55],
      hills: [120, 102, 118],
      trees: [82, 66, 40],
      sun: [0.85, 1],
    },
  ];
}
