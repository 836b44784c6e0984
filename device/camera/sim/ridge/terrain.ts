// The mountains a mast looks over, painted once per seed and picture size: sky, far ridges, wooded slopes, a road. Each pixel knows which
// ridge it is on, how much haze lies before it and whether mist gathers there.
import { mix, pack, type Rgb, scale, smoothStep } from "../colour.ts";
import { createNoiseField } from "../noise.ts";
import { between, createRandom, type Random } from "../seeded-random.ts";

/** The view. One entry a pixel, row by row. */
export type Terrain = {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue under plain daylight; the high byte is how much haze may lie before it. */
  readonly colour: Uint32Array;
  /** 0 sky, 1 the furthest ridge … 4 the slope below the mast. */
  readonly ridge: Uint8Array;
  /** How much mist may gather, 0..255. */
  readonly mist: Uint8Array;
  /** Row of each ridge's crest at a column, parts of the height; ridges 1–4. */
  readonly crestAt: (ridge: number, x: number) => number;
  /** Row of the road on the near slope at a column, parts of the height. */
  readonly roadAt: (x: number) => number;
};

/** How many ridges there are. */
export const ridges = 4;

type Ridge = {
  readonly crest: Float32Array;
  /** The crest without its trees, and how it falls to the right over a twelfth of the height. */
  readonly outline: Float32Array;
  readonly fold: Float32Array;
  readonly colour: Rgb;
  readonly haze: number;
  readonly wood: number;
};

/** Across a picture, crests are looked up in so many steps; one step is 1/512 of the picture's height. */
const columns = 2048;

export function createTerrain(seed: number, width: number, height: number): Terrain {
  const random = createRandom(seed, "terrain");
  const count = width * height;
  const shape: readonly Ridge[] = createRidges(random);
  const terrain = {
    width,
    height,
    colour: new Uint32Array(count),
    ridge: new Uint8Array(count),
    mist: new Uint8Array(count),
  };
  const crestAt = (ridge: number, x: number): number => {
    const crest = shape[ridge - 1]?.crest;
    return crest?.[Math.max(0, Math.min(columns - 1, Math.round((x / height) * 512)))] ?? 1;
  };
  const roadSlope = between(random, -0.05, 0.05);
  const roadRow = between(random, 0.84, 0.9);
  const roadAt = (x: number): number =>
    roadRow + roadSlope * (x / height - 0.6) + 0.012 * Math.sin((x / height) * 7);
  paintSky(terrain, random);
  const texture = createNoiseField(random, { width: 512, height: 512, cellsX: 128, cellsY: 128, octaves: 2 });
  const fields = createNoiseField(random, { width: 512, height: 512, cellsX: 6, cellsY: 14, octaves: 4 });
  for (let ridge = 1; ridge <= ridges; ridge++) {
    const { colour, haze, wood, fold } = shape[ridge - 1]!;
    for (let x = 0; x < width; x++) {
      const crest = crestAt(ridge, x);
      // Over a wide stretch: single trees on the crest cast no light down the slope.
      const slope = fold[Math.min(columns - 1, Math.round((x / height) * 512))]!;
      for (let y = Math.max(0, Math.floor(crest * height)); y < height; y++) {
        const below = (y + 0.5) / height - crest;
        const u = Math.floor((x / height) * 512 * (1.5 - 0.22 * ridge)) & 511;
        const v = Math.floor((y / height) * 512 * (2.6 - 0.35 * ridge)) & 511;
        const tree = texture[v * 512 + u]!;
        const field = fields[v * 512 + u]!;
        const meadow = smoothStep(0.12, 0.3, field) * (ridge >= 3 ? 1 : 0.4);
        const ground = mix(scale(colour, 1 + wood * tree), [150, 150, 98], 0.55 * meadow);
        // Gullies: one flank of every fold is in the shade.
        const relief =
          1 +
          0.16 * field +
          Math.max(-0.2, Math.min(0.2, -5 * slope)) * (1 - Math.min(1, 4 * below)) -
          0.35 * Math.min(0.25, below);
        set(terrain, x, y, scale(ground, relief), {
          ridge,
          haze: haze * (1 - 0.5 * Math.min(0.3, below)),
          mist: 0,
        });
      }
    }
  }
  paintRoad(terrain, roadAt);
  gatherMist(terrain, shape);
  return { ...terrain, crestAt, roadAt };
}

