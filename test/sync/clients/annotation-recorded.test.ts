// The client against what the real annotation API was recorded to be asked and to answer.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type {
  AnnotationApi,
  NewDetection,
  NewSequence,
  Prediction,
  Track,
} from "../../../sync/clients/annotation-api.ts";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { MissingParent } from "../../../sync/clients/missing-parent.ts";
import { LoginRefused } from "../../../sync/clients/service-login.ts";
import { makeJpegs } from "../../fakes/pictures.ts";
import {
  assertRecorded,
  type RecordedCase,
  recordedCase,
  startRecorded,
} from "../../fakes/recorded-service.ts";

const { signal } = new AbortController();
const [jpeg] = await makeJpegs(1);
const recorded = (name: string): RecordedCase => recordedCase("annotation", name);

async function open(t: TestContext, ...cases: readonly RecordedCase[]) {
  const server = await startRecorded(t, cases);
  const api = createAnnotationApi({
    url: server.url,
    login: async () => ({ username: "admin", password: "admin12345" }),
  });
  t.after(api.close);
  return { api, server };
}

function sequenceOf({ request: { data = {} } }: RecordedCase): NewSequence {
  const numbers = ["alert_api_id", "camera_id", "organisation_id", "lat", "lon", "azimuth"];
  const fields = Object.entries(data).map(([name, value]) => [
    name,
    numbers.includes(name) ? Number(value) : value,
  ]);
  return Object.fromEntries(fields) as NewSequence;
}

function detectionOf({ request: { data = {} } }: RecordedCase): NewDetection {
  const list = (name: string): { [name: string]: Prediction[] } =>
    data[name] === undefined ? {} : { [name]: JSON.parse(String(data[name])).predictions };
  return {
    sequence_id: Number(data.sequence_id),
    alert_api_id: Number(data.alert_api_id),
    recorded_at: String(data.recorded_at),
    algo_predictions: [],
    ...list("algo_predictions"),
    ...list("others_bboxes"),
  };
}

/** One call that is one recorded exchange, request and answer. */
const exchanges: readonly {
  readonly name: string;
  readonly act: (api: AnnotationApi, recorded: RecordedCase) => Promise<unknown>;
  /** What the call gives of the recorded body; default: the body as `row`, not there before. */
  readonly gives?: (body: unknown) => unknown;
}[] = [
  ...[
    "seq ok",
    "seq azimuth 0",
    "seq negative alert id",
    "seq tz aware",
    "seq synthetic sibling",
    "seq other source same id",
  ].map((name) => ({
    name,
    act: (api: AnnotationApi, one: RecordedCase) => api.createSequence(sequenceOf(one), signal),
  })),
  ...["det ok", "det 2", "det 3 others", "det empty predictions"].map((name) => ({
    name,
    act: (api: AnnotationApi, one: RecordedCase) =>
      api.createDetection(detectionOf(one), { bytes: jpeg!, fileName: "image.jpg" }, signal),
  })),
  {
    name: "det from-url ok",
    act: (api, { request }) => {
      const { source_url, algo_predictions, ...draft } = request.json as {
        source_url: string;
        algo_predictions: { predictions: [] };
      } & Omit<NewDetection, "algo_predictions">;
      return api.createDetection(
        { ...draft, algo_predictions: algo_predictions.predictions },
        { url: source_url },
        signal,
      );
    },
  },
  {
    name: "det url",
    act: (api) => api.pictureUrl(1, signal),
    gives: (body) => (body as { url: string }).url,
  },
  {
    name: "ann list",
    act: (api) => api.findAnnotation(1, signal),
    gives: (body) => (body as { items: unknown[] }).items[0],
  },
  {
    name: "alert detail",
    act: (api) => api.findSequence({ source_api: "pyronear_french", alert_api_id: 1001 }, signal),
    gives: (body) => (body as { lanes: { sequence: unknown }[] }).lanes[0]?.sequence,
  },
  {
    name: "alert skip",
    act: (api) =>
      api.skipAlert({ source_api: "pyronear_french", platform_alert_id: 1009, note: "boxless" }, signal),
    gives: () => ({ already: false }),
  },
  {
    name: "alert skip twice",
    act: (api) => api.skipAlert({ source_api: "pyronear_french", platform_alert_id: 1009 }, signal),
    gives: () => ({ already: true }),
  },
  {
    name: "temporal score",
    act: (api, { request }) =>
      api.updateTemporalScore(request.json as Parameters<AnnotationApi["updateTemporalScore"]>[0], signal),
    gives: (body) => body,
  },
  {
    name: "source-apis unauth",
    act: (api) => api.sourceApis(signal),
    gives: () => ["alert_wildfire", "pyronear_french"],
  },
  { name: "seq delete force", act: (api) => api.deleteSequence(1, signal), gives: () => true },
  { name: "delete annotation", act: (api) => api.deleteAnnotation(5, signal), gives: () => true },
  { name: "delete annotation twice", act: (api) => api.deleteAnnotation(5, signal), gives: () => false },
];

