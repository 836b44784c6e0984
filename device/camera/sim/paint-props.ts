// Paints the upright things of a picture, far ones first: cones and bushes face the camera, boards stand as walls do.
import { hazeAt, type Lens } from "./lens.ts";
import type { Look } from "./look.ts";
import type { Prop } from "./props.ts";
import type { Texture, TextureLevels } from "./texture.ts";

/** A prop and its picture. */
export type PaintableProp = Prop & { readonly picture: TextureLevels };

type Eye = { readonly x: number; readonly y: number; readonly heading: number };
type Light = { readonly gain: number; readonly haze: number; readonly look: Look; readonly exposure: number };

/** Nothing nearer is painted, nothing further is worth it. Metres. */
const nearestM = 0.2;
const furthestM = 18;

/** Paints all props in view. `scratch` holds as many numbers as there are props and is overwritten. */
export function paintProps(
  scenery: { readonly props: readonly PaintableProp[]; readonly look: Look },
  lens: Lens,
  eye: Eye,
  horizon: number,
  exposure: number,
  pixels: Uint8ClampedArray,
  scratch: { readonly order: Int32Array; readonly depths: Float64Array },
): void {
  const count = sortByDepth(scenery.props, eye, lens, scratch);
  for (let i = 0; i < count; i++) {
    const prop = scenery.props[scratch.order[i]!]!;
    const depth = scratch.depths[i]!;
    const haze = hazeAt(depth, scenery.look);
    const light = { gain: Math.round((256 - haze) * exposure), haze, look: scenery.look, exposure };
    if (prop.kind === "board") paintBoard(prop, lens, eye, horizon, light, pixels);
    else paintFacing(prop, depth, lens, eye, horizon, light, pixels);
  }
}

/** Fills `scratch` with what is in view, far to near; returns how many. Insertion sort: a few dozen, and no allocation. */
function sortByDepth(
  props: readonly Prop[],
  eye: Eye,
  lens: Lens,
  { order, depths }: { readonly order: Int32Array; readonly depths: Float64Array },
): number {
  const forwardX = Math.cos(eye.heading);
  const forwardY = Math.sin(eye.heading);
  const edge = lens.width / 2 / lens.focal;
  let count = 0;
  for (let index = 0; index < props.length; index++) {
    const prop = props[index]!;
    const dx = prop.x - eye.x;
    const dy = prop.y - eye.y;
    const depth = dx * forwardX + dy * forwardY;
    const across = Math.abs(dy * forwardX - dx * forwardY);
    if (depth > furthestM || depth < nearestM - prop.widthM / 2) continue;
    if (across > Math.max(depth, nearestM) * edge + prop.widthM) continue;
    let place = count;
    while (place > 0 && depths[place - 1]! < depth) {
      depths[place] = depths[place - 1]!;
      order[place] = order[place - 1]!;
      place -= 1;
    }
    depths[place] = depth;
    order[place] = index;
    count += 1;
  }
  return count;
}

function paintFacing(
  prop: PaintableProp,
  depth: number,
  lens: Lens,
  eye: Eye,
  horizon: number,
  light: Light,
  pixels: Uint8ClampedArray,
): void {
  if (depth < nearestM) return;
  const across = (prop.y - eye.y) * Math.cos(eye.heading) - (prop.x - eye.x) * Math.sin(eye.heading);
  const perM = lens.focal / depth;
  const left = lens.width / 2 + (across - prop.widthM / 2) * perM;
  const foot = horizon + lens.heightM * perM;
  const wide = prop.widthM * perM;
  const tall = prop.heightM * perM;
  const picture = levelFor(prop.picture, tall);
  const firstX = Math.max(0, Math.ceil(left - 0.5));
  const lastX = Math.min(lens.width - 1, Math.floor(left + wide - 0.5));
  for (let x = firstX; x <= lastX; x++) {
    const column = Math.min(picture.width - 1, Math.max(0, (((x + 0.5 - left) / wide) * picture.width) | 0));
    paintColumn(picture, column, x, foot - tall, foot, lens, light, pixels);
  }
}

