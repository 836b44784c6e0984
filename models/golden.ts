// Golden pairs: pictures of a model's input size with what the reference runtime made of them, kept beside the shipped weights.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Model } from "./manifest.ts";
import { ModelError } from "./vision.ts";

const share = z.number().min(0).max(1);

const goldenSchema = z.object({
  model: z.string().min(1),
  /** Of the weights that were asked. */
  sha256: z.string(),
  /** |got - expected| <= absolute + relative * |expected| */
  tolerance: z.object({ absolute: z.number().positive(), relative: z.number().nonnegative() }),
  cases: z
    .array(
      z.object({
        /** Relative to the folder. */
        image: z.string().min(1),
        /** The graph's outputs by name, row by row. */
        outputs: z.record(z.string(), z.object({ shape: z.array(z.number()), data: z.array(z.number()) })),
        /** Detectors: the boxes at the manifest's thresholds, suppressed, best first. */
        found: z
          .array(
            z.object({
              className: z.string(),
              confidence: z.number(),
              box: z.object({ left: share, top: share, right: share, bottom: share }),
            }),
          )
          .optional(),
      }),
    )
    .min(1),
});

export type Golden = z.output<typeof goldenSchema>;
export type GoldenCase = Golden["cases"][number];
export type GoldenPairs = { readonly golden: Golden; readonly folder: string };

/**
 * The golden pairs of a model: `golden/<id>` beside its weights; null when it has none.
 * @throws ModelError when they are damaged.
 */
export function readGolden({ file, manifest }: Pick<Model, "file" | "manifest">): GoldenPairs | null {
  const folder = join(dirname(file), "golden", manifest.id);
  const path = join(folder, "golden.json");
  if (!existsSync(path)) return null;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new ModelError(`${path}: ${(cause as Error).message}`, { cause });
  }
  const parsed = goldenSchema.safeParse(content);
  if (parsed.success) return { golden: parsed.data, folder };
  const [issue] = parsed.error.issues;
  throw new ModelError(`${path}: ${issue!.path.join(".")}: ${issue!.message}`, { cause: parsed.error });
}

/** By how much numbers are off, and whether that is within the tolerance; shapes that differ are off without end. */
export function compareNumbers(
  expected: ArrayLike<number>,
  got: ArrayLike<number>,
  { absolute, relative }: Golden["tolerance"],
): { readonly largest: number; readonly isWithin: boolean } {
  if (expected.length !== got.length) return { largest: Number.POSITIVE_INFINITY, isWithin: false };
  let largest = 0;
  let isWithin = true;
  for (let at = 0; at < expected.length; at++) {
    const off = Math.abs(got[at]! - expected[at]!);
    if (!(off <= absolute + relative * Math.abs(expected[at]!))) isWithin = false;
    largest = Math.max(largest, Number.isNaN(off) ? Number.POSITIVE_INFINITY : off);
  }
  return { largest, isWithin };
}
