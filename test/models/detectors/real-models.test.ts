// Real models on real pictures, from the decoded JPEG to the best box. Needs the folder that OUTRIDER_TEST_DATA names.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { iou, suppress } from "../../../models/boxes.ts";
import type { Candidate, Tensor } from "../../../models/detectors/decoder.ts";
import { decoderOf } from "../../../models/detectors/decoders.ts";
import { type ManifestDraft, recogniseDetector } from "../../../models/detectors/recognise.ts";
import type { Edges } from "../../../models/letterbox.ts";
import { readOnnxMetadata } from "../../../models/onnx-metadata.ts";
import { decodePicture } from "../../../models/picture.ts";
import { createPreprocessor } from "../../../models/preprocess.ts";
import type { Picture } from "../../../models/vision.ts";

const folder = process.env.OUTRIDER_TEST_DATA ?? "";

type Golden = {
  readonly file: string;
  readonly class: number;
  readonly score: number;
  readonly xyxy: readonly [number, number, number, number];
};
type Row = readonly [number, number, number, number, number, number];

/** null, and the test is skipped aloud, where the file is not there. */
function dataFile(name: string, context: TestContext): string | null {
  const file = join(folder, name);
  if (folder !== "" && existsSync(file)) return file;
  context.skip(folder === "" ? "OUTRIDER_TEST_DATA is not set" : `${file} is not there`);
  return null;
}

/** Opens a model with what its own file says of it, and nothing else. */
async function openDetector(file: string) {
  const { InferenceSession, Tensor: RuntimeTensor } = await import("onnxruntime-node");
  const { draft, reasons } = recogniseDetector(readOnnxMetadata(readFileSync(file)));
  assert.ok(draft !== null, reasons.join("; "));
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const { input } = draft;
  const preprocessor = createPreprocessor(input);
  const decoder = decoderOf(draft.family);
  const into = preprocessor.allocate() as Float32Array;

  async function detect(picture: Picture, score: number) {
    const options = { width: input.width, height: input.height, score };
    const { toBox } = preprocessor.fill(into, picture);
    const extra = Object.entries(decoder.extraInputs?.(options) ?? {}).map(
      ([name, { data, dims }]) => [name, new RuntimeTensor("int64", data as BigInt64Array, dims)] as const,
    );
    const outputs = await session.run({
      ...Object.fromEntries(extra),
      [input.name]: new RuntimeTensor("float32", into, preprocessor.dims),
    });
    const tensors = new Map(
      Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data } as Tensor]),
    );
    const candidates = decoder.decode(tensors, options);
    const kept = decoder.needsSuppression ? suppress(candidates, draft!.thresholds) : candidates;
    return kept.map((one) => ({ ...one, ...inPixels(toBox(one), picture) }));
  }
  return { draft, detect, close: () => session.release() };
}

function inPixels({ left, top, right, bottom }: Edges, { width, height }: Picture): Edges {
  return { left: left * width, top: top * height, right: right * width, bottom: bottom * height };
}

const openPicture = async (name: string) => await decodePicture(readFileSync(join(folder, name)));

test("YOLOX-nano has the reference's class on every picture it was sure of, and its box (IoU 0.98 on average)", async (context) => {
  const file = dataFile("models/yolox_nano.onnx", context);
  if (file === null) return;
  const all: readonly Golden[] = JSON.parse(
    readFileSync(join(folder, "models/golden_yolox_nano_top1.json"), "utf8"),
  );
  const golden = all.filter(({ score, file: name }) => score >= 0.3 && !name.includes("truncated"));
  const { detect, close } = await openDetector(file);
  const overlaps: number[] = [];
  for (const { file: name, class: classIndex, xyxy } of golden) {
    const picture = await openPicture(name);
    const [best] = await detect(picture, 0.1);
    assert.equal(best?.classIndex, classIndex, name);
    const [left, top, right, bottom] = xyxy;
    overlaps.push(iou(best, clip({ left, top, right, bottom }, picture)));
  }
  await close();
  const mean = overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length;
  context.diagnostic(
    `${golden.length} pictures, mean IoU ${mean.toFixed(4)}, least ${Math.min(...overlaps).toFixed(4)}`,
  );
  assert.equal(golden.length, 66);
  assert.ok(mean >= 0.98, String(mean));
});

/** The decoders of JPEG differ in the last bit; a quantised model makes more of it. */
const judged = [
  { file: "nanodet_m_320.onnx", family: "nanodet", least: 0.3, score: 0.02, overlap: 0.95 },
  { file: "deimv2_atto_coco_int8.onnx", family: "detr", least: 0.15, score: 0.1, overlap: 0.8 },
] as const;

for (const { file, family, least, score, overlap } of judged)
  test(`${file} gives the best boxes of plain NumPy on real pictures`, async (context) => {
    const model = dataFile(`models/${file}`, context);
    if (model === null) return;
    const { models } = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../fixtures/real-detectors.json"), "utf8"),
    );
    const { detect, draft, close } = await openDetector(model);
    assert.equal((draft satisfies ManifestDraft).family, family);
    const expected = Object.entries(models[file] as Record<string, readonly Row[]>);
    let compared = 0;
    for (const [name, rows] of expected) {
      // A little below: what is at the threshold there may fall below it here.
      const found = await detect(await openPicture(name), least - score);
      for (const row of rows) {
        compared += 1;
        assert.ok(
          found.some((one) => isNear(one, row, { score, overlap })),
          `${name}: ${JSON.stringify(row)} is not in ${JSON.stringify(found.slice(0, 5))}`,
        );
      }
    }
    await close();
    context.diagnostic(`${compared} boxes on ${expected.length} pictures`);
    assert.ok(compared >= 5);
  });

function isNear(
  found: Candidate,
  [left, top, right, bottom, score, classIndex]: Row,
  tolerance: { readonly score: number; readonly overlap: number },
): boolean {
  return (
    found.classIndex === classIndex &&
    Math.abs(found.score - score) <= tolerance.score &&
    iou(found, { left, top, right, bottom }) >= tolerance.overlap
  );
}

/** The reference did not cut its boxes off at the border. */
function clip({ left, top, right, bottom }: Edges, { width, height }: Picture): Edges {
  return {
    left: Math.max(0, left),
    top: Math.max(0, top),
    right: Math.min(width, right),
    bottom: Math.min(height, bottom),
  };
}
