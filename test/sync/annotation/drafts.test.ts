import assert from "node:assert/strict";
import { test } from "node:test";
import { draftDetection, draftSequence, draftTracks, formatIso } from "../../../sync/annotation/drafts.ts";
import { detectionKey, sequenceKey } from "../../../sync/annotation/keys.ts";

const imgId = "20260701T10-00-00-123456";
const takenUs = Date.UTC(2026, 6, 1, 10) * 1000 + 123_456;
const box = { left: 0.1, top: 0.2, right: 0.3, bottom: 0.4 };
const place = { id: 7, name: "north", lat: 44.5, lon: 4.1, azimuth: -90.4 };

test("draftSequence() keeps the capture times, the natural key and the place", () => {
  const draft = draftSequence(
    { id: "01J9ZK3V6M8Q4N2T5W7X9Y0A1B" },
    {
      sourceApi: "pyronear_french",
      organisation: { id: 3, name: "Rangers" },
      place,
      firstUs: takenUs,
      lastUs: takenUs + 61_000_001,
    },
  );
  assert.deepEqual(draft, {
    source_api: "pyronear_french",
    alert_api_id: sequenceKey("01J9ZK3V6M8Q4N2T5W7X9Y0A1B"),
    camera_name: "north",
    camera_id: 7,
    organisation_name: "Rangers",
    organisation_id: 3,
    lat: 44.5,
    lon: 4.1,
    recorded_at: "2026-07-01T10:00:00.123456Z",
    last_seen_at: "2026-07-01T10:01:01.123457Z",
    azimuth: 270,
  });
});

test("draftSequence() says nothing of where a camera looks that nobody said, nor that the end was before the beginning", () => {
  const draft = draftSequence(
    { id: "x" },
    {
      sourceApi: "api_cenia",
      organisation: { id: 3, name: "Rangers" },
      place: { ...place, azimuth: null },
      firstUs: 1_000_000,
      lastUs: 0,
    },
  );
  assert.equal("azimuth" in draft, false);
  assert.equal(draft.last_seen_at, draft.recorded_at);
});

test("draftDetection() sends the object's box, and the others as context; nothing outside the picture", () => {
  const detection = draftDetection(
    { imgId, box: { left: -0.1, top: 0.2, right: 0.3, bottom: 1.2 }, confidence: 0 },
    {
      sequenceId: 12,
      className: "smoke",
      takenUs,
      others: [
        { box, confidence: 1.5, className: "animal" },
        { box: { ...box, right: 0.1 }, confidence: 0.5, className: "line" },
      ],
    },
  );
  assert.deepEqual(detection, {
    sequence_id: 12,
    alert_api_id: detectionKey(imgId),
    recorded_at: "2026-07-01T10:00:00.123456Z",
    algo_predictions: [{ xyxyn: [0, 0.2, 0.3, 1], confidence: 0, class_name: "smoke" }],
    others_bboxes: [{ xyxyn: [0.1, 0.2, 0.3, 0.4], confidence: 1, class_name: "animal" }],
  });
  const empty = draftDetection(
    { imgId, box: null, confidence: 0 },
    { sequenceId: 12, className: "smoke", takenUs, others: [] },
  );
  assert.deepEqual(empty.algo_predictions, []);
  assert.equal("others_bboxes" in empty, false);
});

test("draftTracks() has one box a detection that the service has, and none where there is no box at all", () => {
  const detectionIds = new Map([
    ["a", 1],
    ["c", 3],
  ]);
  const frames = [
    { imgId: "a", box },
    { imgId: "b", box },
    { imgId: "c", box: null },
  ];
  assert.deepEqual(draftTracks(frames, { detectionIds, isSmoke: true }), [
    {
      is_smoke: true,
      smoke_type: null,
      false_positive_types: [],
      bboxes: [{ detection_id: 1, xyxyn: [0.1, 0.2, 0.3, 0.4] }],
    },
  ]);
  assert.deepEqual(draftTracks(frames.slice(2), { detectionIds, isSmoke: true }), []);
});

test("formatIso() keeps to what the service takes", () => {
  assert.equal(formatIso(0), "1970-01-01T00:00:00.000000Z");
  assert.equal(formatIso(-1), "1969-12-31T23:59:59.999999Z");
});
