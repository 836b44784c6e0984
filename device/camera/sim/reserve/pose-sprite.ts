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

/** A part with what is worked out once, and what was measured of it at the place last looked at. */
type Stroke = {
  readonly part: Part;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly dx: number;
  readonly dy: number;
  readonly squared: number;
  readonly length: number;
  distance: number;
  u: number;
  side: number;
};

function drawLayer(
  sprite: { readonly width: number; readonly height: number; readonly pixels: Uint32Array },
  layer: BodyLayer,
  perHeight: number,
  shag: number,
): void {
  const strokes = layer.parts.map((part) => strokeOf(part, melt * 2 + 2 / perHeight));
  const firstX = toColumn(Math.min(...strokes.map(({ left }) => left)), perHeight, sprite.width);
  const lastX = toColumn(Math.max(...strokes.map(({ right }) => right)), perHeight, sprite.width);
  const firstY = toRow(Math.max(...strokes.map(({ top }) => top)), perHeight, sprite.height);
  const lastY = toRow(Math.min(...strokes.map(({ bottom }) => bottom)), perHeight, sprite.height);
  const found: Found = { distance: 0, column: 0, row: 0, up: 0 };
  for (let row = firstY; row <= lastY; row++) {
    const y = poseWindow.top - (row + 0.5) / perHeight;
    const near = strokes.filter(({ top, bottom }) => y >= bottom && y <= top);
    for (let column = firstX; column <= lastX; column++) {
      const x = poseWindow.left + (column + 0.5) / perHeight;
      if (!measure(near, x, y, found)) continue;
      const rough = shag === 0 ? 0 : shag * 0.02 * (hash(column >> 1, row >> 2) - 0.5);
      const opacity = Math.max(0, Math.min(1, 0.5 - (found.distance + rough) * perHeight));
      if (opacity <= 0) continue;
      const at = row * sprite.width + column;
      sprite.pixels[at] = over(sprite.pixels[at]!, found, opacity, layer.light);
    }
  }
}

function strokeOf(part: Part, reach: number): Stroke {
  const { ax, ay, ra, bx, by, rb } = part;
  const [dx, dy] = [bx - ax, by - ay];
  return {
    part,
    left: Math.min(ax - ra, bx - rb) - reach,
    right: Math.max(ax + ra, bx + rb) + reach,
    bottom: Math.min(ay - ra, by - rb) - reach,
    top: Math.max(ay + ra, by + rb) + reach,
    dx,
    dy,
    squared: dx * dx + dy * dy,
    length: Math.hypot(dx, dy),
    distance: 0,
    u: 0,
    side: 0,
  };
}

function toColumn(x: number, perHeight: number, width: number): number {
  return Math.max(0, Math.min(width - 1, Math.floor((x - poseWindow.left) * perHeight)));
}

function toRow(y: number, perHeight: number, height: number): number {
  return Math.max(0, Math.min(height - 1, Math.floor((poseWindow.top - y) * perHeight)));
}

type Found = { distance: number; column: number; row: number; up: number };

/** Distance to the melted outline (negative inside), and where on the coat the place lies; false when outside. */
function measure(strokes: readonly Stroke[], x: number, y: number, found: Found): boolean {
  let sum = 0;
  let nearest: Stroke | null = null;
  for (const stroke of strokes) {
    stroke.distance = Number.POSITIVE_INFINITY;
    if (x < stroke.left || x > stroke.right) continue;
    measureStroke(stroke, x, y);
    sum += Math.exp(-stroke.distance / melt);
    if (nearest === null || stroke.distance < nearest.distance) nearest = stroke;
  }
  if (nearest === null) return false;
  found.distance = -melt * Math.log(sum);
  if (found.distance > 0.03) return false;
  const { chart } = nearest.part;
  let weights = 0;
  let u = 0;
  let side = 0;
  for (const stroke of strokes) {
    const further = stroke.distance - nearest.distance;
    // Beyond this its share is below a hundredth.
    if (further > 0.14 || stroke.part.chart !== chart) continue;
    const weight = further === 0 ? 1 : Math.exp(-further / 0.03);
    weights += weight;
    u += weight * stroke.u;
    side += weight * stroke.side;
  }
  const up = Math.max(-1, Math.min(1, side / weights));
  const [first, rows] = coatRows[chart];
  const around = Math.acos(up) / Math.PI;
  found.column = Math.max(0, Math.min(255, Math.floor((u / weights) * 256)));
  found.row = first + Math.max(0, Math.min(rows - 1, Math.floor(around * rows)));
  found.up = up;
  return true;
}

/** Notes how far a place is from a part's outline, where along the coat it lies, and how near the upper (1) or lower (−1) edge. */
function measureStroke(stroke: Stroke, x: number, y: number): void {
  const { part, dx, dy, squared, length } = stroke;
  const px = x - part.ax;
  const py = y - part.ay;
  const straight = squared === 0 ? 0 : (px * dx + py * dy) / squared;
  const along = Math.max(0, Math.min(1, straight));
  const radius = part.ra + (part.rb - part.ra) * along;
  const ox = px - dx * along;
  const oy = py - dy * along;
  stroke.distance = Math.sqrt(ox * ox + oy * oy) - radius;
  // Rump and snout are round: the coat runs on over the ends of their strokes.
  stroke.u = part.u0 + (part.u1 - part.u0) * (part.chart === "body" ? straight : along);
  // Up is left of the direction from tail to snout; for legs, which point down, it is forward.
  stroke.side = (squared === 0 ? oy : (oy * dx - ox * dy) / length) / radius;
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