for (const { name, act, gives = (row: unknown) => ({ row, already: false }) } of exchanges)
  test(`the recorded "${name}" is what is asked and understood`, async (t) => {
    const one = recorded(name);
    const { api, server } = await open(t, one);
    assert.deepEqual(await act(api, one), gives(one.response.body));
    assert.equal(server.seen.length, 1);
    await assertRecorded(server.seen[0], one);
  });

test("createSequence() finds the sequence that was there by its alert", async (t) => {
  const { api, server } = await open(t, recorded("seq dup"), recorded("alert detail"));
  const { row, already } = await api.createSequence(sequenceOf(recorded("seq dup")), signal);
  assert.deepEqual({ id: row.id, already }, { id: 1, already: true });
  await assertRecorded(server.seen[0], recorded("seq dup"));
  await assertRecorded(server.seen[1], recorded("alert detail"));
});

test("createSequence() finds an object that was split off by the alert of its sequence", async (t) => {
  const { api, server } = await open(t, recorded("seq dup"), recorded("alert detail"));
  const draft = sequenceOf(recorded("seq synthetic sibling"));
  const { row, already } = await api.createSequence(draft, signal);
  assert.deepEqual({ id: row.id, already }, { id: 12, already: true });
  await assertRecorded(server.seen[1], recorded("alert detail"));
});

test("createSequence() looks for one that stands in another alert by its time", async (t) => {
  const nothing = recorded("seq get missing");
  const byTime = recorded("seq list date");
  const { items } = byTime.response.body as { items: { alert_api_id: number; id: number }[] };
  const whole = {
    ...byTime,
    response: { ...byTime.response, body: { items, total: items.length, page: 1, pages: 1 } },
  };
  const { api, server } = await open(t, recorded("seq dup"), nothing, whole);
  const { row, already } = await api.createSequence(sequenceOf(recorded("seq dup")), signal);
  assert.deepEqual({ id: row.id, already }, { id: 1, already: true });
  const { searchParams } = new URL(server.seen[2]!.path, server.url);
  assert.equal(searchParams.get("recorded_at_gte"), "2026-07-01T10:00:00");
  assert.equal(searchParams.get("recorded_at_lte"), "2026-07-01T10:00:00");
});

test("createDetection() finds the detection that was there among those of its sequence", async (t) => {
  const { api, server } = await open(t, recorded("det dup"), recorded("det list"));
  const { row, already } = await api.createDetection(
    detectionOf(recorded("det dup")),
    { bytes: jpeg!, fileName: "image.jpg" },
    signal,
  );
  assert.deepEqual({ id: row.id, already }, { id: 1, already: true });
  const list = recorded("det list");
  await assertRecorded(server.seen[1], {
    ...list,
    request: { ...list.request, params: { ...list.request.params, size: 100, page: 1 } },
  });
});

