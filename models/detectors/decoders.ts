// The decoder of each detector family. A new family is a file beside this one and a line here.
import type { DetectorFamily } from "../manifest.ts";
import type { Decoder } from "./decoder.ts";
import { detr } from "./detr.ts";
import { endToEnd } from "./end-to-end.ts";
import { nanodet } from "./nanodet.ts";
import { nanodetPlus } from "./nanodet-plus.ts";
import { ssd } from "./ssd.ts";
import { ultralyticsDetr } from "./ultralytics-detr.ts";
import { yolov5 } from "./yolov5.ts";
import { yolov8 } from "./yolov8.ts";
import { yolox } from "./yolox.ts";

const decoders: Readonly<Record<DetectorFamily, Decoder>> = {
  yolov5,
  yolov8,
  "end-to-end": endToEnd,
  yolox,
  nanodet,
  "nanodet-plus": nanodetPlus,
  ssd,
  detr,
  "ultralytics-detr": ultralyticsDetr,
};

export function decoderOf(family: DetectorFamily): Decoder {
  return decoders[family];
}
