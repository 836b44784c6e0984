// The ground of a track as one picture seen from above: verge, road, paint, kerbs, shadows. Made once per world, then only sampled.
import { mix, pack, type Rgb, scale, smoothStep } from "./colour.ts";
import type { Course } from "./course.ts";
import type { Look } from "./look.ts";
import { createNoiseField } from "./noise.ts";
import type { Prop } from "./props.ts";
import { createRandom } from "./seeded-random.ts";
import { type TextureLevels, withSmallerCopies } from "./texture.ts";

/** The picture and where it lies. */
export type Ground = {
  readonly levels: TextureLevels;
  /** Plan coordinates of the picture's first corner, metres. */
  readonly minX: number;
  readonly minY: number;
  /** Side of a pixel of the largest level, metres. */
  readonly texelM: number;
};

const texelM = 0.0125;
/** Further out the ground is plain: from the road it is a few rows below the horizon. */
const marginM = 4;
/** How far from the centre line the road shows: edge, kerb, worn verge. */
const stripM = 1;
const tileSide = 256;
const noiseSide = 512;

/** Lays out the ground of a course. */
export function createGround(course: Course, look: Look, props: readonly Prop[], seed: number): Ground {
  const minX = Math.min(...course.x) - marginM;
  const minY = Math.min(...course.y) - marginM;
  const width = Math.ceil((Math.max(...course.x) + marginM - minX) / texelM);
  const height = Math.ceil((Math.max(...course.y) + marginM - minY) / texelM);
  const pixels = new Uint32Array(width * height);
  const surface = createSurface(course, look, seed);
  const tile = {
    distance: new Float32Array(tileSide * tileSide),
    along: new Float32Array(tileSide * tileSide),
  };
  for (let top = 0; top < height; top += tileSide) {
    for (let left = 0; left < width; left += tileSide) {
      measureTile(course, tile, minX + left * texelM, minY + top * texelM);
      for (let y = top; y < Math.min(height, top + tileSide); y++) {
        for (let x = left; x < Math.min(width, left + tileSide); x++) {
          const at = (y - top) * tileSide + x - left;
          pixels[y * width + x] = surface(x, y, tile.distance[at]!, tile.along[at]!);
        }
      }
    }
  }
  for (const prop of props) castShadow({ width, height, pixels }, prop, look, minX, minY);
  return { levels: withSmallerCopies({ width, height, pixels }, 6), minX, minY, texelM };
}

/** For each pixel of a tile: signed distance from the centre line (right positive) and metres along it; infinite beyond the strip. */
function measureTile(
  course: Course,
  tile: { readonly distance: Float32Array; readonly along: Float32Array },
  tileX: number,
  tileY: number,
): void {
  tile.distance.fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < course.count; i++) {
    const ax = course.x[i]!;
    const ay = course.y[i]!;
    const left = Math.max(0, Math.floor((ax - stripM - tileX) / texelM));
    const right = Math.min(tileSide - 1, Math.ceil((ax + stripM - tileX) / texelM));
    const top = Math.max(0, Math.floor((ay - stripM - tileY) / texelM));
    const bottom = Math.min(tileSide - 1, Math.ceil((ay + stripM - tileY) / texelM));
    if (left > right || top > bottom) continue;
    const next = (i + 1) % course.count;
    const bx = course.x[next]! - ax;
    const by = course.y[next]! - ay;
    const length = Math.hypot(bx, by);
    const ux = bx / length;
    const uy = by / length;
    for (let y = top; y <= bottom; y++) {
      const py = tileY + y * texelM - ay;
      for (let x = left; x <= right; x++) {
        const px = tileX + x * texelM - ax;
        const forward = Math.max(0, Math.min(length, px * ux + py * uy));
        const ex = px - forward * ux;
        const ey = py - forward * uy;
        const distance = Math.sqrt(ex * ex + ey * ey);
        const at = y * tileSide + x;
        if (distance < stripM && distance < Math.abs(tile.distance[at]!)) {
          tile.distance[at] = ux * py - uy * px < 0 ? -distance : distance;
          tile.along[at] = i * course.stepM + forward;
        }
      }
    }
  }
}

/** The colour of a pixel from its place and its distance from and along the road. */
function createSurface(
  course: Course,
  look: Look,
  seed: number,
): (x: number, y: number, distance: number, along: number) => number {
  const random = createRandom(seed, "ground");
  const shape = { width: noiseSide, height: noiseSide };
  const fine = createNoiseField(random, { ...shape, cellsX: 64, cellsY: 64, octaves: 3 });
  const patches = createNoiseField(random, { ...shape, cellsX: 24, cellsY: 24, octaves: 4 });
  const mask = noiseSide - 1;

  return (x, y, distance, along) => {
    const grain = fine[(y & mask) * noiseSide + (x & mask)]!;
    // One step of the patch field is eight pixels: patches of half a metre and more.
    const patch = patches[((y >> 3) & mask) * noiseSide + ((x >> 3) & mask)]!;
    const vergeShade = 1 + 0.22 * grain + 0.1 * patch;
    const off = Math.abs(distance);
    const part = Math.max(0, Math.min(1, 0.5 + 0.9 * patch));
    if (off >= stripM) return packBlend(look.verge[0], look.verge[1], part, vergeShade);
    const verge = scale(mix(look.verge[0], look.verge[1], part), vergeShade);

    const road = roadColour(course, look, distance, along, grain, patch);
    const edge = course.halfWidthM + 0.04;
    if (off < edge - texelM) return pack(road);
    const kerb = kerbColour(course, along, off);
    const worn = mix(scale(look.verge[1], 0.82 + 0.2 * grain), verge, smoothStep(0, 0.3, off - edge));
    const outside = kerb ?? worn;
    return pack(mix(road, outside, smoothStep(-texelM, texelM, off - edge)));
  };
}

