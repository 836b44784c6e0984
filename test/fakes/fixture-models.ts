// The small graphs of test/fixtures/models with manifests that fit them, and flat pictures to give them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { type Model, type manifestSchema, manifestSchema as schema } from "../../models/manifest.ts";
import type { Picture } from "../../models/vision.ts";

type Given = Partial<z.input<typeof manifestSchema>>;

export const fixtureFolder = join(import.meta.dirname, "../fixtures/models");

/** A model of any file, with its true hash unless another is given. */
export function modelOf(file: string, given: Given & Pick<z.input<typeof manifestSchema>, "input">): Model {
  const bytes = readFileSync(file);
  const manifest = schema.parse({
    id: "fixture",
    task: "embed",
    file,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.byteLength,
    licence: "none",
    source: "tests",
    ...given,
  });
  return { manifest, file };
}

const small = { name: "image", width: 8, height: 8, resize: "stretch" } as const;

/** Six numbers: the means of red, green and blue, each left and right; `one`: takes one picture at a time. */
export function halvesModel(given: Given & { readonly one?: boolean } = {}): Model {
  const { one = false, ...manifest } = given;
  const file = join(fixtureFolder, one ? "halves-one.onnx" : "halves.onnx");
  return modelOf(file, {
    id: "halves",
    input: small,
    embedding: { output: "embedding", size: 6 },
    ...manifest,
  });
}

/** Runs for seconds on a white picture, and at once on a dark one. */
export function slowModel(): Model {
  return modelOf(join(fixtureFolder, "slow.onnx"), {
    id: "slow",
    input: small,
    embedding: { output: "embedding", size: 3 },
  });
}

/** Finds two boxes in every picture that is bright enough. */
export function boxesModel(given: Given = {}): Model {
  return modelOf(join(fixtureFolder, "boxes.onnx"), {
    id: "boxes",
    task: "detect",
    family: "yolov8",
    input: { name: "images", width: 32, height: 32 },
    classes: ["cat", "dog"],
    ...given,
  });
}

/** A picture of one colour. */
export function flatPicture(
  width: number,
  height: number,
  colour: readonly [number, number, number],
): Picture {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => colour[at % 3]!);
  return { width, height, pixels };
}
