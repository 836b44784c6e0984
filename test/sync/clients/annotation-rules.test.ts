import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  NewAnnotation,
  NewDetection,
  NewSequence,
  Prediction,
  Track,
} from "../../../sync/clients/annotation-api.ts";
import {
  problemOfBox,
  problemsOfAnnotation,
  problemsOfDetection,
  problemsOfPicture,
  problemsOfSequence,
} from "../../../sync/clients/annotation-rules.ts";
import { makeJpegs, withThumbnail } from "../../fakes/pictures.ts";
import { readRecorded } from "../../fakes/recorded-service.ts";

const sequence: NewSequence = {
  source_api: "pyronear_french",
  alert_api_id: 1001,
  camera_name: "cam-01",
  camera_id: 7,
  organisation_name: "org",
  organisation_id: 1,
  lat: 44,
  lon: 5,
  recorded_at: "2026-07-01T10:00:00",
  last_seen_at: "2026-07-01T10:05:00Z",
};
const smoke: Prediction = { xyxyn: [0.1, 0.1, 0.2, 0.2], confidence: 0.9, class_name: "smoke" };
const detection: NewDetection = {
  sequence_id: 1,
  alert_api_id: 501,
  recorded_at: "2026-07-01T10:00:00.123456+02:00",
  algo_predictions: [smoke],
};
const track: Track = {
  is_smoke: true,
  smoke_type: null,
  false_positive_types: [],
  bboxes: [{ detection_id: 1, xyxyn: [0.1, 0.1, 0.2, 0.2] }],
};
const annotation: NewAnnotation = {
  sequence_id: 1,
  tracks: [track],
  processing_stage: "ready_to_annotate",
  has_missed_smoke: false,
};

test("what the service takes has no problems", () => {
  const full: NewSequence = {
    ...sequence,
    alert_api_id: -3,
    azimuth: 0,
    is_wildfire_alertapi: "other",
    platform_alert_id: 1001,
    created_at: "2026-07-01 10:00:00+00:00",
    temporal_model_score: 0,
    temporal_model_version: "x".repeat(32),
    temporal_api_version: "",
  };
  assert.deepEqual(problemsOfSequence(sequence), []);
  assert.deepEqual(problemsOfSequence(full), []);
  assert.deepEqual(problemsOfDetection(detection), []);
  assert.deepEqual(problemsOfDetection({ ...detection, algo_predictions: [], others_bboxes: [smoke] }), []);
  const { sequence_id: _id, ...early } = detection;
  assert.deepEqual(problemsOfDetection(early), []);
  assert.deepEqual(problemsOfAnnotation(annotation), []);
  assert.deepEqual(
    problemsOfAnnotation({ processing_stage: "imported", has_missed_smoke: false, tracks: [] }),
    [],
  );
});

