// The client against a server that keeps rows, keys and tokens as the real one does, and loses answers.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { AnnotationServerOptions } from "../../../agent/bench/contract-server/annotation/server.ts";
import type { NewDetection, NewSequence, Track } from "../../../sync/clients/annotation-api.ts";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import { MissingParent } from "../../../sync/clients/missing-parent.ts";
import { LoginRefused } from "../../../sync/clients/service-login.ts";
import { startAnnotationApi } from "../../fakes/annotation-api.ts";
import { makeJpegs } from "../../fakes/pictures.ts";

const { signal } = new AbortController();
const [jpeg, other] = await makeJpegs(2);
const picture = { bytes: jpeg!, fileName: "a.jpg" };

async function open(t: TestContext, options: AnnotationServerOptions = {}) {
  const server = await startAnnotationApi(t, options);
  const account = { username: server.username, password: server.password };
  const api = createAnnotationApi({ url: `${server.url}/`, login: async () => account });
  t.after(api.close);
  const logins = (): number => server.requests()["POST /auth/login"]?.count ?? 0;
  return { server, api, account, logins };
}

const sequence = (alert_api_id: number, more: Partial<NewSequence> = {}): NewSequence => ({
  source_api: "pyronear_french",
  alert_api_id,
  camera_name: "brison-01 é",
  camera_id: 7,
  organisation_name: "sdis & co",
  organisation_id: 1,
  lat: 44.123456789,
  lon: -1e-7,
  azimuth: 359,
  recorded_at: "2026-07-01T10:00:00.5+02:00",
  last_seen_at: "2026-07-01T10:05:00",
  ...more,
});

const detection = (sequence_id: number, alert_api_id: number): NewDetection => ({
  sequence_id,
  alert_api_id,
  recorded_at: "2026-07-01T08:00:01.25Z",
  algo_predictions: [{ xyxyn: [0.1, 0.1, 0.2, 0.2], confidence: 0, class_name: "smoke" }],
  auto_predictions: [],
});

const trackOf = (...ids: readonly number[]): Track => ({
  is_smoke: true,
  smoke_type: null,
  false_positive_types: [],
  bboxes: ids.map((detection_id) => ({ detection_id, xyxyn: [0.1, 0.1, 0.2, 0.2] })),
});

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}

test("a sequence goes in whole: row, pictures, annotation, and comes back as it was sent", async (t) => {
  const { api, server, logins } = await open(t);
  await api.probe(signal);
  const { row, already } = await api.createSequence(
    sequence(12, {
      is_wildfire_alertapi: "wildfire_smoke",
      temporal_model_score: 0.25,
      temporal_model_version: "0.1",
    }),
    signal,
  );
  assert.equal(already, false);
  assert.deepEqual(
    [row.camera_name, row.lat, row.lon, row.recorded_at.slice(0, 21)],
    ["brison-01 é", 44.123456789, -1e-7, "2026-07-01T08:00:00.5"],
  );
  const ids: number[] = [];
  for (const id of [501, 502, 503]) {
    const created = await api.createDetection(detection(row.id, id), picture, signal);
    ids.push(created.row.id);
  }
  assert.deepEqual(
    (await all(api.detections(row.id, signal))).map(({ id }) => id),
    ids,
  );
  const draft = {
    sequence_id: row.id,
    tracks: [trackOf(...ids)],
    processing_stage: "ready_to_annotate",
    has_missed_smoke: false,
  } as const;
  const annotation = await api.createAnnotation(draft, signal);
  assert.equal(annotation.already, false);
  assert.deepEqual((await api.findAnnotation(row.id, signal))?.id, annotation.row.id);
  assert.deepEqual(await api.sourceApis(signal), ["pyronear_french"]);
  assert.equal(server.state().length, 1);
  assert.equal(logins(), 1);
  assert.equal(server.requests()["GET /sequences"], undefined, "no call is redirected");
});

test("what is there already is found, by whatever way it came", async (t) => {
  const { api } = await open(t);
  const primary = await api.createSequence(sequence(41), signal);
  const split = await api.createSequence(sequence(1_000_041_001), signal);
  const elsewhere = await api.createSequence(sequence(77, { platform_alert_id: 5000 }), signal);
  for (const [draft, { row }] of [
    [sequence(41), primary],
    [sequence(1_000_041_001), split],
    [sequence(77, { platform_alert_id: 5000 }), elsewhere],
    // Sent again by somebody who does not know its alert.
    [sequence(77), elsewhere],
    // And whose clock was put right meanwhile.
    [sequence(77, { recorded_at: "2026-07-01T11:00:00Z" }), elsewhere],
  ] as const) {
    const again = await api.createSequence(draft, signal);
    assert.deepEqual({ id: again.row.id, already: again.already }, { id: row.id, already: true });
  }
  assert.equal(
    (await api.findSequence({ source_api: "pyronear_french", alert_api_id: 41 }, signal))?.id,
    primary.row.id,
  );
  assert.equal(await api.findSequence({ source_api: "api_cenia", alert_api_id: 41 }, signal), null);
  const { row } = await api.createDetection(detection(primary.row.id, 501), picture, signal);
  const again = await api.createDetection(
    detection(primary.row.id, 501),
    { bytes: other!, fileName: "b.jpg" },
    signal,
  );
  assert.deepEqual({ id: again.row.id, already: again.already }, { id: row.id, already: true });
});

