// Collects candidates and leaves out what no picture holds: numbers that are none, boxes without an area.
import type { DetectorFamily } from "../manifest.ts";
import { ModelError } from "../vision.ts";
import type { Candidate } from "./decoder.ts";

/** Quantised and half-precision models overshoot 1 a little; more than this is no probability. */
const overshoot = 1.01;

export type Collector = {
  /** Edges in pixels of the input. @throws ModelError when the score is no probability. */
  readonly add: (candidate: Candidate) => void;
  /** Centre and size instead of edges. */
  readonly addCentred: (candidate: Centred) => void;
  /** In the order they were added. */
  readonly all: () => readonly Candidate[];
  /** Best first; of equal scores the one added first. */
  readonly bestFirst: () => readonly Candidate[];
};

export type Centred = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
  readonly classIndex: number;
};

/** @param least score below which candidates are left out */
export function createCollector(family: DetectorFamily, least: number): Collector {
  const candidates: Candidate[] = [];

  function add(candidate: Candidate): void {
    const { left, top, right, bottom, score, classIndex } = candidate;
    if (!(score >= least) || !Number.isFinite(score)) return;
    if (score > overshoot)
      throw new ModelError(
        `Expected scores of a ${family} model to be 0–1, found ${score}: is it of another family?`,
      );
    const isBox = right > left && bottom > top && Number.isFinite(right - left + bottom - top);
    if (!isBox || !Number.isInteger(classIndex) || classIndex < 0) return;
    candidates.push(score > 1 ? { ...candidate, score: 1 } : candidate);
  }

  return {
    add,
    addCentred: ({ x, y, width, height, score, classIndex }) =>
      add({
        left: x - width / 2,
        top: y - height / 2,
        right: x + width / 2,
        bottom: y + height / 2,
        score,
        classIndex,
      }),
    all: () => candidates,
    bestFirst: () => candidates.toSorted((a, b) => b.score - a.score),
  };
}

export type Best = { readonly score: number; readonly classIndex: number };

/** The highest of `count` neighbouring class scores; the first of equal ones. NaN never wins. */
export function bestClass(data: Float32Array, start: number, count: number): Best {
  let score = Number.NEGATIVE_INFINITY;
  let classIndex = -1;
  for (let index = 0; index < count; index++) {
    const value = data[start + index]!;
    if (value > score) {
      score = value;
      classIndex = index;
    }
  }
  return { score, classIndex };
}
