// Paints an animal into the picture: its pose wears its coat, things that stand nearer hide it, and it throws a soft shadow. Says what
// of it is to be seen.
import type { Texture } from "../texture.ts";
import { coatRows } from "./coat.ts";
import type { Light } from "./light.ts";
import { blownFrom, type Wind } from "./paint-place.ts";
import { lampAt, type Place } from "./place.ts";
import { type PoseSprite, poseWindow } from "./pose-sprite.ts";

/** An animal as it stands in the picture, pixels. */
export type Standing = {
  readonly sprite: PoseSprite;
  readonly coat: Texture;
  /** Middle of the body, row of the feet, height of the shoulder. */
  readonly x: number;
  readonly foot: number;
  readonly tall: number;
  readonly heading: 1 | -1;
};

/** What animals are painted into. */
export type Stage = {
  readonly place: Place;
  readonly wind: Wind;
  readonly light: Light;
  readonly pixels: Uint8ClampedArray;
  /** Per pixel the number of the animal that shows there; 0: none. */
  readonly owner: Uint8Array;
};

/** What is to be seen: bounds in pixels (right and bottom beyond the last one) and the share that nothing hides, 0..1. */
export type Seen = {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly visible: number;
};

/** Darkens the ground under an animal. */
export function paintShadow({ place, wind, light, pixels }: Stage, standing: Standing): void {
  const { x, foot, tall, heading } = standing;
  const strength = light.isNight ? 0.25 : 0.3 + (0.3 * light.sun[1]) / 205;
  const reach = 1.05 * tall;
  const deep = 0.13 * tall;
  const middle = x - heading * 0.05 * tall;
  for (let py = Math.max(0, Math.floor(foot - deep)); py < Math.min(place.height, foot + deep * 0.9); py++) {
    const dy = (py + 0.5 - foot) / deep;
    for (let px = Math.max(0, Math.floor(middle - reach)); px < Math.min(place.width, middle + reach); px++) {
      const dx = (px + 0.5 - middle) / reach;
      const inside = 1 - dx * dx - dy * dy;
      if (inside <= 0 || place.foot[blownFrom(place, wind, px, py)]! > foot) continue;
      const keep = 1 - strength * Math.min(1, inside * 1.6);
      const out = (py * place.width + px) * 3;
      pixels[out] = pixels[out]! * keep;
      pixels[out + 1] = pixels[out + 1]! * keep;
      pixels[out + 2] = pixels[out + 2]! * keep;
    }
  }
}

/** Paints an animal over what stands further away, and marks its pixels with its `number` (1 or more). */
export function paintAnimal(
  { place, wind, light, pixels, owner }: Stage,
  standing: Standing,
  number: number,
): void {
  const { sprite, coat, foot, heading } = standing;
  const { perPixel, top, left, firstX, lastX, firstY, lastY } = frameOf(place, standing);
  const shrink = 8 - Math.log2(coat.width);
  const eyeEnd = coatRows.eye[0] + coatRows.eye[1];
  const gains = gainsOf(place, light, standing);
  for (let py = firstY; py <= lastY; py++) {
    const row = Math.floor((py + 0.5 - top) * perPixel);
    if (row < 0 || row >= sprite.height) continue;
    for (let px = firstX; px <= lastX; px++) {
      const along = (px + 0.5 - left) * perPixel;
      const column = Math.floor(heading === 1 ? along : sprite.width - along);
      if (column < 0 || column >= sprite.width) continue;
      const pixel = sprite.pixels[row * sprite.width + column]!;
      const opacity = pixel >>> 24;
      if (opacity === 0 || place.foot[blownFrom(place, wind, px, py)]! > foot) continue;
      const coatRow = (pixel >> 8) & 255;
      const wool = coat.pixels[(coatRow >> shrink) * coat.width + ((pixel & 255) >> shrink)]!;
      const lit = (pixel >> 16) & 255;
      const out = (py * place.width + px) * 3;
      const keep = 255 - opacity;
      if (light.isNight) {
        const shines = coatRow >= coatRows.eye[0] && coatRow < eyeEnd;
        const grey = 0.5 * (wool & 255) + 0.4 * ((wool >> 8) & 255) + 0.1 * ((wool >> 16) & 255);
        const value = shines ? 250 : (grey * lit * gains[0]) / 190;
        pixels[out] = (value * opacity + pixels[out]! * keep) / 255;
        pixels[out + 1] = (value * opacity + pixels[out + 1]! * keep) / 255;
        pixels[out + 2] = (value * opacity + pixels[out + 2]! * keep) / 255;
      } else {
        const share = (lit * opacity) / (190 * 255);
        const under = keep / 255;
        pixels[out] = (wool & 255) * gains[0] * share + pixels[out]! * under;
        pixels[out + 1] = ((wool >> 8) & 255) * gains[1] * share + pixels[out + 1]! * under;
        pixels[out + 2] = ((wool >> 16) & 255) * gains[2] * share + pixels[out + 2]! * under;
      }
      if (opacity >= 128) owner[py * place.width + px] = number;
    }
  }
}

