import assert from "node:assert/strict";
import { test } from "node:test";
import { cocoIdNames, cocoIndexOf, cocoNames } from "../../../models/detectors/coco-classes.ts";
import { type Hints, recogniseDetector } from "../../../models/detectors/recognise.ts";
import { type DetectorFamily, manifestSchema } from "../../../models/manifest.ts";
import type { OnnxMetadata, OnnxPort } from "../../../models/onnx-metadata.ts";

type Dims = readonly (number | null)[];
type Sketch = {
  readonly input?: Dims;
  readonly type?: string;
  readonly outputs: Readonly<Record<string, Dims>>;
  readonly properties?: Readonly<Record<string, string>>;
};

const port = (name: string, dims: Dims, type = "float32"): OnnxPort => ({ name, type, dims });

function metadata({ input = [1, 3, 640, 640], type, outputs, properties = {} }: Sketch): OnnxMetadata {
  return {
    producer: "pytorch 2.1.0",
    properties: new Map(Object.entries(properties)),
    inputs: [port("images", input, type)],
    outputs: Object.entries(outputs).map(([name, dims]) => port(name, dims)),
  };
}

const three = { names: "{0: 'animal', 1: 'person', 2: 'vehicle'}", task: "detect", stride: "32" };
const square = (side: number): Dims => [1, 3, side, side];

const known: readonly (readonly [string, DetectorFamily, number, Sketch])[] = [
  ["YOLOv5s", "yolov5", 80, { outputs: { output0: [1, 25200, 85] } }],
  ["MegaDetector v5", "yolov5", 3, { input: square(1280), outputs: { output: [1, 102000, 8] } }],
  ["YOLOv8n", "yolov8", 80, { outputs: { output0: [1, 84, 8400] } }],
  ["a smoke model", "yolov8", 1, { input: square(1024), outputs: { output0: [1, 5, 21504] } }],
  [
    "YOLOv8n-seg",
    "yolov8",
    80,
    { input: square(320), outputs: { output0: [1, 116, 2100], output1: [1, 32, 80, 80] } },
  ],
  ["two strides", "yolov8", 1, { input: square(320), outputs: { output0: [1, 5, 500] } }],
  ["YOLOv10", "end-to-end", 0, { outputs: { output0: [1, 300, 6] } }],
  [
    "YOLO26",
    "end-to-end",
    3,
    { outputs: { output0: [1, 300, 6] }, properties: { ...three, end2end: "True" } },
  ],
  [
    "nms=True",
    "end-to-end",
    3,
    { outputs: { output0: [1, null, 6] }, properties: { ...three, args: "{'nms': True}" } },
  ],
  ["YOLOX-nano", "yolox", 80, { input: square(416), outputs: { output: [1, 3549, 85] } }],
  ["YOLOX, one class", "yolox", 1, { input: square(192), outputs: { output: [1, 756, 6] } }],
  [
    "NanoDet-m",
    "nanodet",
    80,
    { input: square(320), outputs: { cls_pred_stride_8: [1, 1600, 80], dis_pred_stride_8: [1, 1600, 32] } },
  ],
  ["NanoDet-Plus", "nanodet-plus", 80, { input: square(416), outputs: { output: [1, 3598, 112] } }],
  ["D-FINE", "detr", 80, { outputs: { labels: [null, 300], boxes: [null, 300, 4], scores: [null, 300] } }],
  ["RT-DETR, ultralytics", "ultralytics-detr", 80, { outputs: { output0: [1, 300, 84] } }],
  ["any number of cells", "yolov8", 3, { outputs: { output0: [null, 7, null] }, properties: three }],
];

test("recogniseDetector() tells every family by its outputs, and drafts a manifest that is valid", () => {
  for (const [what, family, classes, sketch] of known) {
    const { draft, reasons } = recogniseDetector(metadata(sketch));
    assert.equal(draft?.family, family, `${what}: ${reasons.join("; ")}`);
    assert.equal(draft.classes.length, classes, what);
    const rest = {
      id: "x",
      task: "detect",
      file: "x.onnx",
      sha256: "0".repeat(64),
      bytes: 1,
      licence: "x",
      source: "x",
    };
    assert.deepEqual(manifestSchema.parse({ ...rest, ...draft }).input, draft.input);
  }
});