function paintBoard(
  prop: PaintableProp,
  lens: Lens,
  eye: Eye,
  horizon: number,
  light: Light,
  pixels: Uint8ClampedArray,
): void {
  const cos = Math.cos(eye.heading);
  const sin = Math.sin(eye.heading);
  const halfX = (Math.cos(prop.along) * prop.widthM) / 2;
  const halfY = (Math.sin(prop.along) * prop.widthM) / 2;
  const dx = prop.x - eye.x;
  const dy = prop.y - eye.y;
  const depthA = (dx - halfX) * cos + (dy - halfY) * sin;
  const depthB = (dx + halfX) * cos + (dy + halfY) * sin;
  if (depthA < nearestM || depthB < nearestM) return;
  const xA = lens.width / 2 + (((dy - halfY) * cos - (dx - halfX) * sin) / depthA) * lens.focal;
  const xB = lens.width / 2 + (((dy + halfY) * cos - (dx + halfX) * sin) / depthB) * lens.focal;
  const picture = levelFor(prop.picture, (prop.heightM * lens.focal) / Math.min(depthA, depthB));
  const firstX = Math.max(0, Math.ceil(Math.min(xA, xB) - 0.5));
  const lastX = Math.min(lens.width - 1, Math.floor(Math.max(xA, xB) - 0.5));
  for (let x = firstX; x <= lastX; x++) {
    const part = (x + 0.5 - xA) / (xB - xA);
    // 1/depth is what runs straight across the picture.
    const nearness = (1 - part) / depthA + part / depthB;
    const along = part / depthB / nearness;
    // Read from the left on either side.
    const u = xA < xB ? along : 1 - along;
    const column = Math.min(picture.width - 1, Math.max(0, (u * picture.width) | 0));
    const foot = horizon + lens.heightM * lens.focal * nearness;
    paintColumn(picture, column, x, foot - prop.heightM * lens.focal * nearness, foot, lens, light, pixels);
  }
}

/** The copy whose height is nearest above that on the picture. */
function levelFor(levels: TextureLevels, tall: number): Texture {
  let level = 0;
  while (level + 1 < levels.length && levels[level + 1]!.height >= tall) level += 1;
  return levels[level] ?? levels[0];
}

function paintColumn(
  picture: Texture,
  column: number,
  x: number,
  top: number,
  foot: number,
  lens: Lens,
  light: Light,
  pixels: Uint8ClampedArray,
): void {
  const firstY = Math.max(0, Math.ceil(top - 0.5));
  const lastY = Math.min(lens.height - 1, Math.floor(foot - 0.5));
  const rowsPerPixel = picture.height / (foot - top);
  const gain = (light.gain * lens.vignette[x]!) >> 8;
  const hazeGain = (light.haze * light.exposure) / 256;
  const { skyBottom } = light.look;
  for (let y = firstY; y <= lastY; y++) {
    const row = Math.min(picture.height - 1, ((y + 0.5 - top) * rowsPerPixel) | 0);
    const colour = picture.pixels[row * picture.width + column]!;
    const opacity = colour >>> 24;
    if (opacity === 0) continue;
    const out = (y * lens.width + x) * 3;
    const red = (((colour & 255) * gain) >> 8) + skyBottom[0] * hazeGain;
    const green = ((((colour >> 8) & 255) * gain) >> 8) + skyBottom[1] * hazeGain;
    const blue = ((((colour >> 16) & 255) * gain) >> 8) + skyBottom[2] * hazeGain;
    const keep = 255 - opacity;
    pixels[out] = (red * opacity + pixels[out]! * keep) / 255;
    pixels[out + 1] = (green * opacity + pixels[out + 1]! * keep) / 255;
    pixels[out + 2] = (blue * opacity + pixels[out + 2]! * keep) / 255;
  }
}