test("a parent that is missing is told from a row that is there, though the answer is the same", async (t) => {
  const empty = {
    ...recorded("det list"),
    response: {
      ...recorded("det list").response,
      body: { items: [], total: 0, page: 1, size: 100, pages: 0 },
    },
  };
  const detection = await open(t, recorded("det wrong seq"), empty, recorded("seq get missing"));
  await assert.rejects(
    detection.api.createDetection(
      detectionOf(recorded("det wrong seq")),
      { bytes: jpeg!, fileName: "image.jpg" },
      signal,
    ),
    {
      kind: "permanent",
      message: /detection \d+ of sequence 99999: there is no such sequence/,
    },
  );
  await assertRecorded(detection.server.seen[0], recorded("det wrong seq"));

  const annotation = await open(t, recorded("ann missing seq"), empty, recorded("seq get missing"));
  const tracks = [
    {
      is_smoke: true,
      smoke_type: null,
      false_positive_types: [],
      bboxes: [{ detection_id: 1, xyxyn: [0.1, 0.1, 0.2, 0.2] as const }],
    },
  ];
  const draft = {
    sequence_id: 99_999,
    tracks,
    processing_stage: "ready_to_annotate",
    has_missed_smoke: false,
  } as const;
  await assert.rejects(annotation.api.createAnnotation(draft, signal), MissingParent);
});

test("annotations go with explicit boxes and never with thresholds", async (t) => {
  const { json } = recorded("ann dup with explicit boxes").request as { json: Record<string, never> };
  const there = await open(t, recorded("ann dup with explicit boxes"), recorded("ann list"));
  const { sequences_bbox } = json.annotation as unknown as { sequences_bbox: Omit<Track, "smoke_type">[] };
  const tracks = sequences_bbox.map((track) => ({ ...track, smoke_type: null }));
  const draft = {
    sequence_id: 1,
    tracks,
    processing_stage: "ready_to_annotate",
    has_missed_smoke: false,
  } as const;
  const { row, already } = await there.api.createAnnotation(draft, signal);
  assert.deepEqual({ id: row.id, already }, { id: 2, already: true });
  const sent = JSON.parse(there.server.seen[0]!.body.toString("utf8"));
  assert.deepEqual(Object.keys(sent).sort(), [
    "annotation",
    "has_missed_smoke",
    "processing_stage",
    "sequence_id",
  ]);
  assert.deepEqual(sent.annotation, { sequences_bbox: tracks });

  const patch = recorded("patch explicit boxes");
  const { api, server } = await open(t, patch);
  const { annotation, ...rest } = patch.request.json as {
    annotation: { sequences_bbox: Omit<Track, "smoke_type">[] };
  };
  const wanted = annotation.sequences_bbox.map((track) => ({ ...track, smoke_type: null }));
  const updated = await api.updateAnnotation(
    5,
    {
      has_missed_smoke: false,
      processing_stage: "ready_to_annotate",
      ...rest,
      tracks: wanted,
    },
    signal,
  );
  assert.deepEqual(updated, patch.response.body);
  const patched = JSON.parse(server.seen[0]!.body.toString("utf8"));
  assert.deepEqual(patched.annotation, { sequences_bbox: wanted });
  for (const name of ["confidence_threshold", "iou_threshold", "min_cluster_size"])
    assert.ok(!(name in patched));
});

test("rows that are not there are null or false", async (t) => {
  const { api } = await open(
    t,
    recorded("seq get missing"),
    recorded("seq get missing"),
    {
      ...recorded("ann list"),
      response: { ...recorded("ann list").response, body: { items: [], total: 0, page: 1, pages: 0 } },
    },
    recorded("seq get missing"),
  );
  assert.equal(await api.findSequence({ source_api: "api_cenia", alert_api_id: 7 }, signal), null);
  assert.equal(await api.deleteSequence(7, signal), false);
  assert.equal(await api.findAnnotation(7, signal), null);
  const score = { temporal_model_score: null, temporal_model_version: null, temporal_api_version: null };
  assert.equal(
    await api.updateTemporalScore({ source_api: "api_cenia", alert_api_id: 7, ...score }, signal),
    null,
  );
});

