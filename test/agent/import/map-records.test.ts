import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type MapOptions, mapSequence, RefusedSequence } from "../../../agent/import/map-records.ts";
import { problemsOfDetection, problemsOfSequence } from "../../../sync/clients/annotation-rules.ts";
import type {
  PlatformCamera,
  PlatformDetection,
  PlatformOrganization,
  PlatformSequence,
} from "../../../sync/clients/platform-api.ts";
import { parseUtc } from "../../../sync/utc-time.ts";

const camera: PlatformCamera = {
  id: 3,
  organization_id: 2,
  name: "croix-augas",
  angle_of_view: 54.2,
  elevation: 110,
  lat: 48.4,
  lon: 2.7,
  is_trustable: true,
  last_active_at: null,
  last_image: null,
  created_at: "2024-01-01T00:00:00",
};
const organization: PlatformOrganization = { id: 2, name: "sdis-77" };
const sequence: PlatformSequence = {
  id: 41,
  camera_id: 3,
  camera_azimuth: 359.7,
  is_wildfire: null,
  started_at: "2026-07-01T10:00:00.25",
  last_seen_at: "2026-07-01T10:05:00",
  temporal_model_score: null,
  is_validated: false,
};
const row = (id: number, more: Partial<PlatformDetection> = {}): PlatformDetection => ({
  id,
  camera_id: 3,
  pose_id: 1,
  sequence_id: 41,
  bucket_key: `3-2026070110000${id}-aaaaaaaa.jpg`,
  bbox: "[(0.1,0.1,0.2,0.2,0.5)]",
  others_bboxes: null,
  created_at: `2026-07-01T10:00:${String(10 + id).padStart(2, "0")}`,
  recorded_at: `2026-07-01T10:00:${String(id).padStart(2, "0")}`,
  url: `http://pictures/${id}.jpg`,
  crop_url: null,
  ...more,
});
const options: MapOptions = { sourceApi: "pyronear_french", times: "recorded", limit: null };
const map = (
  rows: readonly PlatformDetection[] = [row(1)],
  change: Partial<PlatformSequence> = {},
  with_: Partial<MapOptions> = {},
) =>
  mapSequence(
    { sequence: { ...sequence, ...change }, detections: rows },
    new Map([[3, camera]]),
    new Map([[2, organization]]),
    { ...options, ...with_ },
  );
const edges = (predictions: readonly { xyxyn: readonly number[] }[] | undefined) =>
  predictions?.map(({ xyxyn }) => xyxyn);

test("mapSequence() says everything in the words of the annotation API, with times in UTC", () => {
  const { sourceId, draft, detections, problems } = map();
  assert.equal(sourceId, 41);
  assert.deepEqual(draft, {
    source_api: "pyronear_french",
    alert_api_id: 41,
    platform_alert_id: 41,
    camera_name: "croix-augas",
    camera_id: 3,
    organisation_name: "sdis-77",
    organisation_id: 2,
    lat: 48.4,
    lon: 2.7,
    recorded_at: "2026-07-01T10:00:00.250000Z",
    last_seen_at: "2026-07-01T10:05:00.000000Z",
    azimuth: 0,
  });
  assert.deepEqual(detections, [
    {
      alert_api_id: 1,
      recorded_at: "2026-07-01T10:00:01.000000Z",
      algo_predictions: [{ xyxyn: [0.1, 0.1, 0.2, 0.2], confidence: 0.5, class_name: "smoke" }],
      picture: { url: "http://pictures/1.jpg", bucketKey: "3-20260701100001-aaaaaaaa.jpg" },
    },
  ]);
  assert.deepEqual(problems, []);
});