test("a parent that is not there is MissingParent for each kind of child and each way of the picture", async (t) => {
  const { api } = await open(t);
  for (const way of [picture, { bucketKey: "a.jpg" }])
    await assert.rejects(api.createDetection(detection(99, 1), way, signal), MissingParent);
  const draft = {
    sequence_id: 99,
    tracks: [],
    processing_stage: "imported",
    has_missed_smoke: false,
  } as const;
  await assert.rejects(api.createAnnotation(draft, signal), MissingParent);
  await assert.rejects(
    api.skipAlert({ source_api: "api_cenia", platform_alert_id: 9 }, signal),
    MissingParent,
  );
});

test("a create whose answer was lost, tried again, is one row that was there already", async (t) => {
  const { api, server } = await open(t);
  const { row } = await api.createSequence(sequence(1), signal);
  const lost = async <T>(act: () => Promise<T>): Promise<T> => {
    server.behave({ faults: { "reset-after-commit": 1 } });
    await assert.rejects(act(), { kind: "offline" });
    server.behave({ faults: {} });
    return await act();
  };
  const made = await lost(() => api.createSequence(sequence(2), signal));
  assert.equal(made.already, true);
  const seen = await lost(() => api.createDetection(detection(made.row.id, 501), picture, signal));
  assert.equal(seen.already, true);
  const draft = {
    sequence_id: made.row.id,
    tracks: [trackOf(seen.row.id)],
    processing_stage: "ready_to_annotate",
    has_missed_smoke: false,
  } as const;
  assert.equal((await lost(() => api.createAnnotation(draft, signal))).already, true);
  const alert = { source_api: "pyronear_french", platform_alert_id: 1 } as const;
  assert.deepEqual(await lost(() => api.skipAlert(alert, signal)), { already: true });
  assert.equal(await lost(() => api.deleteSequence(row.id, signal)), false);
  const [only, ...more] = server.state();
  assert.deepEqual([only?.key, only?.detections.length, more.length], ["pyronear_french 2", 1, 0]);
});

test("tokens that expire in the middle cost one login each for all who were under way", async (t) => {
  for (const missingToken of [401, 403] as const) {
    const { api, server, logins } = await open(t, { missingToken });
    const { row } = await api.createSequence(sequence(1), signal);
    for (let round = 1; round <= 3; round += 1) {
      server.expireTokens();
      await Promise.all(
        Array.from({ length: 6 }, (_, at) =>
          api.createDetection(detection(row.id, round * 10 + at), picture, signal),
        ),
      );
      assert.ok(logins() <= 1 + round, `${logins()} logins after ${round} refusals`);
    }
    assert.equal(server.state()[0]?.detections.length, 18);
  }
});

test("a wrong password is asked once, not once a call", async (t) => {
  const { server } = await open(t);
  const api = createAnnotationApi({
    url: server.url,
    login: async () => ({ username: "admin", password: "wr0ng-one" }),
  });
  t.after(api.close);
  for (let turn = 0; turn < 4; turn += 1)
    await assert.rejects(
      Promise.all([api.findAnnotation(1, signal), api.deleteSequence(1, signal)]),
      (error: Error) => {
        assert.ok(error instanceof LoginRefused);
        assert.doesNotMatch(error.message, /wr0ng-one/);
        return true;
      },
    );
  assert.equal(server.requests()["POST /auth/login"]?.count, 1);
});

test("lists of more than a page come whole, in order, filtered as asked", async (t) => {
  const { api } = await open(t);
  const at = (minute: number): string => new Date(Date.UTC(2026, 6, 1, 0, minute)).toISOString();
  await Promise.all(
    Array.from({ length: 230 }, (_, index) => {
      const recorded_at = at(230 - index);
      return api.createSequence(sequence(index + 1, { recorded_at, last_seen_at: at(300) }), signal);
    }),
  );
  const ids = (await all(api.sequences({}, signal))).map(({ alert_api_id }) => alert_api_id);
  assert.deepEqual(
    ids,
    Array.from({ length: 230 }, (_, index) => 230 - index),
  );
  const some = await all(
    api.sequences(
      {
        source_api: "pyronear_french",
        recorded_at_gte: at(10),
        recorded_at_lte: at(12),
        order_direction: "desc",
        processing_stage: ["no_annotation"],
      },
      signal,
    ),
  );
  assert.deepEqual(
    some.map(({ alert_api_id }) => alert_api_id),
    [219, 220, 221],
  );
});

