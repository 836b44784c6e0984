// Paints what a small car's camera sees: the ground projected pixel by pixel from a plan, the panorama above the horizon, props on
// top. Tables per row and column are made once; painting a picture allocates no buffer.
import type { Ground } from "./ground.ts";
import { createLens, type Lens } from "./lens.ts";
import type { Look } from "./look.ts";
import { type PaintableProp, paintProps } from "./paint-props.ts";
import { panoramaTop } from "./panorama.ts";
import type { Texture } from "./texture.ts";

/** Everything a picture is painted from. */
export type Scenery = {
  readonly look: Look;
  readonly ground: Ground;
  readonly panorama: Texture;
  readonly props: readonly PaintableProp[];
};

/** Where the camera is: plan metres, heading in radians, nod in radians (up positive). */
export type View = { readonly x: number; readonly y: number; readonly heading: number; readonly nod: number };

/** Paints views of one scenery at one size into `pixels`: red, green, blue per pixel, row by row. */
export type Painter = (view: View, pixels: Uint8ClampedArray) => void;

/** Makes a painter for pictures of `width` × `height`. */
export function createPainter(scenery: Scenery, width: number, height: number): Painter {
  const lens = createLens(width, height, scenery.look);
  const order = new Int32Array(scenery.props.length);
  const depths = new Float64Array(scenery.props.length);
  return (view, pixels) => {
    const horizon = lens.horizon + Math.round(view.nod * lens.focal);
    // The camera opens up facing away from the sun and closes towards it, as automatic exposure does.
    const exposure = 1 - 0.1 * scenery.look.sun * Math.cos(view.heading - scenery.look.sunAzimuth);
    paintSky(scenery.panorama, lens, view, horizon, exposure, pixels);
    paintGround(scenery, lens, view, horizon, exposure, pixels);
    paintProps(scenery, lens, view, horizon, exposure, pixels, { order, depths });
  };
}

function paintSky(
  panorama: Texture,
  lens: Lens,
  view: View,
  horizon: number,
  exposure: number,
  pixels: Uint8ClampedArray,
): void {
  const { width, vignette, azimuth, skySlope } = lens;
  const { width: columns, pixels: sky } = panorama;
  const mask = panorama.width - 1;
  const turn = Math.floor((view.heading / (2 * Math.PI)) * panorama.width);
  const rowsPerPixel = (panorama.height - 1) / panoramaTop / lens.focal;
  const last = panorama.height - 1;
  const gain = Math.round(256 * exposure);
  let out = 0;
  for (let y = 0; y < Math.min(horizon + 1, lens.height); y++) {
    // 6 + 16 bits of fraction: 256 rows still fit in 31 bits.
    const up = Math.round(64 * (horizon - y) * rowsPerPixel);
    for (let x = 0; x < width; x++) {
      const row = Math.max(0, last - (Math.imul(up, skySlope[x]!) >> 22));
      const column = (turn + azimuth[x]!) & mask;
      const colour = sky[Math.imul(row, columns) + column]!;
      const light = Math.imul(gain, vignette[x]!) >> 8;
      pixels[out] = Math.imul(colour & 255, light) >> 8;
      pixels[out + 1] = Math.imul((colour >> 8) & 255, light) >> 8;
      pixels[out + 2] = Math.imul((colour >> 16) & 255, light) >> 8;
      out += 3;
    }
  }
}

function paintGround(
  scenery: Scenery,
  lens: Lens,
  view: View,
  horizon: number,
  exposure: number,
  pixels: Uint8ClampedArray,
): void {
  const { ground, look } = scenery;
  const { width, height, vignette, grain } = lens;
  const forwardX = Math.cos(view.heading);
  const forwardY = Math.sin(view.heading);
  const plain = look.verge[0].map((part, i) => Math.round((part + look.verge[1][i]!) / 2));
  const plainColour = plain[0]! | (plain[1]! << 8) | (plain[2]! << 16);
  for (let y = Math.max(0, horizon + 1); y < height; y++) {
    const k = y - horizon;
    const depth = lens.depth[k]!;
    const level = lens.level[k]!;
    const { width: mapWidth, height: mapHeight, pixels: map } = ground.levels[level] ?? ground.levels[0];
    // 16.16 fixed point in map pixels of this level; half a pixel back, since pixels are sampled at their middles.
    const perM = 65536 / (ground.texelM * 2 ** level);
    const acrossM = depth / lens.focal;
    const leftM = -(width / 2) * acrossM;
    const stepU = Math.round(-forwardY * acrossM * perM);
    const stepV = Math.round(forwardX * acrossM * perM);
    let u = Math.round((view.x + forwardX * depth - forwardY * leftM - ground.minX) * perM) - 32768;
    let v = Math.round((view.y + forwardY * depth + forwardX * leftM - ground.minY) * perM) - 32768;
    const haze = lens.haze[k]!;
    const clear = Math.round((256 - haze) * exposure);
    const hazeRed = Math.round((look.skyBottom[0] * haze * exposure) / 256);
    const hazeGreen = Math.round((look.skyBottom[1] * haze * exposure) / 256);
    const hazeBlue = Math.round((look.skyBottom[2] * haze * exposure) / 256);
    const grit = lens.grit[k]!;
    let out = y * width * 3;
    for (let x = 0; x < width; x++) {
      const column = u >> 16;
      const row = v >> 16;
      let redBlue = plainColour & 0xff00ff;
      let green = plainColour & 0xff00;
      if (column >= 0 && row >= 0 && column < mapWidth - 1 && row < mapHeight - 1) {
        const at = Math.imul(row, mapWidth) + column;
        const a = map[at]!;
        const b = map[at + 1]!;
        const c = map[at + mapWidth]!;
        const d = map[at + mapWidth + 1]!;
        const fx = (u >> 8) & 255;
        const fy = (v >> 8) & 255;
        // Two bytes blended at once: 0xff00ff × 256 still fits in 32 bits.
        const rbTop = ((Math.imul(a & 0xff00ff, 256 - fx) + Math.imul(b & 0xff00ff, fx)) >>> 8) & 0xff00ff;
        const rbLow = ((Math.imul(c & 0xff00ff, 256 - fx) + Math.imul(d & 0xff00ff, fx)) >>> 8) & 0xff00ff;
        redBlue = ((Math.imul(rbTop, 256 - fy) + Math.imul(rbLow, fy)) >>> 8) & 0xff00ff;
        const gTop = (Math.imul(a & 0xff00, 256 - fx) + Math.imul(b & 0xff00, fx)) >>> 8;
        const gLow = (Math.imul(c & 0xff00, 256 - fx) + Math.imul(d & 0xff00, fx)) >>> 8;
        green = (Math.imul(gTop, 256 - fy) + Math.imul(gLow, fy)) >>> 8;
      }
      const light = Math.imul(clear, vignette[x]!) >> 8;
      const speck = grit === 0 ? 0 : Math.imul(grit, grain[((v >> 6) & 0xff00) | ((u >> 14) & 255)]!) >> 8;
      pixels[out] = (Math.imul(redBlue & 255, light) >> 8) + hazeRed + speck;
      pixels[out + 1] = (Math.imul((green >> 8) & 255, light) >> 8) + hazeGreen + speck;
      pixels[out + 2] = (Math.imul((redBlue >> 16) & 255, light) >> 8) + hazeBlue + speck;
      u += stepU;
      v += stepV;
      out += 3;
    }
  }
}
