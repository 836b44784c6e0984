// All that is above the horizon, all around: sky, sun, clouds, hills, trees. Made once per world; azimuth runs as headings do.
import { mix, pack, type Rgb, scale, smoothStep } from "./colour.ts";
import type { Look } from "./look.ts";
import { createNoiseField } from "./noise.ts";
import { createRandom, type Random } from "./seeded-random.ts";
import type { Texture } from "./texture.ts";

/** Columns around the whole circle; a power of two, so that sampling wraps by a mask. */
const columns = 4096;
const rows = 256;
/** Tangent of the elevation of the top row; row `rows - 1` lies on the horizon. */
export const panoramaTop = 0.62;

/** Draws the surroundings of a place. */
export function createPanorama(look: Look, seed: number): Texture {
  const random = createRandom(seed, "panorama");
  const clouds = createNoiseField(random, {
    width: columns / 2,
    height: rows / 2,
    cellsX: 24,
    cellsY: 5,
    octaves: 5,
  });
  const farHills = createSkyline(random, 9, 4);
  const nearHills = createSkyline(random, 16, 4);
  const trees = createSkyline(random, 90, 4);
  const leaves = createNoiseField(random, {
    width: 1024,
    height: rows,
    cellsX: 256,
    cellsY: 64,
    octaves: 2,
  });
  const hills = [mix(look.hills, look.skyBottom, 0.45), mix(look.hills, look.skyBottom, 0.15)].map((hill) =>
    pack(hill),
  ) as [number, number];
  // How near the sun each column is: 1 towards it, −1 away.
  const sunward = Float32Array.from({ length: columns }, (_, column) =>
    Math.cos((2 * Math.PI * column) / columns - look.sunAzimuth),
  );
  const glow = sunward.map((towards) => 0.55 * look.sun * Math.max(0, towards) ** 24);
  const pixels = new Uint32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const elevation = panoramaTop * (1 - row / (rows - 1));
    const clear = mix(look.skyBottom, look.skyTop, (elevation / panoramaTop) ** 0.7);
    for (let column = 0; column < columns; column++) {
      const crown = 0.03 + 0.03 * trees[column]! + 0.02 * nearHills[column]!;
      const at = row * columns + column;
      if (elevation < crown) {
        const leaf = leaves[row * 1024 + (column & 1023)]!;
        const lit = 0.8 + 0.3 * leaf + (0.25 * elevation) / crown + 0.12 * look.sun * sunward[column]!;
        pixels[at] = pack(mix(scale(look.trees, lit), look.skyBottom, 0.18));
      } else if (elevation < 0.045 + 0.045 * nearHills[column]!) pixels[at] = hills[1];
      else if (elevation < 0.07 + 0.05 * farHills[column]!) pixels[at] = hills[0];
      else {
        const cloud = clouds[(row >> 1) * (columns / 2) + (column >> 1)]!;
        pixels[at] = pack(skyColour(look, clear, elevation, glow[column]!, cloud));
      }
    }
  }
  return { width: columns, height: rows, pixels };
}

function skyColour(look: Look, clear: Rgb, elevation: number, glow: number, cloud: number): Rgb {
  const sky = glow < 0.01 ? clear : mix(clear, [255, 244, 214], glow * (1 - elevation));
  const cover = smoothStep(0.45 - look.cloud, 0.85 - look.cloud, cloud + 0.15);
  if (cover === 0) return sky;
  const lit = 225 + 25 * cloud - 40 * look.cloud;
  return mix(sky, [lit, lit, lit + 4], 0.8 * cover * (0.35 + 0.65 * smoothStep(0.04, 0.2, elevation)));
}

/** A height per column, about −1..1, without a seam. */
function createSkyline(random: Random, cells: number, octaves: number): Float32Array {
  return createNoiseField(random, { width: columns, height: 1, cellsX: cells, cellsY: 1, octaves });
}