test("mapSequence() keeps the capture time of a late upload; the time of arrival on demand, or where there is no other", () => {
  const late = row(1, { recorded_at: "2026-06-30T08:00:00", created_at: "2026-07-01T10:00:00" });
  assert.equal(map([late]).detections[0]?.recorded_at, "2026-06-30T08:00:00.000000Z");
  assert.equal(
    map([late], {}, { times: "created" }).detections[0]?.recorded_at,
    "2026-07-01T10:00:00.000000Z",
  );
  const { recorded_at: _, ...old } = late;
  const { detections, problems } = map([old]);
  assert.equal(detections[0]?.recorded_at, "2026-07-01T10:00:00.000000Z");
  assert.deepEqual(problems, []);
});

test("mapSequence() does not believe a clock that was not set, and says so", () => {
  for (const recorded_at of ["1970-01-01T00:03:00", "2027-01-01T00:00:00", "yesterday"]) {
    const { detections, problems } = map([row(1, { recorded_at, created_at: "2026-07-01T10:00:00" })]);
    assert.equal(detections[0]?.recorded_at, "2026-07-01T10:00:00.000000Z");
    assert.equal(problems[0]?.of, "detection 1");
    assert.match(problems[0].problem, new RegExp(`got "${recorded_at}"; the time of arrival is used`));
  }
});

test("mapSequence() puts detections in the order of their capture, whatever the order of the rows", () => {
  const rows = [row(4), row(2, { recorded_at: "2026-07-01T10:00:09" }), row(3), row(1)];
  const ids = ({ detections }: ReturnType<typeof map>) => detections.map(({ alert_api_id }) => alert_api_id);
  assert.deepEqual(ids(map(rows)), [1, 3, 4, 2]);
  assert.deepEqual(map(rows).detections, map([...rows].reverse()).detections);
});

test("mapSequence() makes one detection of the rows of one picture, with the boxes of all of them", () => {
  const shared = { bucket_key: "same.jpg", recorded_at: "2026-07-01T10:00:01" };
  const left = "(0.1,0.1,0.2,0.2,0.5)";
  const right = "(0.6,0.6,0.7,0.7,0.3)";
  const elsewhere = "(0.8,0.1,0.9,0.2,0.4)";
  const { detections } = map([
    row(5, { ...shared, bbox: `[${right}]`, others_bboxes: `[${left},${elsewhere}]` }),
    row(4, { ...shared, bbox: `[${left}]`, others_bboxes: `[${right},${elsewhere}]` }),
    row(6),
  ]);
  assert.equal(detections.length, 2);
  const [picture] = detections;
  assert.equal(picture?.alert_api_id, 4);
  assert.deepEqual(edges(picture.algo_predictions), [
    [0.1, 0.1, 0.2, 0.2],
    [0.6, 0.6, 0.7, 0.7],
  ]);
  assert.deepEqual(edges(picture.others_bboxes), [[0.8, 0.1, 0.9, 0.2]]);
});

test("mapSequence() keeps the first pictures of the order asked for, not the first rows", () => {
  const rows = [
    row(1, { bucket_key: "a" }),
    row(2, { bucket_key: "a" }),
    row(3, { bucket_key: "b" }),
    row(4),
  ];
  const ids = (all: readonly PlatformDetection[]) =>
    map(all, {}, { limit: 2 }).detections.map(({ alert_api_id }) => alert_api_id);
  assert.deepEqual(ids(rows), [1, 3]);
  assert.deepEqual(ids([...rows].reverse()), [3, 4]);
});

test("mapSequence() leaves out the box that nobody can use, tells of it, and keeps the picture", () => {
  const { detections, problems } = map([
    row(1, { bbox: "[(0,0,0,0,0)]" }),
    row(2, { bbox: "[(0.1,0.1,0.1,0.5,0.5),(0.2,0.2,0.3,0.3,0.9)]" }),
    row(3, { bbox: "no boxes", others_bboxes: "[(0,0,2,1,1)]" }),
    row(4, { bbox: "[]", others_bboxes: "[]" }),
  ]);
  assert.deepEqual(
    detections.map(({ algo_predictions }) => algo_predictions.length),
    [0, 1, 0, 0],
  );
  assert.deepEqual(
    problems.map(({ of }) => of),
    ["detection 1", "detection 2", "detection 3", "detection 3"],
  );
  assert.match(problems[3]!.problem, /^others_bboxes: expected .*; the box is left out$/);
  for (const detection of detections) assert.equal("others_bboxes" in detection, false);
});

