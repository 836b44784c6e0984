// The camera of the simulated car: a wide lens a hand above the road, looking a little down. All that depends on the picture's size
// alone is worked out here once, per row and per column.
import type { Look } from "./look.ts";
import { createNoiseField } from "./noise.ts";
import { createRandom } from "./seeded-random.ts";

/** Tables for one picture size. Rows of the ground are counted from the horizon down: 1 is the first below it. */
export type Lens = {
  readonly width: number;
  readonly height: number;
  /** Pixels per unit of tangent. */
  readonly focal: number;
  /** Row of the horizon when the car is level. */
  readonly horizon: number;
  /** Height above the road, metres. */
  readonly heightM: number;
  /** Per ground row: distance ahead (m), level of the plan to sample, share of haze 0..256, strength of grit 0..256. */
  readonly depth: Float64Array;
  readonly level: Uint8Array;
  readonly haze: Uint16Array;
  readonly grit: Int16Array;
  /** Per column: columns of the panorama from straight ahead, how much lower the sky appears 0..65535, brightness 0..256. */
  readonly azimuth: Int32Array;
  readonly skySlope: Uint16Array;
  readonly vignette: Uint16Array;
  /** 256 × 256 specks of the road surface, −128..127. */
  readonly grain: Int8Array;
};

/** Camera height of the simulated car, metres. */
const cameraHeightM = 0.24;
/** Half the picture's width is the tangent 0.9: 84 degrees across, between a phone and a wide camera module. */
const focalPerWidth = 0.5 / 0.9;
const horizonPart = 0.36;
const panoramaColumns = 4096;

/** Works out the tables for a picture size. */
export function createLens(width: number, height: number, look: Look): Lens {
  const focal = width * focalPerWidth;
  const horizon = Math.round(height * horizonPart);
  // The horizon may nod up to the top edge.
  const rows = height + 1 + Math.ceil(height * 0.2);
  const depth = Float64Array.from(
    { length: rows },
    (_, k) => (focal * cameraHeightM) / Math.max(k - 0.5, 0.5),
  );
  return {
    width,
    height,
    focal,
    horizon,
    heightM: cameraHeightM,
    depth,
    level: Uint8Array.from(depth, (metres) => levelAt(metres, focal)),
    haze: Uint16Array.from(depth, (metres) => hazeAt(metres, look)),
    grit: Int16Array.from(depth, (metres) => Math.round(22 * Math.max(0, 1 - metres / 1.4))),
    azimuth: Int32Array.from({ length: width }, (_, x) => {
      return Math.round((Math.atan((x + 0.5 - width / 2) / focal) / (2 * Math.PI)) * panoramaColumns);
    }),
    skySlope: Uint16Array.from(
      { length: width },
      (_, x) => 65535 * Math.cos(Math.atan((x + 0.5 - width / 2) / focal)),
    ),
    vignette: Uint16Array.from({ length: width }, (_, x) => {
      const off = (x + 0.5 - width / 2) / (width / 2);
      return Math.round(256 * (1 - 0.14 * off ** 4));
    }),
    grain: createGrain(),
  };
}

/** Share of haze at a distance, 0..256. */
export function hazeAt(metres: number, look: Look): number {
  const reachM = 40 - 18 * look.cloud;
  return Math.round(256 * 0.85 * (1 - Math.exp(-metres / reachM)));
}

/** Which level of the plan has pixels of about the size that a picture pixel covers at this distance. */
function levelAt(metres: number, focal: number): number {
  const across = metres / focal;
  const along = (metres * metres) / (focal * cameraHeightM);
  const texels = Math.sqrt(across * along) / 0.0125;
  return Math.max(0, Math.min(5, Math.round(Math.log2(Math.max(texels, 1)))));
}

function createGrain(): Int8Array {
  const random = createRandom(0, "grain");
  const field = createNoiseField(random, { width: 256, height: 256, cellsX: 64, cellsY: 64, octaves: 3 });
  return Int8Array.from(field, (value) => Math.max(-128, Math.min(127, Math.round(150 * value))));
}
