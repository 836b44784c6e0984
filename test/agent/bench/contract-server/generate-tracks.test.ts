// The server's own clustering gives what the real service's code gave.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { PredictionRow, Xyxyn } from "../../../../agent/bench/contract-server/annotation/boxes.ts";
import {
  clusterStrictly,
  generateTracks,
  iouOf,
  type TrackRow,
} from "../../../../agent/bench/contract-server/annotation/generate-tracks.ts";

type Vectors = {
  readonly iou: readonly { readonly a: Xyxyn; readonly b: Xyxyn; readonly iou: number }[];
  readonly cluster: readonly {
    readonly name: string;
    readonly boxes: readonly Xyxyn[];
    readonly iou_threshold: number;
    readonly clusters_as_box_indexes: readonly (readonly number[])[];
  }[];
  readonly sequences_bbox: readonly {
    readonly predictions: readonly { readonly detection_id: number; readonly xyxyn: Xyxyn }[];
    readonly iou_threshold: number;
    readonly min_cluster_size: number;
    readonly sequences_bbox: readonly TrackRow[];
  }[];
};

const file = join(import.meta.dirname, "../../../fixtures/pyronear/cluster-vectors.json");
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

test("iouOf() equals every golden vector", () => {
  for (const { a, b, iou } of vectors.iou) assert.ok(Math.abs(iouOf(a, b) - iou) < 1e-9, `${a} and ${b}`);
});

test("clusterStrictly() equals every golden vector", () => {
  for (const { name, boxes, iou_threshold, clusters_as_box_indexes } of vectors.cluster) {
    const placed = boxes.map((xyxyn, index) => ({ xyxyn, index }));
    const clusters = clusterStrictly(placed, iou_threshold).map((cluster) => cluster.map((box) => box.index));
    assert.deepEqual(clusters, clusters_as_box_indexes, name);
  }
});

test("generateTracks() equals every golden vector, same-frame boxes in their enclosing box", () => {
  assert.ok(vectors.sequences_bbox.length > 0);
  for (const { predictions, sequences_bbox, iou_threshold, min_cluster_size } of vectors.sequences_bbox) {
    const detections = predictions.map(({ detection_id: id, xyxyn }) => {
      const prediction: PredictionRow = { xyxyn, confidence: 0.5, class_name: "smoke" };
      return { id, predictions: [prediction] };
    });
    const thresholds = { confidence_threshold: 0, iou_threshold, min_cluster_size };
    assert.deepEqual(generateTracks(detections, thresholds), sequences_bbox);
  }
});
