// Paints sky and mountains as they look now: the sun's glow, haze before the far ridges, shadows of clouds, mist in the valleys.
import { smoothStep } from "../colour.ts";
import { createNoiseField } from "../noise.ts";
import { createRandom } from "../seeded-random.ts";
import type { Terrain } from "./terrain.ts";
import type { Weather } from "./weather.ts";

/** What is looked up per picture; made once. */
export type Air = {
  /** 512 × 256, repeating, 0..255: where clouds shade the ground, and where mist is thick. */
  readonly shade: Uint8Array;
  readonly banks: Uint8Array;
  readonly hazeOf: Uint16Array;
  readonly glowOf: Uint16Array;
};

/** By square of the distance from the sun. */
const glowSteps = 16_384;
/** That far from the sun its glow ends; square of picture heights. */
const glowEnd = 1.2;

export function createAir(seed: number): Air {
  const random = createRandom(seed, "air");
  const field = (cellsX: number, cellsY: number, low: number, high: number): Uint8Array =>
    Uint8Array.from(
      createNoiseField(random, { width: 512, height: 256, cellsX, cellsY, octaves: 4 }),
      (value) => Math.max(0, Math.min(255, Math.round((255 * (value - low)) / (high - low)))),
    );
  return {
    shade: field(5, 8, -0.1, 0.35),
    banks: field(7, 12, -0.15, 0.4),
    hazeOf: new Uint16Array(256),
    glowOf: Uint16Array.from({ length: glowSteps }, (_, step) => {
      const apart = Math.sqrt(((step + 0.5) / glowSteps) * glowEnd);
      // A disc with a soft rim, and light scattered around it.
      const disc = 1 - smoothStep(0.016, 0.03, apart);
      return Math.round(256 * Math.min(1, disc + 0.5 * Math.exp(-apart * 4) + 0.25 * Math.exp(-apart * 22)));
    }),
  };
}

/** Colour of the haze under a weather. */
export function hazeColour({ warm, sun }: Weather): readonly [number, number, number] {
  const level = 0.86 + 0.14 * sun;
  return [(198 + 34 * warm) * level, (206 - 2 * warm) * level, (216 - 36 * warm) * level];
}

/** Paints the view without clouds and smoke. `drift` is how far the wind has carried things, picture heights. */
export function paintTerrain(
  terrain: Terrain,
  air: Air,
  weather: Weather,
  drift: number,
  pixels: Uint8ClampedArray,
): void {
  const { width, height, colour, ridge, mist } = terrain;
  const haze = hazeColour(weather).map(Math.round) as [number, number, number];
  for (let share = 0; share < 256; share++)
    air.hazeOf[share] = Math.round(256 * Math.min(0.97, (share / 255) * (0.35 + 0.85 * weather.haze)));
  const glare = Math.round(256 * weather.sun);
  const light = 0.62 + 0.42 * weather.sun;
  const red = Math.round(256 * light * (1 + 0.1 * weather.warm));
  const green = Math.round(256 * light * (1 - 0.02 * weather.warm));
  const blue = Math.round(256 * light * (1 - 0.16 * weather.warm));
  const perX = 300 / height;
  const shadeShift = Math.floor(drift * 150);
  const mistShift = Math.floor(drift * 60);
  const mistGain = Math.round(256 * weather.mist);
  const sunX = weather.sunX * height;
  const sunY = weather.sunY * height;
  const glowScale = glowSteps / (height * height * glowEnd);
  let at = 0;
  let out = 0;
  for (let y = 0; y < height; y++) {
    const row = (Math.floor(y * perX * 1.6) & 255) << 9;
    const dy = (y - sunY) * (y - sunY);
    for (let x = 0; x < width; x++, at++, out += 3) {
      const packed = colour[at]!;
      let r = packed & 255;
      let g = (packed >> 8) & 255;
      let b = (packed >> 16) & 255;
      let veil = air.hazeOf[packed >>> 24]!;
      if (ridge[at] === 0) {
        const step = ((x - sunX) * (x - sunX) + dy) * glowScale;
        const glow = step < glowSteps ? (air.glowOf[step | 0]! * glare) >> 8 : 0;
        r = (r * red) >> 8;
        g = (g * green) >> 8;
        b = (b * blue) >> 8;
        r += ((255 - r) * glow) >> 8;
        g += ((248 - g) * glow) >> 8;
        b += ((224 - b) * glow) >> 8;
      } else {
        const column = (x * perX) | 0;
        const shaded = 256 - ((air.shade[row | ((column - shadeShift) & 511)]! * 86) >> 8);
        r = (r * red * shaded) >> 16;
        g = (g * green * shaded) >> 16;
        b = (b * blue * shaded) >> 16;
        const fog = mist[at]!;
        if (fog !== 0) {
          const bank = (fog * air.banks[row | ((column - mistShift) & 511)]! * mistGain) >> 16;
          veil += ((256 - veil) * bank) >> 8;
        }
      }
      pixels[out] = r + (((haze[0] - r) * veil) >> 8);
      pixels[out + 1] = g + (((haze[1] - g) * veil) >> 8);
      pixels[out + 2] = b + (((haze[2] - b) * veil) >> 8);
    }
  }
}