test("mapSequence() refuses a sequence without its camera or organization, and says which", () => {
  assert.throws(() => map([], { camera_id: 9 }), {
    name: "RefusedSequence",
    message: /^sequence 41: expected a camera that the platform account can see, got camera_id 9$/,
  });
  const stranger = { ...camera, organization_id: 7 };
  assert.throws(
    () => mapSequence({ sequence, detections: [] }, new Map([[3, stranger]]), new Map(), options),
    (thrown) =>
      thrown instanceof RefusedSequence && /organization_id 7 of camera "croix-augas"/.test(thrown.message),
  );
  assert.throws(() => map([], { started_at: "noon" }), /started_at: expected a time .*got "noon"/);
});

test("mapSequence() normalises the direction as the existing import does", () => {
  const cases = { 0: 0, 359.5: 0, 359.4: 359, 100.5: 100, 101.5: 102, [-90]: 270, 720.2: 0 };
  for (const [given, expected] of Object.entries(cases))
    assert.equal(map([], { camera_azimuth: Number(given) }).draft.azimuth, expected, given);
  assert.equal("azimuth" in map([], { camera_azimuth: undefined }).draft, false);
});

test("mapSequence() sends no score where there is none, and 0 where it is 0", () => {
  assert.equal("temporal_model_score" in map().draft, false);
  const { draft, problems } = map([], {
    temporal_model_score: 0,
    temporal_model_version: "v1.2",
    temporal_api_version: "x".repeat(33),
  });
  assert.equal(draft.temporal_model_score, 0);
  assert.equal(draft.temporal_model_version, "v1.2");
  assert.equal("temporal_api_version" in draft, false);
  assert.match(problems[0]!.problem, /temporal_api_version: expected at most 32 characters/);
});

test("mapSequence() knows the kinds of the annotation API only", () => {
  assert.equal(map([], { is_wildfire: "other_smoke" }).draft.is_wildfire_alertapi, "other_smoke");
  const { draft, problems } = map([], { is_wildfire: "fog" });
  assert.equal("is_wildfire_alertapi" in draft, false);
  assert.match(problems[0]!.problem, /is_wildfire: expected one of .*, got "fog"; left out/);
});

test("mapSequence() makes only what the annotation API takes", () => {
  const edge = fc.double({ min: -0.2, max: 1.2, noNaN: true });
  const box = fc.tuple(edge, edge, edge, edge, edge).map((numbers) => `(${numbers.join(",")})`);
  const boxes = fc.oneof(
    fc.array(box, { maxLength: 4 }).map((all) => `[${all.join(",")}]`),
    fc.string(),
  );
  const time = fc.oneof(
    fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date("2100-01-01") })
      .map((date) => date.toISOString()),
    fc.string(),
  );
  const rows = fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: 50 }),
      bucket_key: fc.constantFrom("a", "b", "c", ""),
      bbox: boxes,
      others_bboxes: fc.option(boxes),
      created_at: time,
      recorded_at: time,
    }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(rows, fc.double({ noNaN: true, min: -1e6, max: 1e6 }), (all, camera_azimuth) => {
      const { draft, detections } = map(
        all.map((each) => row(each.id, each)),
        { camera_azimuth },
      );
      assert.deepEqual(problemsOfSequence(draft), []);
      for (const { picture: _, ...detection } of detections)
        assert.deepEqual(problemsOfDetection({ ...detection, sequence_id: 1 }), []);
      const times = detections.map(({ recorded_at }) => parseUtc(recorded_at)!);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
    }),
  );
});
