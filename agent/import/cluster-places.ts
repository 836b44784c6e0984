// Where the clusters of a sequence lie, so that a box is compared with those it touches and not with all: thousands of boxes take a moment.
import type { Box } from "../../device/detection.ts";

export type ClusterPlaces = {
  /** The first cluster that the box touches and that is it; else the number of a new one. */
  readonly find: (box: Box, isIt: (cluster: number) => boolean) => number;
  /** Adds a box to a cluster, or makes the next one. */
  readonly grow: (cluster: number, box: Box) => void;
};

/** Cells a side of the picture: a plume is a cell or a few of them. */
const side = 16;
/** So few clusters are looked at one by one. */
const few = 64;

/** @param most clusters there may be. */
export function createClusterPlaces(most: number): ClusterPlaces {
  const [lefts, tops] = [new Float64Array(most), new Float64Array(most)];
  const [rights, bottoms] = [new Float64Array(most), new Float64Array(most)];
  /** Number of the question a cluster was last looked at for. */
  const asked = new Uint32Array(most);
  const cells = Array.from({ length: side * side }, (): number[] => []);
  let count = 0;
  let question = 0;

  const touches = (at: number, { left, top, right, bottom }: Box): boolean =>
    lefts[at]! < right && left < rights[at]! && tops[at]! < bottom && top < bottoms[at]!;

  const findOfAll = (box: Box, isIt: (cluster: number) => boolean): number => {
    for (let at = 0; at < count; at += 1) if (touches(at, box) && isIt(at)) return at;
    return count;
  };
  const findIn = (numbers: readonly number[], box: Box, isIt: (cluster: number) => boolean): number => {
    let first = count;
    for (const number of numbers) {
      for (const at of cells[number]!) {
        if (at >= first || asked[at] === question) continue;
        asked[at] = question;
        if (touches(at, box) && isIt(at)) first = at;
      }
    }
    return first;
  };

  return {
    find: (box, isIt) => {
      if (count <= few) return findOfAll(box, isIt);
      question += 1;
      const numbers = cellsOf(box);
      const there = numbers.reduce((sum, number) => sum + cells[number]!.length, 0);
      // Of large boxes every cell may hold nearly every cluster.
      return there < count ? findIn(numbers, box, isIt) : findOfAll(box, isIt);
    },
    grow: (at, box) => {
      const isNew = at === count;
      if (isNew) count += 1;
      const before = isNew ? null : aroundOf(at);
      if (before !== null && isWithin(box, before)) return;
      lefts[at] = Math.min(before?.left ?? box.left, box.left);
      tops[at] = Math.min(before?.top ?? box.top, box.top);
      rights[at] = Math.max(before?.right ?? box.right, box.right);
      bottoms[at] = Math.max(before?.bottom ?? box.bottom, box.bottom);
      const there = new Set(before === null ? [] : cellsOf(before));
      for (const number of cellsOf(aroundOf(at))) if (!there.has(number)) cells[number]!.push(at);
    },
  };

  function aroundOf(at: number): Box {
    return { left: lefts[at]!, top: tops[at]!, right: rights[at]!, bottom: bottoms[at]! };
  }
}

function isWithin(inner: Box, outer: Box): boolean {
  return (
    inner.left >= outer.left &&
    inner.top >= outer.top &&
    inner.right <= outer.right &&
    inner.bottom <= outer.bottom
  );
}

/** Numbers of the cells that a box lies on; what is beside the picture belongs to the cell at its edge. */
function cellsOf({ left, top, right, bottom }: Box): readonly number[] {
  const numbers: number[] = [];
  const [fromX, toX, fromY, toY] = [cellAt(left), cellAt(right), cellAt(top), cellAt(bottom)];
  for (let y = fromY; y <= toY; y += 1) for (let x = fromX; x <= toX; x += 1) numbers.push(y * side + x);
  return numbers;
}

function cellAt(edge: number): number {
  return Math.min(side - 1, Math.max(0, Math.floor(edge * side)));
}
