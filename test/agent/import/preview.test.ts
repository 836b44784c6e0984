import assert from "node:assert/strict";
import { test } from "node:test";
import { describePreview } from "../../../agent/import/describe-preview.ts";
import type { ImportSequence } from "../../../agent/import/import-sequence.ts";
import { type PreviewOptions, previewOf } from "../../../agent/import/preview.ts";
import { tracksOf } from "../../../agent/import/tracks.ts";

const at = (minute: number): string => `2026-07-01T10:0${minute}:00.000000Z`;
const box = (x: number) => ({ xyxyn: [x, 0.4, x + 0.1, 0.5] as const, confidence: 0.5, class_name: "smoke" });
const sequence: ImportSequence = {
  sourceId: 41,
  draft: {
    source_api: "pyronear_french",
    alert_api_id: 41,
    camera_name: "croix-augas",
    camera_id: 3,
    organisation_name: "sdis-77",
    organisation_id: 2,
    lat: 48,
    lon: 2,
    recorded_at: at(0),
    last_seen_at: at(3),
    azimuth: 120,
  },
  detections: [0, 1, 2].map((minute) => ({
    alert_api_id: 900 + minute,
    recorded_at: at(minute),
    algo_predictions: minute === 1 ? [box(0.1), box(0.8)] : [box(0.1 + minute / 100)],
    picture: { url: null, bucketKey: null },
  })),
  problems: [{ of: "detection 900", problem: "a box was none" }],
};
const guide: PreviewOptions = {
  tracksOf: (detections, onProblem) =>
    tracksOf(detections, {
      iouThreshold: 0.3,
      confidenceThreshold: 0,
      minClusterSize: 1,
      strict: false,
      onProblem,
    }),
  there: null,
};

test("previewOf() says what would be made, object by object", () => {
  assert.deepEqual(previewOf(sequence, guide), {
    sequence: 41,
    alertApiId: 41,
    camera: "croix-augas",
    organisation: "sdis-77",
    recordedAt: at(0),
    lastSeenAt: at(3),
    azimuth: 120,
    detections: 3,
    boxes: 4,
    clusters: [
      { frames: 3, firstSeenAt: at(0), lastSeenAt: at(2), meanBox: [0.1067, 0.4, 0.2067, 0.5] },
      { frames: 1, firstSeenAt: at(1), lastSeenAt: at(1), meanBox: [0.8, 0.4, 0.9, 0.5] },
    ],
    there: null,
    problems: [{ of: "detection 900", problem: "a box was none" }],
  });
});

test("describePreview() is a line a sequence and a line an object", () => {
  const there = previewOf(
    { ...sequence, detections: [], problems: [] },
    { ...guide, there: { id: 7, stage: "annotated" } },
  );
  assert.deepEqual(describePreview([previewOf(sequence, guide), there]).split("\n"), [
    "id  camera       seen (UTC)              facing  pictures  boxes  objects  there",
    "41  croix-augas  2026-07-01 10:00–10:03  120°    3         4      2        new",
    "    object 1: 3 pictures, 10:00:00 to 10:02:00, mean box 0.107 0.400 0.207 0.500",
    "    object 2: 1 picture, 10:01:00 to 10:01:00, mean box 0.800 0.400 0.900 0.500",
    "    note: detection 900: a box was none",
    "41  croix-augas  2026-07-01 10:00–10:03  120°    0         0      none     7, annotated",
  ]);
});

test("describePreview() names a split-off object by both ids, shows five problems, and moves no cursor", () => {
  const problems = Array.from({ length: 8 }, (_, one) => ({
    of: `detection ${one}`,
    problem: "bad\u001b[2J",
  }));
  const text = describePreview([
    previewOf(
      {
        ...sequence,
        problems,
        draft: { ...sequence.draft, alert_api_id: 1_000_041_001, camera_name: "a\u001bb" },
      },
      guide,
    ),
  ]);
  assert.match(text, /41 as 1000041001 {2}a b /);
  assert.match(text, /… and 3 more \(--json names all\)/);
  assert.equal(text.includes("\u001b"), false);
});

test("describePreview() of nothing says so", () => {
  assert.equal(describePreview([]), "nothing to preview");
});