test("each rule of a sequence is told with its value", () => {
  const broken: readonly (readonly [Partial<Record<keyof NewSequence, unknown>>, RegExp])[] = [
    [{ source_api: "edge_x" }, /^source_api: expected one of pyronear_french, .*, got "edge_x"$/],
    [{ alert_api_id: 2 ** 53 }, /^alert_api_id: expected a whole number of .*, got 9007199254740992$/],
    [{ alert_api_id: 1.5 }, /^alert_api_id: .*, got 1.5$/],
    [{ camera_id: 3_000_000_000 }, /^camera_id: .* to 2147483647, got 3000000000$/],
    [{ organisation_id: -(2 ** 31) - 1 }, /^organisation_id: /],
    [{ camera_name: "" }, /^camera_name: expected a text, got ""$/],
    [{ organisation_name: "a\0b" }, /^organisation_name: expected a text, got "a\\u0000b"$/],
    [{ lat: 999 }, /^lat: expected -90 to 90, got 999$/],
    [{ lon: Number.NaN }, /^lon: expected -180 to 180, got NaN$/],
    [{ recorded_at: "yesterday" }, /^recorded_at: expected a time like .*, got "yesterday"$/],
    [{ recorded_at: "2026-02-30T10:00:00Z" }, /^recorded_at: /],
    [{ recorded_at: "2026-07-01" }, /^recorded_at: /],
    [{ last_seen_at: "2026-07-01T24:00:00" }, /^last_seen_at: /],
    [{ azimuth: 100.5 }, /^azimuth: expected a whole number of 0 to 359, got 100.5$/],
    [{ azimuth: 360 }, /^azimuth: .*, got 360$/],
    [{ is_wildfire_alertapi: "true" }, /^is_wildfire_alertapi: .*, got "true"$/],
    [{ platform_alert_id: Number.POSITIVE_INFINITY }, /^platform_alert_id: /],
    [{ temporal_model_score: Number.NaN }, /^temporal_model_score: expected a number, got NaN$/],
    [{ temporal_model_version: "x".repeat(33) }, /^temporal_model_version: expected at most 32 characters/],
  ];
  for (const [change, words] of broken) {
    const problems = problemsOfSequence({ ...sequence, ...change } as NewSequence);
    assert.equal(problems.length, 1, JSON.stringify(change));
    assert.match(problems[0]!, words);
  }
  const many = problemsOfSequence({ ...sequence, lat: 91, lon: 181, azimuth: -5 });
  assert.deepEqual(
    many.map((problem) => problem.split(":")[0]),
    ["lat", "lon", "azimuth"],
  );
});

test("each rule of a detection's boxes is told with its place and value", () => {
  const boxes: readonly (readonly [readonly number[], RegExp])[] = [
    [[0.1, 0.1, 1.2, 0.2], /expected edges of 0 to 1, got \[0.1, 0.1, 1.2, 0.2\]/],
    [[-0.1, 0.1, 0.2, 0.2], /edges of 0 to 1/],
    [[0.5, 0.1, 0.2, 0.2], /left < right and top < bottom/],
    [[0.1, 0.1, 0.1, 0.2], /left < right/],
    [[0, 0, 0, 0], /left < right/],
    [[0.1, 0.2, 0.3], /expected four numbers/],
    [[0.1, 0.2, 0.3, Number.NaN], /expected four numbers/],
  ];
  for (const [xyxyn, words] of boxes) {
    assert.match(problemOfBox(xyxyn)!, words);
    const others_bboxes = [smoke, { ...smoke, xyxyn: xyxyn as Prediction["xyxyn"] }];
    const [problem, ...more] = problemsOfDetection({ ...detection, others_bboxes });
    assert.match(problem!, /^others_bboxes\[1\]\.xyxyn: /);
    assert.deepEqual(more, []);
  }
  for (const confidence of [-0.1, 1.2, Number.NaN])
    assert.match(
      problemsOfDetection({ ...detection, algo_predictions: [{ ...smoke, confidence }] })[0]!,
      /^algo_predictions\[0\]\.confidence: expected 0 to 1, got /,
    );
  assert.match(problemsOfDetection({ ...detection, sequence_id: 0 })[0]!, /^sequence_id: /);
  assert.match(problemsOfDetection({ ...detection, recorded_at: "" })[0]!, /^recorded_at: /);
});

