// What has no problems by our rules is taken by a server that holds the real one's rules: nothing is parked there that could have been known here.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NewAnnotation, NewDetection, NewSequence } from "../../../sync/clients/annotation-api.ts";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import {
  problemsOfAnnotation,
  problemsOfDetection,
  problemsOfSequence,
} from "../../../sync/clients/annotation-rules.ts";
import { startAnnotationApi } from "../../fakes/annotation-api.ts";
import { makeJpegs } from "../../fakes/pictures.ts";

const { signal } = new AbortController();
const [jpeg] = await makeJpegs(1, { width: 32, height: 24 });

const whole = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 1.5, 359, 360, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 2 ** 53, Number.NaN),
);
const decimal = fc.oneof(
  fc.double({ min: -180, max: 180, noNaN: true }),
  fc.constantFrom(0, -0, 90, -90.1, 180, 1e-7, 5e-324, 999, Number.NaN, Number.POSITIVE_INFINITY),
);
const words = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  fc.constantFrom(
    "",
    " ",
    "a\0b",
    "cam&x=1",
    "+ %41",
    "é ☃ 😀",
    "wildfire_smoke",
    "other",
    "api_cenia",
    "pyronear_french",
    "edge_x",
    "null",
  ),
);
const time = fc.oneof(
  fc
    .date({ min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    "2026-07-01T10:00:00",
    "2026-07-01 10:00:00.123456+02:00",
    "2026-07-01T10:00Z",
    "2024-02-29T23:59:59-0930",
    "2026-02-29T00:00:00Z",
    "2026-07-01T10:00:60Z",
    "2026-07-01",
    "1751364000",
    "",
  ),
);
const edge = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, 0.5, -0.1, 1.1, 5e-324),
);
const box = fc.tuple(edge, edge, edge, edge);
const tidyBox = box.map(
  ([a, b, c, d]) => [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)] as const,
);
const prediction = fc.record({
  xyxyn: fc.oneof({ weight: 4, arbitrary: tidyBox }, box),
  confidence: edge,
  class_name: words,
});

/** Every field is usually right, so that each one's edges are met by themselves. */
const mostly = <T>(right: T, any: fc.Arbitrary<unknown>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(right) }, any as fc.Arbitrary<T>);

const sequences = fc.record(
  {
    source_api: mostly("pyronear_french", words),
    alert_api_id: fc.oneof({ weight: 5, arbitrary: fc.maxSafeInteger() }, whole),
    camera_name: mostly("cam", words),
    camera_id: mostly(7, whole),
    organisation_name: mostly("org", words),
    organisation_id: mostly(1, whole),
    lat: mostly(44, decimal),
    lon: mostly(5, decimal),
    recorded_at: mostly("2026-07-01T10:00:00Z", time),
    last_seen_at: mostly("2026-07-01T10:00:00Z", time),
    created_at: time,
    azimuth: mostly(10, whole),
    is_wildfire_alertapi: mostly("other", words),
    platform_alert_id: mostly(1, whole),
    temporal_model_score: decimal,
    temporal_model_version: words,
  },
  {
    requiredKeys: [
      "source_api",
      "alert_api_id",
      "camera_name",
      "camera_id",
      "organisation_name",
      "organisation_id",
      "lat",
      "lon",
      "recorded_at",
      "last_seen_at",
    ],
  },
) as fc.Arbitrary<NewSequence>;

test("sequences, detections and annotations without problems are taken", async (t) => {
  const server = await startAnnotationApi(t);
  const api = createAnnotationApi({
    url: server.url,
    login: async () => ({ username: server.username, password: server.password }),
  });
  t.after(api.close);
  const keys = new Set<number>();
  const sent = { sequences: 0, detections: 0, annotations: 0 };
  await fc.assert(
    fc.asyncProperty(sequences, async (draft) => {
      if (keys.has(draft.alert_api_id) || problemsOfSequence(draft).length > 0) return;
      keys.add(draft.alert_api_id);
      sent.sequences += 1;
      const { row, already } = await api.createSequence(draft, signal);
      assert.deepEqual(
        [already, row.alert_api_id, row.camera_name],
        [false, draft.alert_api_id, draft.camera_name],
      );
    }),
    { numRuns: 250 },
  );

  const { row } = await api.createSequence(
    {
      source_api: "alert_wildfire",
      alert_api_id: 1,
      camera_name: "cam",
      camera_id: 1,
      organisation_name: "org",
      organisation_id: 1,
      lat: 1,
      lon: 1,
      recorded_at: "2026-07-01T10:00:00Z",
      last_seen_at: "2026-07-01T10:00:00Z",
    },
    signal,
  );
  const detections = fc.record(
    {
      sequence_id: fc.constant(row.id),
      alert_api_id: whole,
      recorded_at: mostly("2026-07-01T10:00:00Z", time),
      algo_predictions: fc.array(prediction, { maxLength: 2 }),
      others_bboxes: fc.array(prediction, { maxLength: 1 }),
    },
    { requiredKeys: ["sequence_id", "alert_api_id", "recorded_at", "algo_predictions"] },
  ) as fc.Arbitrary<NewDetection>;
  const ids: number[] = [];
  await fc.assert(
    fc.asyncProperty(detections, async (draft) => {
      if (problemsOfDetection(draft).length > 0) return;
      sent.detections += 1;
      const created = await api.createDetection(draft, { bytes: jpeg!, fileName: "a.jpg" }, signal);
      if (!created.already)
        assert.equal(
          JSON.stringify(created.row.algo_predictions.predictions),
          JSON.stringify(draft.algo_predictions),
        );
      ids.push(created.row.id);
    }),
    { numRuns: 150 },
  );

  const tracks = fc.record({
    is_smoke: fc.boolean(),
    smoke_type: fc.constantFrom(null, "wildfire", "industrial", "fog"),
    false_positive_types: fc.array(fc.constantFrom("sky", "tree", "unlabeled", "bird"), { maxLength: 1 }),
    bboxes: fc.array(fc.record({ detection_id: fc.constantFrom(...ids), xyxyn: tidyBox }), { maxLength: 3 }),
  });
  const annotations = fc.record({
    sequence_id: fc.constant(row.id),
    processing_stage: fc.constantFrom(
      "imported",
      "ready_to_annotate",
      "seq_annotation_done",
      "under_annotation",
    ),
    has_missed_smoke: fc.boolean(),
    tracks: fc.array(tracks, { maxLength: 2 }),
  }) as fc.Arbitrary<NewAnnotation>;
  await fc.assert(
    fc.asyncProperty(annotations, async (draft) => {
      if (problemsOfAnnotation(draft).length > 0) return;
      sent.annotations += 1;
      const created = await api.createAnnotation(draft, signal);
      assert.equal(created.already, false);
      assert.equal(await api.deleteAnnotation(created.row.id, signal), true);
    }),
    { numRuns: 100 },
  );
  for (const [kind, count] of Object.entries(sent)) assert.ok(count >= 3, `${count} ${kind} were sent`);
});
