// A model's manifest: what it is for, what it wants and what it says. Shipped ones are in catalog.json, a person's beside the file.
import { z } from "zod";
import { steeringSchema } from "./steering.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lowercase hex digits");
const triple = z.tuple([z.number(), z.number(), z.number()]);

export const detectorFamilies = [
  "yolov5",
  "yolov8",
  "end-to-end",
  "yolox",
  "nanodet",
  "nanodet-plus",
  "ssd",
  "detr",
  "ultralytics-detr",
] as const;
/** How a detector's outputs are read; one file each in detectors/. */
export type DetectorFamily = (typeof detectorFamilies)[number];

const input = z.strictObject({
  name: z.string().min(1),
  /** Pixels. */
  width: z.number().int().min(8).max(4096),
  height: z.number().int().min(8).max(4096),
  layout: z.enum(["nchw", "nhwc"]).default("nchw"),
  type: z.enum(["float32", "uint8"]).default("float32"),
  colour: z.enum(["rgb", "bgr"]).default("rgb"),
  /** How a picture is brought to the size: see letterbox.ts. crop-top: scaled to the width, upper rows dropped. */
  resize: z.enum(["letterbox", "letterbox-top-left", "stretch", "crop-top"]).default("letterbox"),
  /** Grey of the letterbox's bars, 0..255. */
  pad: z.number().int().min(0).max(255).default(114),
  /** value = (pixel * scale - mean) / std, each in the order of `colour`. */
  scale: z
    .number()
    .positive()
    .default(1 / 255),
  mean: triple.default([0, 0, 0]),
  std: triple.default([1, 1, 1]),
});

export const manifestSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, "expected 1–64 letters, digits, - _ or ."),
  task: z.enum(["detect", "embed", "steer"]),
  /** Detectors only. */
  family: z.enum(detectorFamilies).nullable().default(null),
  /** Relative to the manifest. */
  file: z.string().min(1),
  sha256,
  bytes: z.number().int().positive(),
  input,
  /** Class names by index; detectors only. */
  classes: z.array(z.string().min(1).max(200)).max(10_000).default([]),
  thresholds: z
    .strictObject({
      /** Least confidence, 0..1. */
      score: z.number().min(0).max(1).default(0.25),
      /** IoU above which the weaker of two boxes goes. */
      iou: z.number().min(0).max(1).default(0.45),
      /** true: boxes of different classes suppress each other, too. */
      classAgnostic: z.boolean().default(false),
      maxDetections: z.number().int().min(1).max(3000).default(300),
    })
    .prefault({}),
  /** Embedders only. */
  embedding: z
    .strictObject({
      output: z.string().min(1),
      size: z.number().int().min(2).max(8192),
      /** The vector is the mean of the crop and its mirror image. */
      flip: z.boolean().default(false),
    })
    .nullable()
    .default(null),
  /** Steering models only. */
  steering: steeringSchema.nullable().default(null),
  licence: z.string().min(1),
  source: z.string().min(1),
  /** What it is not for, in a sentence or two. */
  limits: z.string().default(""),
});

export type ModelManifest = z.output<typeof manifestSchema>;
export type ModelInput = ModelManifest["input"];

/** A manifest with the absolute path of its file. */
export type Model = { readonly manifest: ModelManifest; readonly file: string };