test("older stages are read, and set where the server still has them", async (t) => {
  const { api, server } = await open(t, { olderStages: true });
  const { row } = await api.createSequence(sequence(1), signal);
  server.work("pyronear_french 1", "needs_manual");
  const annotation = await api.findAnnotation(row.id, signal);
  assert.equal(annotation?.processing_stage, "needs_manual");
  const mark = { processing_stage: "under_annotation", has_missed_smoke: false } as const;
  const marked = await api.updateAnnotation(annotation.id, mark, signal);
  assert.equal(marked.processing_stage, "under_annotation");
  const newer = await open(t);
  const there = await newer.api.createSequence(sequence(1), signal);
  newer.server.work("pyronear_french 1", "imported");
  const its = await newer.api.findAnnotation(there.row.id, signal);
  await assert.rejects(newer.api.updateAnnotation(its!.id, mark, signal), { kind: "permanent", status: 422 });
});

test("an annotation is changed with boxes or only in its stage, and taken away", async (t) => {
  const { api } = await open(t);
  const { row } = await api.createSequence(sequence(1), signal);
  const seen = await api.createDetection(detection(row.id, 501), picture, signal);
  const created = await api.createAnnotation(
    { sequence_id: row.id, tracks: [], processing_stage: "imported", has_missed_smoke: false },
    signal,
  );
  const change = { processing_stage: "ready_to_annotate", has_missed_smoke: false } as const;
  const ready = await api.updateAnnotation(
    created.row.id,
    { ...change, tracks: [trackOf(seen.row.id)], is_unsure: true },
    signal,
  );
  assert.deepEqual(
    [ready.processing_stage, ready.is_unsure, ready.annotation.sequences_bbox.length],
    ["ready_to_annotate", true, 1],
  );
  const back = await api.updateAnnotation(
    created.row.id,
    { processing_stage: "imported", has_missed_smoke: true },
    signal,
  );
  assert.deepEqual(
    [back.processing_stage, back.has_missed_smoke, back.annotation.sequences_bbox.length],
    ["imported", true, 1],
  );
  assert.equal(await api.deleteAnnotation(created.row.id, signal), true);
  assert.equal(await api.deleteAnnotation(created.row.id, signal), false);
  assert.equal(await api.findAnnotation(row.id, signal), null);
  await assert.rejects(api.updateAnnotation(created.row.id, change, signal), {
    kind: "permanent",
    status: 404,
  });
});

test("temporal scores are refreshed by natural key, also back to none", async (t) => {
  const { api } = await open(t);
  await api.createSequence(sequence(1, { temporal_model_score: 0.5 }), signal);
  const score = {
    source_api: "pyronear_french",
    alert_api_id: 1,
    temporal_model_version: null,
    temporal_api_version: null,
  } as const;
  assert.equal(
    (await api.updateTemporalScore({ ...score, temporal_model_score: 0.75 }, signal))?.temporal_model_score,
    0.75,
  );
  assert.equal(
    (await api.updateTemporalScore({ ...score, temporal_model_score: null }, signal))?.temporal_model_score,
    null,
  );
  assert.equal(
    await api.updateTemporalScore({ ...score, alert_api_id: 2, temporal_model_score: 1 }, signal),
    null,
  );
});

test("a server that fails is retryable with its status, one that is gone is offline, and nothing is sent twice by itself", async (t) => {
  const { api, server } = await open(t);
  await api.probe(signal);
  for (const [fault, kind, status] of [
    ["502", "retryable", 502],
    ["503", "retryable", 503],
    ["504", "retryable", 504],
    ["429", "retryable", 429],
    ["reset", "offline", null],
    ["truncated", "offline", null],
  ] as const) {
    server.behave({ faults: { [fault]: 1 } });
    await assert.rejects(api.createSequence(sequence(1), signal), { kind, status });
    assert.equal(server.faults()[fault], 1);
  }
  server.behave({ faults: {}, down: true });
  await assert.rejects(api.probe(signal), { kind: "offline" });
});

test("close() ends calls under way and may be called twice", async (t) => {
  const { api, server } = await open(t);
  await api.probe(signal);
  server.behave({ faults: { "black-hole": 1 } });
  const call = api.deleteSequence(1, signal);
  setTimeout(() => void api.close(), 50);
  await assert.rejects(call);
  await api.close();
  await assert.rejects(api.deleteSequence(1, signal), { kind: "permanent", message: /was closed/ });
});
