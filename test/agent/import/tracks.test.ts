import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ImportProblem } from "../../../agent/import/import-sequence.ts";
import { type TrackedDetection, trackOfObject, tracksOf } from "../../../agent/import/tracks.ts";
import type { Prediction, Track } from "../../../sync/clients/annotation-api.ts";

type Edges = Prediction["xyxyn"];
const vectors: {
  sequences_bbox: {
    predictions: { detection_id: number; xyxyn: Edges }[];
    iou_threshold: number;
    min_cluster_size: number;
    sequences_bbox: Track[];
  }[];
} = JSON.parse(
  readFileSync(new URL("../../fixtures/pyronear/cluster-vectors.json", import.meta.url), "utf8"),
);
const seen = (id: number, ...boxes: Edges[]): TrackedDetection => ({
  id,
  predictions: boxes.map((xyxyn) => ({ xyxyn, confidence: 0.5, class_name: "smoke" })),
});
const guide = { iouThreshold: 0.3, confidenceThreshold: 0, minClusterSize: 1, strict: false };
const collect = () => {
  const problems: ImportProblem[] = [];
  return { problems, onProblem: (problem: ImportProblem) => void problems.push(problem) };
};

for (const [index, vector] of vectors.sequences_bbox.entries())
  test(`tracksOf() builds what the annotation service builds, ${index + 1}`, () => {
    const told = collect();
    const detections = vector.predictions.map(({ detection_id, xyxyn }) => seen(detection_id, xyxyn));
    assert.deepEqual(
      tracksOf(detections, {
        ...guide,
        ...told,
        iouThreshold: vector.iou_threshold,
        minClusterSize: vector.min_cluster_size,
        strict: true,
      }),
      vector.sequences_bbox,
    );
    const invalid = vector.predictions.filter(({ xyxyn: [x1, y1, x2, y2] }) => x1 >= x2 || y1 >= y2);
    assert.equal(told.problems.length, invalid.length);
  });

test("tracksOf() has one box a detection: two of a plume become the box around them", () => {
  const [track] = tracksOf(
    [seen(7, [0.1, 0.1, 0.3, 0.3], [0.15, 0.1, 0.35, 0.3]), seen(9, [0.12, 0.1, 0.32, 0.3])],
    { ...guide, ...collect() },
  );
  assert.deepEqual(track, {
    is_smoke: true,
    smoke_type: null,
    false_positive_types: [],
    bboxes: [
      { detection_id: 7, xyxyn: [0.1, 0.1, 0.35, 0.3] },
      { detection_id: 9, xyxyn: [0.12, 0.1, 0.32, 0.3] },
    ],
  });
});

test("tracksOf() is empty when nothing is left, and says nothing of it", () => {
  const told = collect();
  assert.deepEqual(tracksOf([], { ...guide, ...told }), []);
  assert.deepEqual(tracksOf([seen(1)], { ...guide, ...told }), []);
  assert.deepEqual(tracksOf([seen(1, [0, 0, 1, 1])], { ...guide, ...told, confidenceThreshold: 0.9 }), []);
  assert.deepEqual(told.problems, []);
});

test("tracksOf() leaves out what the server would refuse, and tells of it", () => {
  const told = collect();
  const tracks = tracksOf([seen(3, [0.2, 0.2, 0.2, 0.4]), seen(4, [0.2, 0.2, 0.4, 1.4])], {
    ...guide,
    ...told,
  });
  assert.deepEqual(tracks, []);
  assert.deepEqual(
    told.problems.map(({ of }) => of),
    ["detection 3", "detection 4"],
  );
  assert.match(told.problems[1]!.problem, /edges of 0 to 1, got \[0.2, 0.2, 0.4, 1.4\]/);
});

test("trackOfObject() is one track, however far the object moved", () => {
  const [track, ...more] = trackOfObject(
    [seen(1, [0, 0, 0.1, 0.1]), seen(2), seen(3, [0.8, 0.8, 0.9, 0.9])],
    collect(),
  );
  assert.deepEqual(
    track?.bboxes.map(({ detection_id }) => detection_id),
    [1, 3],
  );
  assert.deepEqual(more, []);
  assert.deepEqual(trackOfObject([seen(1)], collect()), []);
});