test("recogniseDetector() tells an SSD by its names, bytes in and the size of its own graph", () => {
  const outputs = {
    detection_boxes: [1, 100, 4],
    detection_classes: [1, 100],
    detection_scores: [1, 100],
    num_detections: [1],
  };
  const { draft } = recogniseDetector(metadata({ input: [1, null, null, 3], type: "uint8", outputs }));
  assert.equal(draft?.family, "ssd");
  assert.deepEqual(
    [draft.input.layout, draft.input.type, draft.input.width, draft.input.height, draft.input.scale],
    ["nhwc", "uint8", 300, 300, 1],
  );
  assert.equal(draft.classes.length, 90);
});

test("recogniseDetector() takes names and size from the metadata of ultralytics", () => {
  const sketch: Sketch = {
    input: [1, 3, null, null],
    outputs: { output0: [1, 7, null] },
    properties: { ...three, imgsz: "[480, 640]" },
  };
  const { draft } = recogniseDetector(metadata(sketch));
  assert.deepEqual(draft?.classes, ["animal", "person", "vehicle"]);
  assert.deepEqual([draft.input.width, draft.input.height], [640, 480]);
});

test("recogniseDetector() says what it is fed with: colours, scale and place by family", () => {
  const inputOf = (sketch: Sketch) => recogniseDetector(metadata(sketch)).draft!.input;
  const yolox = inputOf({ input: square(416), outputs: { output: [1, 3549, 85] } });
  assert.deepEqual([yolox.colour, yolox.scale, yolox.resize], ["bgr", 1, "letterbox-top-left"]);
  const yolov8 = inputOf({ outputs: { output0: [1, 84, 8400] } });
  assert.deepEqual([yolov8.colour, yolov8.scale, yolov8.resize], ["rgb", 1 / 255, "letterbox"]);
});

test("recogniseDetector() asks where the file does not tell", () => {
  const cases: readonly (readonly [string, RegExp, Sketch, Hints?])[] = [
    [
      "another task",
      /task is "pose"/,
      { outputs: { output0: [1, 56, 8400] }, properties: { ...three, task: "pose" } },
    ],
    ["no picture", /three colours/, { input: [1, 10], outputs: { output0: [1, 2] } }],
    [
      "halves",
      /takes float16: export it with float32/,
      { type: "float16", outputs: { output0: [1, 84, 8400] } },
    ],
    [
      "any size",
      /say the width and height/,
      { input: [1, 3, null, null], outputs: { output0: [1, 84, null] } },
    ],
    ["a classifier", /embedder or a classifier/, { outputs: { output: [1, 1000] } }],
    ["FastestDet", /looks like FastestDet/, { input: square(352), outputs: { 758: [1, 85, 22, 22] } }],
    [
      "other names",
      /names 3 classes, which does not fit/,
      { outputs: { output0: [1, 84, 8400] }, properties: three },
    ],
  ];
  for (const [what, reason, sketch, hints] of cases) {
    const recognition = recogniseDetector(metadata(sketch), hints);
    assert.equal(recognition.draft, null, what);
    assert.match(recognition.reasons.join("; "), reason, what);
  }
});

test("recogniseDetector() takes a person at their word, for the size and for the family", () => {
  const sketch: Sketch = { input: [1, 3, null, null], outputs: { output0: [1, 84, 8400] } };
  const size = { width: 640, height: 640 };
  assert.equal(recogniseDetector(metadata(sketch), { size }).draft?.input.width, 640);
  assert.equal(recogniseDetector(metadata(sketch), { size, family: "yolox" }).draft?.family, "yolox");
});

test("cocoNames() has the 80 that are counted from 0, cocoIndexOf() finds them by id", () => {
  assert.equal(cocoNames().length, 80);
  assert.deepEqual([cocoNames()[0], cocoNames()[16], cocoNames()[79]], ["person", "dog", "toothbrush"]);
  assert.deepEqual([cocoIdNames.length, cocoIdNames[17]], [90, "dog"]);
  assert.deepEqual([cocoIndexOf(1), cocoIndexOf(18), cocoIndexOf(90)], [0, 16, 79]);
  assert.deepEqual([cocoIndexOf(12), cocoIndexOf(0), cocoIndexOf(91)], [null, null, null]);
});
