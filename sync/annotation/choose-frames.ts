// Which pictures of a long sequence are shown: the first, the last, the best, and as many between them as there may be, evenly.

/** Of frames in order at most `most` (3 or more), in order. @param best where the best one stands; -1: nowhere. */
export function chooseFrames<T>(frames: readonly T[], most: number, best: number): readonly T[] {
  if (frames.length <= most) return frames;
  const last = frames.length - 1;
  const chosen = Array.from({ length: most }, (_, part) => Math.round((part * last) / (most - 1)));
  if (best > 0 && best < last && !chosen.includes(best)) {
    // It takes the place of the nearest one between first and last.
    const between = chosen.slice(1, -1);
    const distances = between.map((at) => Math.abs(at - best));
    chosen[1 + distances.indexOf(Math.min(...distances))] = best;
  }
  return chosen.map((at) => frames[at]!);
}