/** What is to be seen of an animal once all are painted; null when it is nothing or a few hairs. */
export function seenOf({ place, owner }: Stage, standing: Standing, number: number): Seen | null {
  const { perPixel, firstX, lastX, firstY, lastY } = frameOf(place, standing);
  const seen = { left: place.width, top: place.height, right: 0, bottom: 0 };
  let shown = 0;
  for (let py = firstY; py <= lastY; py++) {
    for (let px = firstX; px <= lastX; px++) {
      if (owner[py * place.width + px] !== number) continue;
      shown += 1;
      if (px < seen.left) seen.left = px;
      if (px >= seen.right) seen.right = px + 1;
      if (py < seen.top) seen.top = py;
      seen.bottom = py + 1;
    }
  }
  if (shown < leastPixels) return null;
  return { ...seen, visible: Math.min(1, (shown * perPixel * perPixel) / Math.max(1, standing.sprite.area)) };
}

const leastPixels = 8;

/** Where an animal's sprite lies in the picture: its upper left corner, sprite pixels per pixel, and the pixels it may touch. */
function frameOf(place: Place, { sprite, x, foot, tall, heading }: Standing) {
  const perPixel = sprite.width / ((poseWindow.right - poseWindow.left) * tall);
  const top = foot - poseWindow.top * tall;
  const left = heading === 1 ? x + poseWindow.left * tall : x - poseWindow.right * tall;
  return {
    perPixel,
    top,
    left,
    firstX: Math.max(0, Math.floor(left)),
    lastX: Math.min(place.width - 1, Math.ceil(left + sprite.width / perPixel)),
    firstY: Math.max(0, Math.floor(top)),
    lastY: Math.min(place.height - 1, Math.ceil(foot - poseWindow.bottom * tall)),
  };
}

/** How bright the animal is where it stands: red, green, blue. */
function gainsOf(place: Place, light: Light, { x, foot, tall }: Standing): readonly [number, number, number] {
  const { width, height } = place;
  if (light.isNight) {
    const lamp = lampAt(foot / height, (x - width / 2) / height, (foot - tall / 2) / height);
    return [lamp, lamp, lamp];
  }
  const px = Math.max(0, Math.min(width - 1, Math.round(x)));
  const py = Math.max(0, Math.min(height - 1, Math.round(foot)));
  let share = 0;
  for (let step = -3; step <= 3; step++) {
    const at = Math.max(0, Math.min(width - 1, Math.round(px + (step * tall) / 4)));
    share += (place.colour[py * width + at]! >>> 24) / 255 / 7;
  }
  const sun = 0.25 + 0.6 * share;
  return [0, 1, 2].map((part) => (light.sky[part]! + sun * light.sun[part]!) / 256) as [
    number,
    number,
    number,
  ];
}
