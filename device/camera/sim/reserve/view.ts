// How the camera of a reserve stands: knee-high on a tree, level, looking over a clearing. In parts of the picture's height.

/** Row of the horizon. */
export const horizonPart = 0.38;
/** Height of the lens over the ground, metres. */
export const lensM = 0.62;

/** How long a metre is at the distance where the ground is on a row, in picture heights. */
export function perMetreAt(row: number): number {
  return Math.max(0, row - horizonPart) / lensM;
}

/** Metres ahead of the lens where the ground is on a row; the lens sees 1.3 of its height per unit of distance. */
export function distanceAt(row: number): number {
  return (1.3 * lensM) / Math.max(1e-3, row - horizonPart);
}