test("each rule of an annotation is told with its place and value", () => {
  const broken: readonly (readonly [Partial<Record<keyof NewAnnotation, unknown>>, RegExp])[] = [
    [{ processing_stage: "under_annotation" }, /^processing_stage: .*, got "under_annotation"$/],
    [{ tracks: [] }, /^tracks: expected at least one track at ready_to_annotate, got none$/],
    [{ tracks: [{ ...track, smoke_type: "fog" }] }, /^tracks\[0\]\.smoke_type: .*, got "fog"$/],
    [
      { tracks: [track, { ...track, false_positive_types: ["sky", "bird"] }] },
      /^tracks\[1\]\.false_positive_types\[1\]: .*, got "bird"$/,
    ],
    [
      { tracks: [{ ...track, bboxes: [...track.bboxes, ...track.bboxes] }] },
      /^tracks\[0\]\.bboxes: expected one box a detection, got several of 1$/,
    ],
    [
      { tracks: [{ ...track, bboxes: [{ detection_id: 1, xyxyn: [0, 0, 0, 0] }] }] },
      /^tracks\[0\]\.bboxes\[0\]\.xyxyn: /,
    ],
    [
      { tracks: [{ ...track, bboxes: [{ detection_id: 0.5, xyxyn: [0, 0, 1, 1] }] }] },
      /^tracks\[0\]\.bboxes\[0\]\.detection_id: /,
    ],
    [{ sequence_id: -1 }, /^sequence_id: /],
  ];
  // Of a change, an older server decides.
  assert.deepEqual(problemsOfAnnotation({ processing_stage: "needs_manual", has_missed_smoke: false }), []);
  for (const [change, words] of broken) {
    const problems = problemsOfAnnotation({ ...annotation, ...change } as NewAnnotation);
    assert.equal(problems.length, 1, JSON.stringify(change));
    assert.match(problems[0]!, words);
  }
});

test("a picture is a whole JPEG or PNG, whatever it is called", async () => {
  const [jpeg, small] = await makeJpegs(2);
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==",
    "base64",
  );
  for (const good of [jpeg!, withThumbnail(jpeg!, small!), Buffer.concat([jpeg!, Buffer.alloc(64)]), png])
    assert.deepEqual(problemsOfPicture(good), []);
  assert.match(problemsOfPicture(new Uint8Array(0))[0]!, /expected a JPEG, got no bytes/);
  assert.match(
    problemsOfPicture(Buffer.from("not a picture"))[0]!,
    /got 13 bytes that begin with 0x6e6f742061207069/,
  );
  assert.match(problemsOfPicture(Buffer.from("<html></html>"))[0]!, /expected a JPEG \(or PNG\)/);
  for (const cut of [
    jpeg!.subarray(0, jpeg!.length - 40),
    jpeg!.subarray(0, 3),
    withThumbnail(jpeg!, small!).subarray(0, small!.length + 30),
    png.subarray(0, 50),
  ])
    assert.match(problemsOfPicture(cut)[0]!, /expected a whole picture, got \d+ bytes without its end/);
});

test("every create that the real service refused for what it holds is known before it is sent", () => {
  const stricter = new Set([
    "seq azimuth 360",
    "seq azimuth -5",
    "seq azimuth 999",
    "seq lat 999",
    "seq bigint alert id",
  ]);
  const otherReasons = new Set([
    "seq as json",
    "det no file",
    "det predictions not json",
    "det predictions null",
  ]);
  const numbers = [
    "alert_api_id",
    "camera_id",
    "organisation_id",
    "lat",
    "lon",
    "azimuth",
    "platform_alert_id",
    "sequence_id",
  ];
  let checked = 0;
  for (const { case: name, request, response } of readRecorded("annotation")) {
    const { status } = response;
    if (request.method !== "POST" || otherReasons.has(name)) continue;
    const isCreate = request.path === "/sequences/" || request.path === "/detections/";
    if (!isCreate || ![201, 409, 422, 500].includes(status)) continue;
    const fields = Object.fromEntries(
      Object.entries(request.data ?? {}).map(([key, value]) => [
        key,
        numbers.includes(key)
          ? Number(value)
          : /bboxes|predictions/.test(key)
            ? JSON.parse(String(value)).predictions
            : value,
      ]),
    );
    const problems =
      request.path === "/sequences/"
        ? problemsOfSequence({
            last_seen_at: "2026-07-01T10:05:00",
            camera_name: "",
            ...fields,
          } as unknown as NewSequence)
        : problemsOfDetection(fields as unknown as NewDetection);
    const isRefused = status === 422 || status === 500 || stricter.has(name);
    assert.equal(problems.length > 0, isRefused, `${name}: ${problems.join("; ")}`);
    checked += 1;
  }
  assert.ok(checked > 25, String(checked));
});
