// Does it last? A sliding window over the frames of one camera: what overlaps in half of them, and is sure enough on average, is
// confirmed; once confirmed it takes less to go on. The rule and the numbers are those of the wildfire edge engine.
import { doTouch, dropWide, keepStrongest, type ScoredBox } from "./touching.ts";

export type WindowOptions = {
  /** Frames in the window, the newest one counts; at least 2. */
  readonly frames: number;
  /** Mean confidence over the window above which something is confirmed, 0..1. */
  readonly score: number;
  /** Share of `score` that is enough while it goes on, 0..1. */
  readonly hysteresis: number;
  /** Boxes as wide or wider do not count, share of the picture; 1: all count. */
  readonly maxBoxWidth: number;
};

/** A frame of the window that has not been handed out yet. */
export type StagedFrame<F> = {
  readonly frame: F;
  /**
   * Boxes of this frame with the score of the window; with confidence 0 those that the model saw where something was confirmed
   * in the window, or (seeing nothing there) those carried forward from the frame before. Empty before anything was seen.
   */
  readonly boxes: readonly ScoredBox[];
  /** true: pushed before the one that confirmed it. */
  readonly leadUp: boolean;
};

export type WindowStep<F> = {
  /**
   * The best sum of overlapping confidences by the frames of the window; 0 when nothing is confirmed. Above 1 where many boxes
   * of one frame overlap, as in the edge engine.
   */
  readonly score: number;
  readonly ongoing: boolean;
  /** Boxes of the newest frame that belong to what is confirmed: its score, three decimals, the five best, best first. */
  readonly boxes: readonly ScoredBox[];
  /** While ongoing: every frame of the window not staged before, oldest first. */
  readonly staged: readonly StagedFrame<F>[];
};

export type TemporalWindow<F> = {
  /** @param frame whatever the caller knows the frame by; comes back when it is staged. */
  readonly push: (detections: readonly ScoredBox[], frame: F) => WindowStep<F>;
  /** Forgets all frames. */
  readonly reset: () => void;
};

type Entry<F> = {
  readonly frame: F;
  readonly detections: readonly ScoredBox[];
  boxes: readonly ScoredBox[];
  isStaged: boolean;
};

/** Boxes of a frame that are handed out. */
const mostBoxes = 5;

/**
 * One per camera and kind of thing.
 * @throws RangeError when there are fewer than 2 frames.
 */
export function createTemporalWindow<F>(options: WindowOptions): TemporalWindow<F> {
  if (!Number.isInteger(options.frames) || options.frames < 2)
    throw new RangeError(`Expected window.frames to be a whole number of 2 or more, got ${options.frames}`);
  let entries: Entry<F>[] = [];
  let isOngoing = false;

  return {
    push: (found, frame) => {
      const detections = dropWide(found, options.maxBoxWidth);
      const past = entries.slice(-(options.frames - 1)).flatMap((entry) => entry.detections);
      const threshold = options.score * (isOngoing ? options.hysteresis : 1);
      const confirmed = confirm([...detections, ...past], options.frames, threshold);
      const boxes = matchBoxes(detections, confirmed);
      entries = [...entries.slice(1 - options.frames), { frame, detections, boxes, isStaged: false }];
      const score = confirmed.reduce((best, { confidence }) => Math.max(best, confidence), 0);
      isOngoing = score > threshold;
      return { score, ongoing: isOngoing, boxes, staged: isOngoing ? stage(entries) : [] };
    },
    reset: () => {
      entries = [];
      isOngoing = false;
    },
  };
}

/** Boxes of the pool that enough others overlap, surely enough; with the score of the window, weakest box first. */
function confirm(pool: readonly ScoredBox[], frames: number, threshold: number): readonly ScoredBox[] {
  const least = Math.floor((frames + 1) / 2);
  return keepStrongest(pool).flatMap(({ box }) => {
    const overlapping = pool.map((other) => (doTouch(other.box, box) ? other.confidence : null));
    const count = overlapping.filter((confidence) => confidence !== null).length;
    const confidence = sum(overlapping.map((value) => value ?? 0)) / frames;
    return count >= least && confidence > threshold ? [{ box, confidence }] : [];
  });
}

/** The detections that overlap something confirmed (the weakest, where there are several) take its score. */
function matchBoxes(detections: readonly ScoredBox[], confirmed: readonly ScoredBox[]): readonly ScoredBox[] {
  return detections
    .flatMap(({ box }) => {
      const match = confirmed.find((other) => doTouch(box, other.box));
      return match === undefined ? [] : [{ box: roundBox(box), confidence: round(match.confidence) }];
    })
    .toReversed()
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, mostBoxes);
}

/** Hands out what was not handed out before. Where a frame has no box of its own, it gets one with confidence 0. */
function stage<F>(entries: readonly Entry<F>[]): readonly StagedFrame<F>[] {
  const tracked = entries.flatMap((entry) => entry.boxes);
  return entries.flatMap((entry, index) => {
    if (entry.isStaged) return [];
    entry.isStaged = true;
    entry.boxes = backfill(entry, tracked);
    if (entry.boxes.length === 0) entry.boxes = carried(entries[index - 1]?.boxes ?? []);
    return [{ frame: entry.frame, boxes: entry.boxes, leadUp: index < entries.length - 1 }];
  });
}

/** What the model saw where something was confirmed in the window, without what is there already. */
function backfill<F>(entry: Entry<F>, tracked: readonly ScoredBox[]): readonly ScoredBox[] {
  const boxes = [...entry.boxes];
  for (const { box } of entry.detections) {
    const isTracked = tracked.some((other) => doTouch(box, other.box));
    if (isTracked && !boxes.some((other) => doTouch(box, other.box))) boxes.push({ box, confidence: 0 });
  }
  return boxes;
}

function carried(boxes: readonly ScoredBox[]): readonly ScoredBox[] {
  return boxes.map(({ box }) => ({ box, confidence: 0 }));
}

/** In NumPy's order, so that a score at the threshold falls on the same side: eight partial sums from eight values on. */
function sum(values: readonly number[]): number {
  const whole = values.length - (values.length % 8);
  const part = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let index = 0; index < whole; index++) part[index % 8]! += values[index]!;
  const [a, b, c, d, e, f, g, h] = part as [number, number, number, number, number, number, number, number];
  return values.slice(whole).reduce((total, value) => total + value, a + b + (c + d) + (e + f + (g + h)));
}

function roundBox({ left, top, right, bottom }: ScoredBox["box"]): ScoredBox["box"] {
  return { left: round(left), top: round(top), right: round(right), bottom: round(bottom) };
}

/** Three decimals as NumPy rounds them: scaled, then to the nearest whole number, a half to the even one. */
function round(value: number): number {
  const scaled = value * 1000;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  return (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below) / 1000;
}
