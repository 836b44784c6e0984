// What a family is usually fed with and how it is usually cut off; a person's manifest may say otherwise.
import type { DetectorFamily, ModelInput, ModelManifest } from "../manifest.ts";

export type FamilyDefaults = {
  readonly input: Pick<ModelInput, "colour" | "resize" | "scale" | "mean" | "std" | "pad">;
  readonly thresholds: ModelManifest["thresholds"];
};

const plain: FamilyDefaults["input"] = {
  colour: "rgb",
  resize: "letterbox",
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  pad: 114,
};

const stretched: FamilyDefaults["input"] = { ...plain, resize: "stretch" };

/** ImageNet's mean and deviation of 0–255 in the order blue, green, red. */
const nanodet: FamilyDefaults["input"] = {
  ...stretched,
  colour: "bgr",
  scale: 1,
  mean: [103.53, 116.28, 123.675],
  std: [57.375, 57.12, 58.395],
};

const usual: FamilyDefaults["thresholds"] = {
  score: 0.25,
  iou: 0.45,
  classAgnostic: false,
  maxDetections: 300,
};

const defaults: Readonly<Record<DetectorFamily, FamilyDefaults>> = {
  yolov5: { input: plain, thresholds: usual },
  yolov8: { input: plain, thresholds: { ...usual, iou: 0.7 } },
  "end-to-end": { input: plain, thresholds: usual },
  yolox: { input: { ...plain, colour: "bgr", resize: "letterbox-top-left", scale: 1 }, thresholds: usual },
  nanodet: { input: nanodet, thresholds: { ...usual, iou: 0.6, maxDetections: 100 } },
  "nanodet-plus": { input: nanodet, thresholds: { ...usual, iou: 0.6, maxDetections: 100 } },
  ssd: { input: { ...stretched, scale: 1 }, thresholds: usual },
  detr: { input: stretched, thresholds: usual },
  "ultralytics-detr": { input: stretched, thresholds: usual },
};

export function defaultsOf(family: DetectorFamily): FamilyDefaults {
  return defaults[family];
}
