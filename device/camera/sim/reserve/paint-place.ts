// Paints a clearing as it looks now: its light, and its leaves a little to one side or the other.
import type { Light } from "./light.ts";
import type { Place } from "./place.ts";

/** Side of the squares that sway together, pixels of a 480-row picture. */
const gustSide = 12;

/** Where each square of the picture is blown to; made once, filled for every picture. */
export type Wind = {
  readonly columns: number;
  readonly rows: number;
  readonly side: number;
  readonly push: Int16Array;
};

export function createWind(width: number, height: number): Wind {
  const side = Math.max(4, Math.round((gustSide * height) / 480));
  const columns = Math.ceil(width / side);
  const rows = Math.ceil(height / side);
  return { columns, rows, side, push: new Int16Array(columns * rows) };
}

/** Lets the wind blow as it does at a time. */
export function blow(wind: Wind, timeS: number, seed: number, height: number): void {
  const gust = 0.45 + 0.35 * Math.sin(timeS * 0.23 + seed) + 0.25 * Math.sin(timeS * 0.071 + 2 * seed);
  const strength = Math.max(0.08, gust) * 8 * (height / 480);
  for (let row = 0; row < wind.rows; row++) {
    for (let column = 0; column < wind.columns; column++) {
      const wave =
        0.6 * Math.sin(timeS * 2.1 - column * 0.31 + row * 0.11) +
        0.4 * Math.sin(timeS * 3.7 + column * 1.7 + row * 2.3 + seed);
      wind.push[row * wind.columns + column] = Math.round(strength * wave * 32);
    }
  }
}

/** The pixel of the clearing that shows at a pixel of the picture. */
export function blownFrom(place: Place, wind: Wind, x: number, y: number): number {
  const at = y * place.width + x;
  const sway = place.sway[at]!;
  if (sway === 0) return at;
  const push = wind.push[((y / wind.side) | 0) * wind.columns + ((x / wind.side) | 0)]!;
  const from = x + ((sway * push) >> 13);
  return from < 0 || from >= place.width ? at : at - x + from;
}

/** Paints the clearing without animals. */
export function paintPlace(place: Place, wind: Wind, light: Light, pixels: Uint8ClampedArray): void {
  const { width, height, sway, colour, infrared } = place;
  const [skyRed, skyGreen, skyBlue] = light.sky.map(Math.round) as [number, number, number];
  const [sunRed, sunGreen, sunBlue] = light.sun.map(Math.round) as [number, number, number];
  let at = 0;
  let out = 0;
  for (let y = 0; y < height; y++) {
    const gusts = ((y / wind.side) | 0) * wind.columns;
    for (let left = 0, square = gusts; left < width; left += wind.side, square++) {
      const push = wind.push[square]!;
      const right = Math.min(width, left + wind.side);
      for (let x = left; x < right; x++) {
        let from = at;
        const bend = sway[at]!;
        if (bend !== 0) {
          const blown = x + ((bend * push) >> 13);
          if (blown >= 0 && blown < width) from = at - x + blown;
        }
        if (light.isNight) {
          const grey = infrared[from]!;
          pixels[out] = grey;
          pixels[out + 1] = grey;
          pixels[out + 2] = grey;
        } else {
          const packed = colour[from]!;
          const share = packed >>> 24;
          pixels[out] = ((packed & 255) * (skyRed + ((sunRed * share) >> 8))) >> 8;
          pixels[out + 1] = (((packed >> 8) & 255) * (skyGreen + ((sunGreen * share) >> 8))) >> 8;
          pixels[out + 2] = (((packed >> 16) & 255) * (skyBlue + ((sunBlue * share) >> 8))) >> 8;
        }
        at += 1;
        out += 3;
      }
    }
  }
}
