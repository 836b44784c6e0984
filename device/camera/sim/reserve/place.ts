// The clearing a reserve's camera looks at, painted once per seed and picture size: colours, how much sun each pixel gets, how near
// the thing on it stands (so that animals pass before and behind) and how far it sways in the wind.
import { mix, type Rgb, scale, smoothStep } from "../colour.ts";
import { createNoiseField } from "../noise.ts";
import { between, createRandom, pick, type Random } from "../seeded-random.ts";
import { type Canvas, plantBush, plantGrass, plantTrunk, plot } from "./vegetation.ts";
import { distanceAt, horizonPart, perMetreAt } from "./view.ts";

/** The clearing. One entry a pixel, row by row. */
export type Place = Canvas & {
  readonly width: number;
  readonly height: number;
  /** Grey by infrared lamp, 0..255. */
  readonly infrared: Uint8Array;
};

type Season = {
  readonly ground: readonly [Rgb, Rgb];
  readonly trail: Rgb;
  readonly grass: readonly [Rgb, Rgb];
  readonly leaves: Rgb;
  readonly bark: Rgb;
  readonly depth: Rgb;
  readonly sky: Rgb;
};

/** Paints the clearing of a seed. */
export function createPlace(seed: number, width: number, height: number): Place {
  const random = createRandom(seed, "place");
  const season = pick(random, seasons());
  const count = width * height;
  const canvas: Canvas = {
    width,
    height,
    colour: new Uint32Array(count),
    foot: new Uint16Array(count),
    sway: new Uint8Array(count),
  };
  paintForest(canvas, season, random);
  paintGround(canvas, season, random);
  plant(canvas, season, random);
  return { ...canvas, infrared: lampLit(canvas) };
}

function seasons(): readonly [Season, ...Season[]] {
  return [
    {
      ground: [
        [116, 112, 62],
        [92, 104, 50],
      ],
      trail: [150, 126, 92],
      grass: [
        [104, 128, 52],
        [150, 148, 78],
      ],
      leaves: [62, 96, 42],
      bark: [98, 82, 66],
      depth: [52, 74, 48],
      sky: [206, 220, 214],
    },
    {
      ground: [
        [150, 124, 76],
        [124, 104, 60],
      ],
      trail: [176, 148, 108],
      grass: [
        [182, 158, 90],
        [146, 138, 72],
      ],
      leaves: [112, 112, 52],
      bark: [110, 94, 78],
      depth: [98, 92, 62],
      sky: [226, 220, 202],
    },
    {
      ground: [
        [104, 82, 54],
        [128, 92, 54],
      ],
      trail: [128, 106, 82],
      grass: [
        [108, 108, 56],
        [142, 116, 60],
      ],
      leaves: [88, 92, 40],
      bark: [78, 70, 62],
      depth: [70, 72, 54],
      sky: [214, 216, 214],
    },
  ];
}

/** The wall of trees behind the clearing: dim, hazy, with sky between the crowns. */
function paintForest(canvas: Canvas, season: Season, random: Random): void {
  const { width, height } = canvas;
  const shape = { width: 512, height: 256, octaves: 4 };
  const crowns = createNoiseField(random, { ...shape, cellsX: 12, cellsY: 8 });
  const leaves = createNoiseField(random, { ...shape, cellsX: 60, cellsY: 40, octaves: 3 });
  const trunks = createNoiseField(random, { width: 512, height: 1, cellsX: 48, cellsY: 1, octaves: 3 });
  const end = Math.min(height, Math.ceil((horizonPart + 0.02) * height));
  for (let y = 0; y < end; y++) {
    const up = 1 - y / end;
    for (let x = 0; x < width; x++) {
      const u = Math.floor(((x / height) * 384) % 512);
      const at = Math.floor((y / height) * 383) % 256;
      const crown = crowns[at * 512 + u]!;
      const leaf = leaves[at * 512 + u]!;
      const lit = smoothStep(-0.4, 0.5, crown) * (0.4 + 0.6 * up);
      let colour = mix(scale(season.depth, 0.62 + 0.5 * leaf), scale(season.leaves, 1.2 + 0.7 * leaf), lit);
      const trunk = smoothStep(0.3, 0.5, trunks[u]! + 0.1 * leaf) * (1 - smoothStep(0.35, 0.8, up));
      colour = mix(colour, scale(season.bark, 0.55 + 0.3 * leaf), 0.8 * trunk);
      const gap = smoothStep(0.34, 0.55, crown + 0.4 * leaf + 0.35 * up - 0.12);
      colour = mix(mix(colour, season.sky, 0.2), season.sky, 0.85 * gap);
      plot(canvas, x, y, colour, { sun: 0.25 + 0.5 * gap, foot: 0, sway: gap > 0.9 ? 0 : leaf > 0 ? 1 : 0 });
    }
  }
}