type Pixels = Pick<Terrain, "width" | "height" | "colour" | "ridge" | "mist">;

function set(
  terrain: Pixels,
  x: number,
  y: number,
  colour: Rgb,
  { ridge, haze, mist }: { readonly ridge: number; readonly haze: number; readonly mist: number },
): void {
  const at = y * terrain.width + x;
  terrain.colour[at] = pack(colour, Math.max(0, Math.min(255, Math.round(255 * haze))));
  terrain.ridge[at] = ridge;
  terrain.mist[at] = mist;
}

function createRidges(random: Random): Ridge[] {
  const plan = [
    { row: 0.4, rise: 0.13, cells: 4, colour: [92, 110, 128], haze: 0.8, wood: 0.05 },
    { row: 0.5, rise: 0.12, cells: 5, colour: [74, 96, 92], haze: 0.58, wood: 0.12 },
    { row: 0.62, rise: 0.1, cells: 5, colour: [60, 84, 56], haze: 0.34, wood: 0.32 },
    { row: 0.8, rise: 0.1, cells: 4, colour: [56, 76, 42], haze: 0.12, wood: 0.5 },
  ] as const;
  return plan.map(({ row, rise, cells, colour, haze, wood }) => {
    const noise = createNoiseField(random, {
      width: columns,
      height: 1,
      cellsX: cells * 2,
      cellsY: 1,
      octaves: 6,
    });
    const teeth = createNoiseField(random, { width: columns, height: 1, cellsX: 512, cellsY: 1, octaves: 1 });
    const tilt = between(random, -0.06, 0.06);
    const crest = noise.map(
      (value, i) => row - rise * value + tilt * (i / 512 - 0.6) - wood * 0.012 * Math.abs(teeth[i]!),
    );
    const outline = crest.map((_, i) => meanAround(crest, i, 14));
    const fold = crest.map((_, i) => meanAround(outline, i + 20, 10) - meanAround(outline, i - 20, 10));
    return { crest, outline, fold, colour, haze, wood };
  });
}

function meanAround(values: Float32Array, middle: number, reach: number): number {
  let sum = 0;
  for (let i = middle - reach; i <= middle + reach; i++)
    sum += values[Math.max(0, Math.min(values.length - 1, i))]!;
  return sum / (2 * reach + 1);
}

function paintSky(terrain: Pixels, random: Random): void {
  const { width, height } = terrain;
  const veil = createNoiseField(random, { width: 512, height: 128, cellsX: 6, cellsY: 10, octaves: 5 });
  const top: Rgb = [between(random, 74, 104), between(random, 126, 150), 204];
  const bottom: Rgb = [196, between(random, 206, 216), 226];
  for (let y = 0; y < height; y++) {
    const up = 1 - Math.min(1, (y + 0.5) / height / 0.5);
    const clear = mix(bottom, top, up ** 0.8);
    for (let x = 0; x < width; x++) {
      const at = (Math.floor((y / height) * 200) & 127) * 512 + (Math.floor((x / height) * 256) & 511);
      const thin = 0.4 * smoothStep(0, 0.6, veil[at]!) * up;
      set(terrain, x, y, mix(clear, [236, 238, 242], thin), {
        ridge: 0,
        haze: 0.75 * (1 - up) ** 1.5,
        mist: 0,
      });
    }
  }
}

function paintRoad(terrain: Pixels, roadAt: (x: number) => number): void {
  const { width, height } = terrain;
  for (let x = 0; x < width; x++) {
    const row = roadAt(x) * height;
    const thick = Math.max(1, (height * 3) / 480);
    for (let y = Math.floor(row); y < row + thick && y < height; y++) {
      const at = y * width + x;
      if (terrain.ridge[at] === ridges)
        set(terrain, x, y, [168, 148, 116], { ridge: ridges, haze: 0.1, mist: 0 });
    }
  }
}

/** Mist lies in the valleys: on each ridge just above the crest of the next. */
function gatherMist(terrain: Pixels, shape: readonly Ridge[]): void {
  const { width, height, ridge, mist } = terrain;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const at = y * width + x;
      const on = ridge[at]!;
      if (on === 0 || on === ridges) continue;
      const outline = shape[on]!.outline[Math.min(columns - 1, Math.round((x / height) * 512))]!;
      const over = outline - (y + 0.5) / height;
      mist[at] = Math.round(255 * Math.exp(-((Math.max(0, over) / 0.045) ** 1.4)));
    }
  }
}