/** Most of the picture is verge: the same as pack(scale(mix(from, to, part), factor)) without three lists per pixel. */
function packBlend(from: Rgb, to: Rgb, part: number, factor: number): number {
  const red = (from[0] + (to[0] - from[0]) * part) * factor;
  const green = (from[1] + (to[1] - from[1]) * part) * factor;
  const blue = (from[2] + (to[2] - from[2]) * part) * factor;
  // Rounded by the + 0.5; verge tones are far enough from 0 and 255 not to need clamping beyond the upper end.
  return (
    (Math.min(255, red + 0.5) |
      (Math.min(255, green + 0.5) << 8) |
      (Math.min(255, blue + 0.5) << 16) |
      0xff000000) >>>
    0
  );
}

function roadColour(
  course: Course,
  look: Look,
  distance: number,
  along: number,
  grain: number,
  patch: number,
): Rgb {
  const off = Math.abs(distance);
  // Two darker tracks where the wheels run.
  const wear = 1 - 0.1 * Math.exp(-(((off - 0.12) / 0.06) ** 2));
  let colour = scale(look.road, wear * (1 + 0.13 * grain + 0.1 * patch));
  const fade = 0.86 + 0.14 * Math.max(-1, Math.min(1, grain + patch));
  // 4 cm of paint; a solid line on each edge, 30 cm dashes with 30 cm gaps in the middle.
  colour = mix(colour, look.edgeLine, fade * stripe(off - (course.halfWidthM - 0.05), 0.025));
  const dash = along % 0.6;
  const isDash = smoothStep(0, texelM, dash) * (1 - smoothStep(0.3, 0.3 + texelM, dash));
  colour = mix(colour, look.centreLine, fade * isDash * stripe(distance, 0.02));
  if (along < 0.24 && off < course.halfWidthM - 0.08) {
    const dark = (Math.floor(along / 0.08) + Math.floor(distance / 0.08 + 100)) % 2 === 0;
    colour = mix(colour, dark ? [28, 28, 30] : [232, 232, 230], 0.9 * fade);
  }
  return colour;
}

/** Red and white stones on both sides of a tight bend. */
function kerbColour(course: Course, along: number, off: number): Rgb | null {
  const beyond = off - course.halfWidthM - 0.04;
  const curvature = Math.abs(course.curvature[Math.floor(along / course.stepM) % course.count]!);
  if (beyond > 0.1 || curvature < 0.4) return null;
  return Math.floor(along / 0.2) % 2 === 0 ? [186, 44, 40] : [226, 224, 218];
}

/** 1 within `half` of the middle, falling to 0 over a pixel. */
function stripe(fromMiddle: number, half: number): number {
  return 1 - smoothStep(half - texelM / 2, half + texelM / 2, Math.abs(fromMiddle));
}

/** A soft dark patch under a prop, drawn out away from the sun. */
function castShadow(
  map: { readonly width: number; readonly height: number; readonly pixels: Uint32Array },
  prop: Prop,
  look: Look,
  minX: number,
  minY: number,
): void {
  const awayX = -Math.cos(look.sunAzimuth);
  const awayY = -Math.sin(look.sunAzimuth);
  const reach = prop.widthM / 2;
  const length = reach + prop.heightM * look.sun * 0.8;
  const middleX = (prop.x + awayX * (length - reach) - minX) / texelM;
  const middleY = (prop.y + awayY * (length - reach) - minY) / texelM;
  const radius = Math.ceil(length / texelM);
  const depth = 0.25 + 0.25 * look.sun;
  for (let y = Math.floor(middleY - radius); y <= middleY + radius; y++) {
    for (let x = Math.floor(middleX - radius); x <= middleX + radius; x++) {
      if (x < 0 || y < 0 || x >= map.width || y >= map.height) continue;
      const dx = (x - middleX) * texelM;
      const dy = (y - middleY) * texelM;
      const far = Math.hypot((dx * awayX + dy * awayY) / length, (dx * awayY - dy * awayX) / reach);
      if (far >= 1) continue;
      const pixel = map.pixels[y * map.width + x]!;
      const shade = 1 - depth * (1 - smoothStep(0.6, 1, far));
      map.pixels[y * map.width + x] = pack(
        scale([pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255], shade),
      );
    }
  }
}
