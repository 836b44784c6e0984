import assert from "node:assert/strict";
import { test } from "node:test";
import { annotationFingerprint, isHumanWork } from "../../../agent/import/human-work.ts";
import type { AnnotationRow } from "../../../sync/clients/annotation-api.ts";

const track = {
  is_smoke: true,
  smoke_type: null,
  false_positive_types: [],
  bboxes: [{ detection_id: 1, xyxyn: [0.1, 0.1, 0.2, 0.2] }],
};

const row = (change: Partial<AnnotationRow> = {}): AnnotationRow => ({
  id: 1,
  sequence_id: 1,
  has_smoke: true,
  has_false_positives: false,
  false_positive_types: [],
  smoke_types: [],
  has_missed_smoke: false,
  is_unsure: false,
  annotation: { sequences_bbox: [track] },
  processing_stage: "ready_to_annotate",
  created_at: "2026-07-01T10:00:00Z",
  updated_at: null,
  contributors: [],
  ...change,
});
const tracked = (...tracks: object[]) => row({ annotation: { sequences_bbox: tracks as (typeof track)[] } });

test("isHumanWork() takes every stage but the two of programs for a person's, also one it has never heard of", () => {
  for (const stage of ["imported", "ready_to_annotate"])
    assert.ok(!isHumanWork(row({ processing_stage: stage }), []), stage);
  for (const stage of [
    "seq_annotation_done",
    "annotated",
    "under_annotation",
    "needs_manual",
    "reviewed_2027",
  ])
    assert.ok(isHumanWork(row({ processing_stage: stage }), []), stage);
});

test("isHumanWork() sees what a person did without touching the stage", () => {
  assert.ok(isHumanWork(row({ is_unsure: true }), []));
  assert.ok(isHumanWork(row({ has_missed_smoke: true }), []));
  assert.ok(isHumanWork(row({ contributors: [{ id: 2, username: "ana" }] }), []));
  assert.ok(isHumanWork(tracked({ ...track, smoke_type: "industrial" }), []));
  assert.ok(isHumanWork(tracked({ ...track, is_smoke: false, false_positive_types: ["cliff"] }), []));
  // Changed since it was made, and not by us.
  assert.ok(isHumanWork(row({ updated_at: "2026-07-02T10:00:00Z" }), []));
});

test("isHumanWork() knows what this import wrote from what was made of it", () => {
  const wrote = [annotationFingerprint([track])];
  assert.ok(!isHumanWork(row({ updated_at: "2026-07-02T10:00:00Z" }), wrote));
  const moved = { ...track, bboxes: [{ detection_id: 1, xyxyn: [0.1, 0.1, 0.2, 0.21] }] };
  assert.ok(isHumanWork(tracked(moved), wrote));
  // Empty: nobody's, whoever left it so.
  assert.ok(!isHumanWork(tracked(), wrote));
});
