// A pose as a sprite that wears any coat: per pixel where on the coat it lies, how it is lit and how solid it is. Made once per pose
// and size; painting an animal is then two look-ups a pixel.
import type { BodyLayer, Part } from "./body.ts";
import { coatRows } from "./coat.ts";

/** Rows from the top; x 0 is the tail's end. A pixel: column of the coat, row of the coat, light 0..255, opacity, from the low byte. */
export type PoseSprite = {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
  /** Sum of opacities, in whole pixels: the size of what could be seen. */
  readonly area: number;
};

/** The window around a body, in shoulder heights: x from tail to snout, y from under the feet to over the ears. */
export const poseWindow = { left: -1.95, right: 1.55, bottom: -0.03, top: 1.37 };

/** Draws the layers of a body with `perHeight` pixels per shoulder height; `shag` 0..1 roughens the outline. */
export function drawPose(layers: readonly BodyLayer[], perHeight: number, shag: number): PoseSprite {
  const width = Math.ceil((poseWindow.right - poseWindow.left) * perHeight);
  const height = Math.ceil((poseWindow.top - poseWindow.bottom) * perHeight);
  const pixels = new Uint32Array(width * height);
  for (const layer of layers) drawLayer({ width, height, pixels }, layer, perHeight, shag);
  let area = 0;
  for (const pixel of pixels) area += pixel >>> 24;
  return { width, height, pixels, area: area / 255 };
}

/** How softly parts of one layer flow into one another, in shoulder heights. */
const melt = 0.05;

function drawLayer(
  sprite: { readonly width: number; readonly height: number; readonly pixels: Uint32Array },
  layer: BodyLayer,
  perHeight: number,
  shag: number,
): void {
  const reach = melt * 2 + 2 / perHeight;
  const bounds = layer.parts.map((part) => boundsOf(part, reach));
  const firstX = toColumn(Math.min(...bounds.map((b) => b.left)), perHeight, sprite.width);
  const lastX = toColumn(Math.max(...bounds.map((b) => b.right)), perHeight, sprite.width);
  const firstY = toRow(Math.max(...bounds.map((b) => b.top)), perHeight, sprite.height);
  const lastY = toRow(Math.min(...bounds.map((b) => b.bottom)), perHeight, sprite.height);
  for (let row = firstY; row <= lastY; row++) {
    const y = poseWindow.top - (row + 0.5) / perHeight;
    for (let column = firstX; column <= lastX; column++) {
      const x = poseWindow.left + (column + 0.5) / perHeight;
      const found = measure(layer.parts, bounds, x, y);
      if (found === null) continue;
      const rough = shag === 0 ? 0 : shag * 0.02 * (hash(column >> 1, row >> 2) - 0.5);
      const opacity = Math.max(0, Math.min(1, 0.5 - (found.distance + rough) * perHeight));
      if (opacity <= 0) continue;
      const at = row * sprite.width + column;
      sprite.pixels[at] = over(sprite.pixels[at]!, found, opacity, layer.light);
    }
  }
}

type Bounds = {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
};

function boundsOf({ ax, ay, ra, bx, by, rb }: Part, reach: number): Bounds {
  return {
    left: Math.min(ax - ra, bx - rb) - reach,
    right: Math.max(ax + ra, bx + rb) + reach,
    bottom: Math.min(ay - ra, by - rb) - reach,
    top: Math.max(ay + ra, by + rb) + reach,
  };
}

function toColumn(x: number, perHeight: number, width: number): number {
  return Math.max(0, Math.min(width - 1, Math.floor((x - poseWindow.left) * perHeight)));
}

function toRow(y: number, perHeight: number, height: number): number {
  return Math.max(0, Math.min(height - 1, Math.floor((poseWindow.top - y) * perHeight)));
}

type Found = { distance: number; column: number; row: number; up: number };

/** Distance to the melted outline (negative inside), and where on the coat the place lies; null when far from every part. */
function measure(parts: readonly Part[], bounds: readonly Bounds[], x: number, y: number): Found | null {
  let sum = 0;
  let nearest = Number.POSITIVE_INFINITY;
  let chart: Part["chart"] = "body";
  for (let index = 0; index < parts.length; index++) {
    const box = bounds[index]!;
    if (x < box.left || x > box.right || y < box.bottom || y > box.top) continue;
    const part = parts[index]!;
    const distance = distanceTo(part, x, y).distance;
    sum += Math.exp(-distance / melt);
    if (distance < nearest) {
      nearest = distance;
      chart = part.chart;
    }
  }
  if (sum === 0) return null;
  const distance = -melt * Math.log(sum);
  if (distance > 0.03) return null;
  let weights = 0;
  let u = 0;
  let side = 0;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index]!;
    const box = bounds[index]!;
    if (part.chart !== chart || x < box.left || x > box.right || y < box.bottom || y > box.top) continue;
    const place = distanceTo(part, x, y);
    const weight = Math.exp(-place.distance / 0.03);
    weights += weight;
    u += weight * (part.u0 + (part.u1 - part.u0) * place.along);
    side += weight * place.side;
  }
  const up = Math.max(-1, Math.min(1, side / weights));
  const [first, rows] = coatRows[chart];
  const around = Math.acos(up) / Math.PI;
  return {
    distance,
    column: Math.max(0, Math.min(255, Math.floor((u / weights) * 256))),
    row: first + Math.max(0, Math.min(rows - 1, Math.floor(around * rows))),
    up,
  };
}

/** Distance to a part's outline, how far along it (0..1), and how far to its upper (1) or lower (−1) edge. */
function distanceTo(part: Part, x: number, y: number): { distance: number; along: number; side: number } {
  const dx = part.bx - part.ax;
  const dy = part.by - part.ay;
  const squared = dx * dx + dy * dy;
  const px = x - part.ax;
  const py = y - part.ay;
  const along = squared === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
  const radius = part.ra + (part.rb - part.ra) * along;
  const ox = px - dx * along;
  const oy = py - dy * along;
  const off = Math.hypot(ox, oy);
  const length = Math.sqrt(squared);
  // Up is left of the direction from tail to snout; for legs, which point down, it is forward.
  const side = length === 0 ? oy / radius : (oy * dx - ox * dy) / length / radius;
  return { distance: off - radius, along, side };
}

/** Lays a pixel over another. Coat places cannot be mixed: the stronger one stays. */
function over(below: number, found: Found, opacity: number, layerLight: number): number {
  const facing = Math.sqrt(Math.max(0, 1 - found.up * found.up));
  const rim = 0.62 + 0.3 * facing + 0.2 * found.up;
  // Where two parts melt, the crease between them lies in shade.
  const light = Math.max(0, Math.min(255, Math.round(190 * layerLight * rim + 18)));
  const alpha = Math.round(255 * opacity);
  const belowAlpha = below >>> 24;
  const total = Math.min(255, (alpha + (belowAlpha * (255 - alpha)) / 255) | 0);
  if (alpha < 128 && belowAlpha > alpha) return ((below & 0xffffff) | (total << 24)) >>> 0;
  return (found.column | (found.row << 8) | (light << 16) | (total << 24)) >>> 0;
}

function hash(x: number, y: number): number {
  let bits = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  return ((bits ^ (bits >>> 13)) >>> 0) / 4294967296;
}
