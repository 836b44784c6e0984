// What grows in a reserve, drawn onto the clearing: trunks, bushes, tufts of grass. Each says where it stands, so that it hides what
// walks behind it, and how far it sways.
import { pack, type Rgb, scale } from "../colour.ts";
import { createNoiseField } from "../noise.ts";
import { between, type Random } from "../seeded-random.ts";
import { perMetreAt } from "./view.ts";

/** What is drawn on. One entry a pixel, row by row. */
export type Canvas = {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue under white light; the high byte is the share of sun, 0..255. */
  readonly colour: Uint32Array;
  /** Row on which the thing stands; 0: nothing stands here. */
  readonly foot: Uint16Array;
  /** How far it sways: 0 not, 255 most. */
  readonly sway: Uint8Array;
};

type Pixel = { readonly sun: number; readonly foot: number; readonly sway: number };

/** Sets one pixel; outside the picture nothing happens. `sway` is in pixels of a 480-row picture. */
export function plot(canvas: Canvas, x: number, y: number, colour: Rgb, pixel: Pixel): void {
  if (x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return;
  const at = y * canvas.width + x;
  canvas.colour[at] = pack(colour, Math.max(0, Math.min(255, Math.round(255 * pixel.sun))));
  canvas.foot[at] = pixel.foot;
  canvas.sway[at] = Math.min(255, Math.round(32 * pixel.sway));
}

type Stand = { readonly x: number; readonly row: number; readonly tone: Rgb };

function footOf(canvas: Canvas, row: number): number {
  return Math.max(1, Math.min(65535, Math.round(row * canvas.height)));
}

/** A trunk from the ground out of the picture's top; `thick` in metres. */
export function plantTrunk(canvas: Canvas, stand: Stand & { readonly thick: number }, random: Random): void {
  const perM = perMetreAt(stand.row) * canvas.height;
  const half = (stand.thick * perM) / 2;
  const foot = footOf(canvas, stand.row);
  const bark = createNoiseField(random, { width: 64, height: 256, cellsX: 16, cellsY: 10, octaves: 3 });
  const lean = between(random, -0.06, 0.06);
  const sunward = random() < 0.5 ? 1 : -1;
  for (let y = Math.min(canvas.height - 1, foot); y >= 0; y--) {
    const up = (foot - y) / Math.max(1, perM);
    const flare = 1 + 0.35 * Math.exp(-up * 9) - 0.04 * Math.min(up, 4);
    const middle = stand.x + lean * (foot - y) + 0.12 * half * Math.sin(up * 2.1 + stand.x);
    const reach = half * flare;
    for (let x = Math.ceil(middle - reach); x <= middle + reach; x++) {
      const across = (x - middle) / reach;
      const grain =
        bark[
          (Math.floor(y * 1.3 + 64) & 255) * 64 + (Math.floor((Math.asin(across) / Math.PI + 0.5) * 60) & 63)
        ]!;
      const round = 0.62 + 0.5 * Math.sqrt(1 - across * across * 0.9) - 0.12;
      plot(canvas, x, y, scale(stand.tone, round * (1 + 0.55 * grain)), {
        sun: Math.max(0, 0.35 + 0.5 * across * sunward),
        foot,
        sway: 0,
      });
    }
  }
}

/** A bush; `tall` in metres. */
export function plantBush(canvas: Canvas, stand: Stand & { readonly tall: number }, random: Random): void {
  const perM = perMetreAt(stand.row) * canvas.height;
  const tall = stand.tall * perM;
  const half = tall * between(random, 0.55, 0.95);
  const foot = footOf(canvas, stand.row);
  const leaves = createNoiseField(random, { width: 256, height: 256, cellsX: 28, cellsY: 28, octaves: 3 });
  // A leaf is a few centimetres: near bushes show leaves, far ones a texture.
  const grain = Math.min(2.4, Math.max(0.55, 90 / perM));
  for (let y = Math.floor(foot - tall * 1.15); y <= foot; y++) {
    for (let x = Math.floor(stand.x - half * 1.15); x <= stand.x + half * 1.15; x++) {
      const dx = (x - stand.x) / half;
      const dy = (y - (foot - 0.42 * tall)) / (y < foot - 0.42 * tall ? 0.6 * tall : 0.5 * tall);
      const leaf = leaves[(Math.floor(y * grain) & 255) * 256 + (Math.floor(x * grain) & 255)]!;
      if (Math.hypot(dx, dy) > 0.88 + 0.34 * leaf) continue;
      if (leaf < -0.42) continue;
      const lit = 0.74 - 0.26 * dy + 0.6 * leaf;
      plot(canvas, x, y, scale(stand.tone, lit), {
        sun: 0.26 - 0.26 * dy + 0.3 * leaf,
        foot,
        sway: 0.6 + 0.8 * Math.max(0, -dy),
      });
    }
  }
}

/** A tuft of grass; `tall` in metres. */
export function plantGrass(
  canvas: Canvas,
  stand: Stand & { readonly tall: number; readonly blades: number },
  random: Random,
): void {
  const perM = perMetreAt(stand.row) * canvas.height;
  const foot = footOf(canvas, stand.row);
  for (let blade = 0; blade < stand.blades; blade++) {
    const long = stand.tall * perM * between(random, 0.5, 1.1);
    const bend = between(random, -0.75, 0.75) * long;
    const rootX = stand.x + between(random, -0.12, 0.12) * perM;
    const thick = Math.max(0.7, 0.011 * perM * between(random, 0.7, 1.4));
    const tone = scale(stand.tone, between(random, 0.62, 1.2));
    const steps = Math.max(2, Math.ceil(long * 1.2));
    for (let step = 0; step <= steps; step++) {
      const up = step / steps;
      const x = rootX + bend * up * up;
      const y = foot - long * (up - 0.18 * up * up * Math.abs(bend / long));
      const half = (thick * (1 - up * 0.8)) / 2;
      for (let px = Math.round(x - half); px <= Math.round(x + half - 0.5); px++) {
        plot(canvas, px, Math.round(y), scale(tone, 0.66 + 0.5 * up), {
          sun: 0.25 + 0.55 * up,
          foot,
          sway: 0.3 + 2.2 * up * up,
        });
      }
    }
  }
}