/** The first call on a list is answered with a recorded refusal. */
const refusals: readonly (readonly [name: string, kind: string, status: number, words: RegExp])[] = [
  ["seq bad source_api", "retryable", 500, /HTTP 500 .*'edge_x' is not a valid SourceApi/],
  ["seq bad source_api with platform_alert_id", "permanent", 422, /HTTP 422 /],
  ["seq missing camera", "permanent", 422, /HTTP 422 camera_name: Field required/],
  ["seq camera_id too large", "retryable", 500, /HTTP 500 /],
  ["no trailing slash GET", "retryable", 307, /sent to http.*HTTP 307/],
  ["ann bad stage", "permanent", 422, /processing_stage: Input should be 'imported'/],
  ["ann bad det id", "permanent", 422, /Detection IDs \[99999\] do not exist in the database/],
  ["ann patch regenerate min2", "retryable", 500, /has no field "iou_threshold"/],
  ["det from-url refused", "retryable", 502, /Could not connect to source URL/],
  ["det from-url 404 source", "permanent", 422, /Source URL returned HTTP 404/],
  ["non-superuser list users", "permanent", 403, /Not enough permissions/],
  ["seq delete no force", "permanent", 409, /Only manually added objects can be removed/],
];

for (const [name, kind, status, words] of refusals)
  test(`the recorded refusal "${name}" is ${kind} and tells why in one line`, async (t) => {
    const { api } = await open(t, recorded(name));
    const read = async (): Promise<void> => {
      for await (const _row of api.sequences({}, signal)) assert.fail("a refusal is no row");
    };
    await assert.rejects(read(), (error: Error & { kind: string; status: number | null }) => {
      assert.equal(error.kind, kind);
      assert.equal(error.status, status === 307 ? null : status);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /[\n]/);
      return true;
    });
  });

test("the recorded login is what is sent; refused accounts are told without their password", async (t) => {
  const ok = await open(t, recorded("login ok"), recorded("cameras"));
  await assert.rejects(ok.api.findAnnotation(1, signal), {
    kind: "retryable",
    message: /unexpected answer: /,
  });
  await assertRecorded(ok.server.seen[0], recorded("login ok"));
  assert.equal(ok.server.seen[1]?.headers.authorization, "Bearer <jwt>");
  for (const name of ["login bad", "login missing", "login form-encoded"]) {
    const { api, server } = await open(t, recorded(name));
    await assert.rejects(api.findAnnotation(1, signal), (error: Error) => {
      assert.ok(error instanceof LoginRefused);
      assert.equal(error.kind, "permanent");
      assert.match(error.message, /^log in as "admin": .*; check user name and password$/);
      assert.doesNotMatch(error.message, /admin12345/);
      return true;
    });
    await assert.rejects(api.findAnnotation(1, signal), LoginRefused);
    assert.equal(server.seen.length, 1);
  }
});

test("a token that is refused is renewed once, and a second refusal ends it", async (t) => {
  for (const name of ["no token", "bad token"]) {
    const renewed = await open(t, recorded(name), recorded("ann list"));
    assert.equal((await renewed.api.findAnnotation(1, signal))?.id, 2);
    const refused = await open(t, recorded(name), recorded(name));
    await assert.rejects(refused.api.findAnnotation(1, signal), LoginRefused);
    assert.equal(refused.server.seen.length, 2);
  }
});

test("probe() asks for a sign of life and whether we are let in", async (t) => {
  const { api, server } = await open(t, recorded("status"), recorded("seq list filter no_annotation"));
  await api.probe(signal);
  await assertRecorded(server.seen[0], recorded("status"));
  assert.match(server.seen[1]!.path, /^\/api\/v1\/sequences\/\?page=1&size=1$/);
});
