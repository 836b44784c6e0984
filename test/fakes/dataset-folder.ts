// A data set's folder, written for a test: small pictures that differ, lists and annotations.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import sharp from "sharp";
import { createRandom } from "../../device/camera/sim/seeded-random.ts";
import { temporaryFolder } from "./store.ts";

/** A file: its text, or a number, which stands for a picture drawn from it. */
export type DatasetFiles = Readonly<Record<string, string | number | Uint8Array>>;

/** Writes the files into a folder of their own, which is removed when the test ends. */
export async function datasetFolder(t: Pick<TestContext, "after">, files: DatasetFiles): Promise<string> {
  const root = temporaryFolder(t, "outrider-dataset-");
  await addToFolder(root, files);
  return root;
}

export async function addToFolder(root: string, files: DatasetFiles): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "number" ? await drawPicture(content, { name }) : content);
  }
}

/** An encoded picture of coloured patches, in the format its name says (JPEG by default). */
export async function drawPicture(
  seed: number,
  { name = "x.jpg", width = 24, height = 16 }: { name?: string; width?: number; height?: number } = {},
): Promise<Buffer> {
  const random = createRandom(seed, "patches");
  const patches = Buffer.from(Uint8Array.from({ length: 4 * 3 * 3 }, () => Math.floor(random() * 256)));
  const picture = sharp(patches, { raw: { width: 4, height: 3, channels: 3 } }).resize(width, height, {
    fit: "fill",
  });
  const ending = name.toLowerCase().split(".").at(-1)!;
  if (ending === "png") return await picture.png().toBuffer();
  if (ending === "webp") return await picture.webp().toBuffer();
  if (ending === "tiff" || ending === "tif") return await picture.tiff().toBuffer();
  return await picture.jpeg().toBuffer();
}
