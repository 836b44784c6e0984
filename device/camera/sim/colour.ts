// Colours of the simulator: red in the low byte, then green, blue and, for cut-outs, opacity in one 32-bit number.

/** Red, green, blue, each 0..255. */
export type Rgb = readonly [number, number, number];

/** Packs a colour; opacity 255 is solid. Out-of-range parts are clamped. */
export function pack(colour: Rgb, opacity = 255): number {
  const [red, green, blue] = colour;
  return (clampByte(red) | (clampByte(green) << 8) | (clampByte(blue) << 16) | (opacity << 24)) >>> 0;
}

/** From one colour (part 0) to another (part 1). */
export function mix(from: Rgb, to: Rgb, part: number): Rgb {
  const t = Math.max(0, Math.min(1, part));
  return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t, from[2] + (to[2] - from[2]) * t];
}

/** Brighter (over 1) or darker (under 1). */
export function scale(colour: Rgb, factor: number): Rgb {
  return [colour[0] * factor, colour[1] * factor, colour[2] * factor];
}

/** 0 up to `from`, 1 beyond `to`, an even curve between. */
export function smoothStep(from: number, to: number, value: number): number {
  const t = Math.max(0, Math.min(1, (value - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
