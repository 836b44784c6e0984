// How a model's family shows: in the names of its outputs, or in the shape of its only table.
import type { Size } from "../letterbox.ts";
import type { DetectorFamily } from "../manifest.ts";
import type { OnnxPort } from "../onnx-metadata.ts";
import { stridesOf } from "./grid.ts";
import type { UltralyticsMetadata } from "./ultralytics-metadata.ts";

export type Sign = {
  readonly family: DetectorFamily;
  /** How many classes the shape has room for; null: the shape does not tell. */
  readonly classes: number | null;
  /** For a person: what it was told by. */
  readonly reason: string;
};

type Graph = {
  readonly outputs: readonly OnnxPort[];
  readonly size: Size;
  readonly ultralytics: UltralyticsMetadata | null;
};

/** What speaks for a family; more than one when the shape allows it, none when nothing does. */
export function findSigns(graph: Graph): readonly Sign[] {
  const byName = signByName(graph.outputs);
  if (byName !== null) return [byName];
  const table = graph.outputs.find(({ dims }) => dims.length === 3);
  if (table === undefined) return [];
  return signsByShape(table, graph);
}

function signByName(outputs: readonly OnnxPort[]): Sign | null {
  const names = new Set(outputs.map(({ name }) => name.replace(/:\d+$/, "").replace(/^.*\//, "")));
  const hasAll = (...wanted: readonly string[]) => wanted.every((name) => names.has(name));
  if (hasAll("labels", "boxes", "scores"))
    return { family: "detr", classes: null, reason: "outputs labels, boxes and scores" };
  if (hasAll("detection_boxes", "detection_classes", "detection_scores", "num_detections"))
    return { family: "ssd", classes: null, reason: "outputs detection_boxes, detection_classes and so on" };
  const scores = outputs.find(({ name }) => /^cls_pred_stride_\d+$/.test(name));
  if (scores !== undefined && names.has(scores.name.replace("cls", "dis")))
    return {
      family: "nanodet",
      classes: scores.dims[2] ?? null,
      reason: `outputs ${scores.name} and others`,
    };
  return null;
}

/** Of a table [1, a, b], where either may be unknown. */
function signsByShape(table: OnnxPort, { outputs, size, ultralytics }: Graph): readonly Sign[] {
  const [, a, b] = table.dims as readonly [unknown, number | null, number | null];
  const masks = outputs.find(({ dims }) => dims.length === 4)?.dims[1] ?? 0;
  const names = ultralytics?.names?.length ?? null;
  const shape = `${table.name} is [1, ${a ?? "?"}, ${b ?? "?"}]`;
  const signs: Sign[] = [];
  const add = (family: DetectorFamily, classes: number, why: string) => {
    const isRoomy = classes >= 1 && (names === null || names === classes);
    if (isRoomy) signs.push({ family, classes, reason: `${shape}: ${why}` });
  };

  const isEndToEnd = b !== null && b - masks === 6 && (ultralytics?.isEndToEnd || (a !== null && a <= 1000));
  const isGrid = (rows: number | null, anchors: number) =>
    rows !== null && stridesOf(rows, size, anchors) !== null;
  // A table that fits a grid exactly is one; 756 rows of 6 numbers are no list of detections.
  if (isEndToEnd && (ultralytics?.isEndToEnd || !isGrid(a, 1)))
    return [
      { family: "end-to-end", classes: names, reason: `${shape}: left, top, right, bottom, score, class` },
    ];
  if (a !== null && isGrid(b, 1)) add("yolov8", a - 4 - masks, "a column for every cell");
  if (b !== null && isGrid(a, 3)) add("yolov5", b - 5 - masks, "three rows for every cell");
  if (b !== null && isGrid(a, 1)) {
    const withCoarse = stridesOf(a!, size, 1)!.includes(64);
    if (withCoarse && b > 32) add("nanodet-plus", b - 32, "a row for every cell of strides 8 to 64");
    else add("yolox", b - 5, "a row for every cell");
  }
  // Detections of an unknown number: with the names of the classes, the columns still tell.
  if (signs.length === 0 && names !== null && a === names + 4 + masks && b === null)
    add("yolov8", names, "a row for every class behind the box");
  if (signs.length === 0 && b !== null && (ultralytics?.isDetr || (a !== null && a <= 1000 && a % 50 === 0)))
    add("ultralytics-detr", b - 4, "a row for every query");
  return signs;
}
