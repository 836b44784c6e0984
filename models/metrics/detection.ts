// How well a detector does: average precision as COCO defines it (101 recall points, one greedy match per object), recall and
// false boxes at the score a person would use. Definition: pycocotools cocoeval, without area ranges and crowds.
import type { Box } from "../../device/detection.ts";
import { iou as overlapOf } from "../boxes.ts";
import { mean } from "./mean.ts";

/** An object that is there. */
export type TrueObject = {
  readonly box: Box;
  readonly className: string;
  /** true: finding it is no merit and missing it no fault (VOC's "difficult"). */
  readonly ignored?: boolean;
};

/** A box a detector found. */
export type FoundObject = { readonly box: Box; readonly className: string; readonly confidence: number };

/** One picture: what is there and what was found. Boxes may be in any unit, both in the same. */
export type JudgedPicture = {
  readonly truth: readonly TrueObject[];
  readonly found: readonly FoundObject[];
};

export type DetectionReport = {
  readonly pictures: number;
  /** Objects that count. */
  readonly objects: number;
  /** Mean over the classes that have objects; null when there is none. */
  readonly ap50: number | null;
  /** Mean over the IoU thresholds 0.50, 0.55 … 0.95 as well. */
  readonly ap50to95: number | null;
  /** At the score asked and IoU 0.5, over all classes. */
  readonly at: {
    readonly score: number;
    readonly recall: number | null;
    readonly precision: number | null;
    readonly falseBoxesPerPicture: number;
    /** Mean IoU of the boxes that count as right; null when none does. */
    readonly meanIou: number | null;
  };
  readonly classes: Readonly<
    Record<string, { readonly objects: number; readonly ap50: number; readonly ap50to95: number }>
  >;
};

/** Boxes of one class and picture that are looked at, best first; COCO's bound. */
const mostPerPicture = 100;
const iouThresholds = Array.from({ length: 10 }, (_, step) => 0.5 + step * 0.05);
const recallPoints = Array.from({ length: 101 }, (_, step) => step * 0.01);

/** Judges all pictures. @param options.score the confidence a person would use. */
export function evaluateDetections(
  pictures: readonly JudgedPicture[],
  options: { readonly score: number },
): DetectionReport {
  const names = new Set(pictures.flatMap(({ truth }) => truth.map(({ className }) => className)));
  const classes: Record<string, { objects: number; ap50: number; ap50to95: number }> = {};
  for (const name of [...names].sort()) {
    const matched = pictures.map((picture) => ofClass(picture, name)).map((picture) => matchAll(picture));
    const objects = matched.reduce((sum, { objects: count }) => sum + count, 0);
    if (objects === 0) continue;
    const precisions = iouThresholds.map((_, index) => averagePrecision(matched, index, objects));
    classes[name] = { objects, ap50: precisions[0]!, ap50to95: mean(precisions)! };
  }
  const all = Object.values(classes);
  return {
    pictures: pictures.length,
    objects: all.reduce((sum, { objects }) => sum + objects, 0),
    ap50: mean(all.map(({ ap50 }) => ap50)),
    ap50to95: mean(all.map(({ ap50to95 }) => ap50to95)),
    at: judgeAt(pictures, options.score),
    classes,
  };
}

function ofClass({ truth, found }: JudgedPicture, name: string): JudgedPicture {
  return {
    truth: truth.filter(({ className }) => className === name),
    found: found
      .filter(({ className }) => className === name)
      .sort((a, b) => b.confidence - a.confidence)
      .slice(0, mostPerPicture),
  };
}

/** What a found box is at one IoU threshold: right, wrong, or neither (it fits an ignored object). */
type Verdict = { readonly confidence: number; readonly isRight: boolean; readonly isIgnored: boolean };
type Matched = {
  readonly objects: number;
  /** By IoU threshold, each best first. */
  readonly verdicts: readonly (readonly (Verdict & { readonly iou: number })[])[];
};

function matchAll({ truth, found }: JudgedPicture, thresholds: readonly number[] = iouThresholds): Matched {
  // Those that count first: a box that fits both kinds is given to one that counts.
  const objects = [...truth].sort((a, b) => Number(a.ignored ?? false) - Number(b.ignored ?? false));
  const ious = found.map(({ box }) => objects.map((object) => overlapOf(box, object.box)));
  const verdicts = thresholds.map((threshold) => {
    const taken = new Set<number>();
    return found.map(({ confidence }, index) => {
      let best = -1;
      let bestIou = Math.min(threshold, 1 - 1e-10);
      for (const [at, object] of objects.entries()) {
        if (taken.has(at)) continue;
        if (best >= 0 && !objects[best]!.ignored && object.ignored) break;
        const iou = ious[index]![at]!;
        if (iou < bestIou) continue;
        bestIou = iou;
        best = at;
      }
      if (best >= 0) taken.add(best);
      const isIgnored = best >= 0 && (objects[best]!.ignored ?? false);
      return { confidence, isRight: best >= 0 && !isIgnored, isIgnored, iou: best >= 0 ? bestIou : 0 };
    });
  });
  return { objects: objects.filter(({ ignored }) => !ignored).length, verdicts };
}

function averagePrecision(pictures: readonly Matched[], threshold: number, objects: number): number {
  const verdicts = pictures
    .flatMap((picture) => picture.verdicts[threshold]!)
    .filter(({ isIgnored }) => !isIgnored)
    .sort((a, b) => b.confidence - a.confidence);
  const recalls: number[] = [];
  const precisions: number[] = [];
  let right = 0;
  for (const [index, { isRight }] of verdicts.entries()) {
    if (isRight) right += 1;
    recalls.push(right / objects);
    precisions.push(right / (index + 1));
  }
  // Precision may only fall with recall: each point has the best that comes at or after it.
  for (let at = precisions.length - 2; at >= 0; at -= 1)
    precisions[at] = Math.max(precisions[at]!, precisions[at + 1]!);
  let at = 0;
  let sum = 0;
  for (const recall of recallPoints) {
    while (at < recalls.length && recalls[at]! < recall) at += 1;
    if (at === recalls.length) break;
    sum += precisions[at]!;
  }
  return sum / recallPoints.length;
}

function judgeAt(pictures: readonly JudgedPicture[], score: number): DetectionReport["at"] {
  let objects = 0;
  let wrong = 0;
  const ious: number[] = [];
  for (const { truth, found } of pictures) {
    const kept = found.filter(({ confidence }) => confidence >= score);
    for (const name of new Set([...truth, ...kept].map(({ className }) => className))) {
      const judged = matchAll(ofClass({ truth, found: kept }, name), [0.5]);
      objects += judged.objects;
      for (const { isRight, isIgnored, iou } of judged.verdicts[0]!) {
        if (isRight) ious.push(iou);
        else if (!isIgnored) wrong += 1;
      }
    }
  }
  return {
    score,
    recall: objects === 0 ? null : ious.length / objects,
    precision: ious.length + wrong === 0 ? null : ious.length / (ious.length + wrong),
    falseBoxesPerPicture: pictures.length === 0 ? 0 : wrong / pictures.length,
    meanIou: mean(ious),
  };
}
