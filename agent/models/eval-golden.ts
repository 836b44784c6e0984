// Whether a detector says here what its reference said elsewhere: the best box of each picture against a recorded one.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { iou } from "../../models/boxes.ts";
import { mean } from "../../models/metrics/mean.ts";
import { decodePicture, PictureError } from "../../models/picture.ts";
import type { Detector } from "../../models/vision.ts";

const golden = z
  .array(
    z.looseObject({
      /** Relative to the folder of the pictures. */
      file: z.string().min(1),
      class: z.number().int().min(0),
      score: z.number().min(0).max(1),
      /** Pixels of the picture. */
      xyxy: z.tuple([z.number(), z.number(), z.number(), z.number()]),
    }),
  )
  .min(1)
  .max(100_000);

export type GoldenEvaluation = {
  readonly detector: string;
  /** Pictures whose reference is sure enough, and of those the ones with the same best class. */
  readonly pictures: number;
  readonly sameClass: number;
  /** Of the best boxes, where the class is the same. */
  readonly meanIou: number;
  readonly worstIou: number;
  readonly meanScoreDifference: number;
  /** By name: pictures that are refused here, damaged ones that the reference took as far as they go. */
  readonly refused: readonly { readonly file: string; readonly reason: string }[];
  readonly others: readonly { readonly file: string; readonly expected: string; readonly got: string }[];
};

export type EvalGoldenOptions = {
  readonly detector: Detector;
  /** JSON: `[{file, class, score, xyxy}]`. */
  readonly golden: string;
  readonly folder: string;
  /** References below it are left out. */
  readonly score: number;
  readonly signal: AbortSignal;
};

/** @throws ZodError when the file is not such a list. */
export async function evalGolden(options: EvalGoldenOptions): Promise<GoldenEvaluation> {
  const { detector, folder, signal } = options;
  const { classes } = detector.model.manifest;
  const cases = golden.parse(JSON.parse(await readFile(options.golden, "utf8")));
  const ious: number[] = [];
  const differences: number[] = [];
  const refused: { file: string; reason: string }[] = [];
  const others: { file: string; expected: string; got: string }[] = [];
  const sure = cases.filter(({ score }) => score >= options.score);
  for (const { file, class: index, score, xyxy } of sure) {
    const picture = await decodePicture(await readFile(join(folder, file)), { signal }).catch(
      (cause: unknown) => {
        if (cause instanceof PictureError) return cause;
        throw cause;
      },
    );
    if (picture instanceof PictureError) {
      refused.push({ file, reason: picture.message });
      continue;
    }
    const [best] = await detector.detect(picture, { signal, score: 0.01 });
    const expected = classes[index] ?? `class ${index}`;
    if (best?.className !== expected) {
      others.push({ file, expected, got: best?.className ?? "nothing" });
      continue;
    }
    const [left, top, right, bottom] = xyxy;
    const { width, height } = picture;
    const reference = {
      left: left / width,
      top: top / height,
      right: right / width,
      bottom: bottom / height,
    };
    ious.push(iou(best.box, reference));
    differences.push(Math.abs(best.confidence - score));
  }
  return {
    detector: detector.model.manifest.id,
    pictures: sure.length - refused.length,
    sameClass: ious.length,
    meanIou: mean(ious) ?? 0,
    worstIou: ious.length === 0 ? 0 : Math.min(...ious),
    meanScoreDifference: mean(differences) ?? 0,
    refused,
    others,
  };
}

/** The evaluation for a person. */
export function describeGoldenEvaluation(evaluation: GoldenEvaluation): string {
  const { detector, pictures, sameClass, meanIou, worstIou, meanScoreDifference } = evaluation;
  return [
    `${detector}: the same best class as the reference on ${sameClass} of ${pictures} pictures; mean IoU of the best box ${meanIou.toFixed(4)}, worst ${worstIou.toFixed(4)}; scores differ by ${meanScoreDifference.toFixed(4)} on average`,
    ...evaluation.refused.map(({ file, reason }) => `  ${file}: left out: ${reason}`),
    ...evaluation.others.map(({ file, expected, got }) => `  ${file}: expected ${expected}, got ${got}`),
  ].join("\n");
}