/** Grass and litter in perspective, a trail along the middle, sun through leaves on it. */
function paintGround(canvas: Canvas, season: Season, random: Random): void {
  const { width, height } = canvas;
  const side = 512;
  const shape = { width: side, height: side };
  const patches = createNoiseField(random, { ...shape, cellsX: 10, cellsY: 10, octaves: 4 });
  const litter = createNoiseField(random, { ...shape, cellsX: 128, cellsY: 128, octaves: 2 });
  const dapple = createNoiseField(random, { ...shape, cellsX: 18, cellsY: 18, octaves: 3 });
  const trailM = between(random, 2.2, 3.2);
  const trailHalfM = between(random, 0.35, 0.6);
  const bend = between(random, -0.3, 0.3);
  for (let y = Math.floor(horizonPart * height); y < height; y++) {
    const row = (y + 0.5) / height;
    const ahead = distanceAt(row);
    const perM = perMetreAt(row) * height;
    if (perM <= 0.5) continue;
    const far = 1 - Math.exp(-Math.max(0, ahead - 2) / 14);
    // Litter keeps about the same size in the picture, as what is small is seen only near.
    const fine = 60 * 2 ** Math.max(0, Math.min(3, Math.round(Math.log2((0.6 * perM) / 60))));
    for (let x = 0; x < width; x++) {
      const across = (x + 0.5 - width / 2) / perM;
      const at = (Math.floor(ahead * 60) & 511) * side + (Math.floor(across * 60) & 511);
      const wide = (Math.floor(ahead * 22) & 511) * side + (Math.floor(across * 22 + 137) & 511);
      const near = (Math.floor(ahead * fine) & 511) * side + (Math.floor(across * fine) & 511);
      const grit = (0.45 * litter[at]! + 0.75 * litter[near]!) * (1 - 0.7 * far);
      const soil = mix(season.ground[0], season.ground[1], 0.5 + 0.9 * patches[wide]!);
      const off = Math.abs(ahead - trailM - bend * across - 0.5 * patches[wide]!);
      const trail = 1 - smoothStep(trailHalfM * 0.6, trailHalfM * 1.2, off + 0.3 * grit);
      let colour = scale(mix(soil, season.trail, 0.85 * trail), 1 + 0.42 * grit);
      colour = mix(colour, season.depth, 0.75 * far);
      const sun = smoothStep(-0.12, 0.3, dapple[wide]! + 0.12) * (1 - 0.5 * far);
      plot(canvas, x, y, colour, { sun, foot: 0, sway: 0 });
    }
  }
}

/** Trees, bushes and tufts from far to near. */
function plant(canvas: Canvas, season: Season, random: Random): void {
  const { width, height } = canvas;
  const wide = width / height;
  const things: { readonly row: number; readonly draw: () => void }[] = [];
  const add = (row: number, draw: (row: number) => void): void => {
    things.push({ row, draw: () => draw(row) });
  };
  const anywhere = (): number => between(random, -0.05, 1.05) * width;
  for (let i = 0; i < 9; i++) {
    const x = anywhere();
    const thick = between(random, 0.14, 0.4);
    add(horizonPart + between(random, 0.02, 0.1), (row) =>
      plantTrunk(canvas, { x, row, thick, tone: season.bark }, random),
    );
  }
  for (let i = 0; i < 12; i++) {
    const x = anywhere();
    const tall = between(random, 0.35, 1.1);
    const tone = mix(season.leaves, season.grass[0], random() * 0.6);
    add(horizonPart + between(random, 0.03, 0.13), (row) =>
      plantBush(canvas, { x, row, tall, tone }, random),
    );
  }
  // What animals pass behind: a slender tree or two and some bushes in the clearing.
  for (let i = 0; i < 2; i++) {
    const x = (0.18 + 0.62 * i + between(random, -0.12, 0.12)) * width;
    const thick = between(random, 0.07, 0.15);
    add(horizonPart + between(random, 0.16, 0.3), (row) =>
      plantTrunk(canvas, { x, row, thick, tone: season.bark }, random),
    );
  }
  for (let i = 0; i < 4; i++) {
    const x = anywhere();
    const tall = between(random, 0.16, 0.4);
    const tone = mix(season.leaves, season.grass[1], random() * 0.7);
    add(horizonPart + between(random, 0.15, 0.45), (row) =>
      plantBush(canvas, { x, row, tall, tone }, random),
    );
  }
  for (let i = 0; i < 90; i++) {
    const x = anywhere();
    // As many per square metre near as far would leave the foreground bare.
    const row = horizonPart + 0.06 + 0.6 * random() ** 1.2;
    const tall = between(random, 0.06, 0.26) * (row > 0.9 ? 1.3 : 1);
    const tone = mix(season.grass[0], season.grass[1], random());
    add(row, () =>
      plantGrass(canvas, { x, row, tall, tone, blades: Math.round(between(random, 6, 22)) }, random),
    );
  }
  const corner = random() < 0.5 ? 0.02 : 0.98;
  for (let i = 0; i < 7 * wide; i++) {
    const x = (corner + between(random, -0.16, 0.16) * (i % 2 === 0 ? 1 : 2)) * width;
    const tone = mix(season.grass[0], season.grass[1], random());
    add(between(random, 1, 1.08), (row) =>
      plantGrass(canvas, { x, row, tall: between(random, 0.14, 0.3), tone, blades: 18 }, random),
    );
  }
  things.sort((a, b) => a.row - b.row);
  for (const thing of things) thing.draw();
}

/** What the lamp beside the lens shows: bright near, black far, brightest in the middle. */
function lampLit({ width, height, colour, foot }: Canvas): Uint8Array {
  const lit = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const row = foot[at] === 0 ? (y + 0.5) / height : foot[at]! / height;
      const packed = colour[at]!;
      const grey = 0.5 * (packed & 255) + 0.4 * ((packed >> 8) & 255) + 0.1 * ((packed >> 16) & 255);
      lit[at] = Math.min(255, grey * lampAt(row, (x + 0.5 - width / 2) / height, (y + 0.5) / height));
    }
  }
  return lit;
}

/** How bright the lamp lights something that stands on `row` and is seen at x (from the middle) and y. */
export function lampAt(row: number, x: number, y: number): number {
  const ahead = row <= horizonPart + 0.01 ? 60 : distanceAt(row);
  const reach = 1.1 / (1 + (ahead / 4.6) ** 2);
  const beam = Math.exp(-(x * x * 0.9 + (y - 0.55) ** 2));
  return 0.04 + reach * beam;
}
