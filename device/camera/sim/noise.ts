// Value noise for textures: smooth random fields that repeat, so that a tile has no seam. Made once, never per frame.
import type { Random } from "./seeded-random.ts";

/** Makes a repeating field of `width` × `height` values, about −1..1, from octaves of a lattice that starts at `cells` per side. */
export function createNoiseField(
  random: Random,
  shape: {
    readonly width: number;
    readonly height: number;
    readonly cellsX: number;
    readonly cellsY: number;
    readonly octaves: number;
  },
): Float32Array {
  const { width, height } = shape;
  const field = new Float32Array(width * height);
  let weight = 0.5;
  for (let octave = 0; octave < shape.octaves; octave++) {
    addOctave(field, width, height, shape.cellsX << octave, shape.cellsY << octave, weight, random);
    weight /= 2;
  }
  return field;
}

function addOctave(
  field: Float32Array,
  width: number,
  height: number,
  cellsX: number,
  cellsY: number,
  weight: number,
  random: Random,
): void {
  const lattice = Float32Array.from({ length: cellsX * cellsY }, () => 2 * random() - 1);
  for (let y = 0; y < height; y++) {
    const v = (y * cellsY) / height;
    const top = Math.floor(v);
    const fy = ease(v - top);
    const row0 = (top % cellsY) * cellsX;
    const row1 = ((top + 1) % cellsY) * cellsX;
    for (let x = 0; x < width; x++) {
      const u = (x * cellsX) / width;
      const left = Math.floor(u);
      const fx = ease(u - left);
      const x0 = left % cellsX;
      const x1 = (left + 1) % cellsX;
      const upper = lattice[row0 + x0]! * (1 - fx) + lattice[row0 + x1]! * fx;
      const lower = lattice[row1 + x0]! * (1 - fx) + lattice[row1 + x1]! * fx;
      const at = y * width + x;
      field[at] = field[at]! + weight * 2 * (upper * (1 - fy) + lower * fy);
    }
  }
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}
