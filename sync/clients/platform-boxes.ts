// Boxes in the strict text form of the alert platform: `[(left,top,right,bottom,confidence),…]`, no spaces, at most three decimals.
import { problemOfBox } from "./annotation-rules.ts";

/** Edges 0..1 [left, top, right, bottom] and confidence 0..1. */
export type PlatformBox = {
  readonly xyxyn: readonly [number, number, number, number];
  readonly confidence: number;
};

/** The platform takes no more on one picture. */
export const maxBoxes = 5;
/** Three decimals: a pixel and more of a picture 1280 wide. */
const steps = 1000;

/** The boxes the platform gets: the strongest five, strongest first, for it speaks of the first as the picture's own. */
export function strongestBoxes<Box extends PlatformBox>(boxes: readonly Box[]): readonly Box[] {
  return boxes.toSorted((one, other) => other.confidence - one.confidence).slice(0, maxBoxes);
}

/**
 * All boxes in the order given; none is `[]`, which the platform takes for "nothing seen". A box that is thinner than the last decimal
 * is widened to it and not left out: it is a far column of smoke, and without its only box the picture would say that there is none.
 * @throws RangeError when a box is none, or there are more than five.
 */
export function formatBoxes(boxes: readonly PlatformBox[]): string {
  if (boxes.length > maxBoxes)
    throw new RangeError(`expected at most ${maxBoxes} boxes, got ${boxes.length}`);
  return `[${boxes.map(formatBox).join(",")}]`;
}

/** The rules that boxes break, with their values. */
export function problemsOfBoxes(boxes: readonly PlatformBox[]): readonly string[] {
  return boxes.flatMap(({ xyxyn, confidence }, at) => {
    const problem = problemOfBox(xyxyn);
    const isSure = confidence >= 0 && confidence <= 1;
    return [
      ...(problem === null ? [] : [`boxes[${at}]: ${problem}`]),
      ...(isSure ? [] : [`boxes[${at}].confidence: expected 0 to 1, got ${confidence}`]),
    ];
  });
}

/** Edges of `(left,top,right,bottom)`; null: the text is none. */
export function parseMask(text: string): readonly [number, number, number, number] | null {
  const numbers = /^\s*[[(](.*)[\])]\s*$/
    .exec(text)?.[1]
    ?.split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers?.length !== 4 || problemOfBox(numbers) !== null) return null;
  return numbers as unknown as readonly [number, number, number, number];
}

function formatBox(box: PlatformBox): string {
  const [problem] = problemsOfBoxes([box]);
  if (problem !== undefined) throw new RangeError(problem);
  const [left, top, right, bottom] = box.xyxyn;
  const [x1, x2] = sideOf(left, right);
  const [y1, y2] = sideOf(top, bottom);
  return `(${[x1, y1, x2, y2, Math.round(box.confidence * steps)].map(formatSteps).join(",")})`;
}

/** Nearest thousandths of two edges, at least one apart. */
function sideOf(low: number, high: number): readonly [number, number] {
  const [from, to] = [Math.round(low * steps), Math.round(high * steps)];
  if (from < to) return [from, to];
  return from === steps ? [steps - 1, steps] : [from, from + 1];
}

/** 1000 is `1`, never `1.0`, which is refused. */
function formatSteps(thousandths: number): string {
  return thousandths % steps === 0 ? String(thousandths / steps) : (thousandths / steps).toFixed(3);
}
