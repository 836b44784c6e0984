// Whatever a service, a proxy or a portal answers: a SyncError with a readable line, or rows of the right shape; never anything else.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AnnotationApi } from "../../../sync/clients/annotation-api.ts";
import { createAnnotationApi } from "../../../sync/clients/annotation-client.ts";
import type { PlatformApi } from "../../../sync/clients/platform-api.ts";
import { createPlatformApi } from "../../../sync/clients/platform-client.ts";
import { SyncError } from "../../../sync/errors.ts";
import { type HttpAnswer, startHttpServer } from "../../fakes/http-server.ts";

const { signal } = new AbortController();
const account = async () => ({ username: "admin", password: "admin12345" });
const sequence = {
  source_api: "pyronear_french",
  alert_api_id: 1,
  camera_name: "cam",
  camera_id: 1,
  organisation_name: "org",
  organisation_id: 1,
  lat: 1,
  lon: 1,
  recorded_at: "2026-07-01T10:00:00Z",
  last_seen_at: "2026-07-01T10:00:00Z",
} as const;

const annotationCalls: readonly ((api: AnnotationApi) => Promise<unknown>)[] = [
  (api) => api.probe(signal),
  (api) => api.sourceApis(signal),
  (api) => api.createSequence(sequence, signal),
  (api) => api.sequences({}, signal)[Symbol.asyncIterator]().next(),
  (api) => api.deleteSequence(1, signal),
  (api) =>
    api.createDetection(
      { sequence_id: 1, alert_api_id: 1, recorded_at: sequence.recorded_at, algo_predictions: [] },
      { url: "http://host/a.jpg" },
      signal,
    ),
  (api) => api.pictureUrl(1, signal),
  (api) => api.findAnnotation(1, signal),
  (api) =>
    api.createAnnotation(
      { sequence_id: 1, tracks: [], processing_stage: "imported", has_missed_smoke: false },
      signal,
    ),
  (api) => api.skipAlert({ source_api: "api_cenia", platform_alert_id: 1 }, signal),
];
const platformCalls: readonly ((api: PlatformApi) => Promise<unknown>)[] = [
  (api) => api.probe(signal),
  (api) => api.cameras(signal),
  (api) => api.organizations(signal),
  (api) => api.sequencesOf("2026-07-01", "extreme", signal),
  (api) => api.sequence(1, signal),
  (api) => api.detectionsOf(1, { limit: 30, order: "asc" }, signal),
];

const keys = [
  "detail",
  "items",
  "total",
  "pages",
  "lanes",
  "sequence",
  "id",
  "url",
  "access_token",
  "loc",
  "msg",
  "status",
];
const { value: shaped } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, 0, -1, 1.5, 2 ** 60, "", "x", true),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 4 }),
  ),
}));
const answers: fc.Arbitrary<HttpAnswer> = fc.record({
  status: fc.constantFrom(200, 201, 204, 301, 307, 400, 401, 403, 404, 406, 409, 422, 429, 500, 502, 503),
  headers: fc.record({
    "retry-after": fc.constantFrom("1", "-1", "soon", ""),
    location: fc.constantFrom("/x", "http://h/", "::"),
  }),
  body: fc.oneof(
    shaped.map((value) => JSON.stringify(value)),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom(
      "<html><title>Wi-Fi</title>",
      "Traceback (most recent call last):\n  x\nKeyError: 'a'",
      "{",
      "\u001b[2J",
    ),
  ),
});

async function assertTamed(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof SyncError, String((error as Error).stack));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not come through
    assert.doesNotMatch(error.message, /[\u0000-\u001f]/);
    assert.ok(error.message.length < 1200, error.message);
    assert.doesNotMatch(error.message, /admin12345/);
  }
}

test("any answer to any call is a SyncError in one line, or what was asked for", async (t) => {
  let answer: HttpAnswer = {};
  const server = await startHttpServer(({ path }) =>
    /login/.test(path) && (answer.status ?? 200) < 500 ? { body: { access_token: "token" } } : answer,
  );
  const annotation = createAnnotationApi({ url: server.url, login: account });
  const platform = createPlatformApi({ url: server.url, login: account, adminLogin: account });
  for (const part of [annotation, platform, server]) t.after(part.close);
  const calls: readonly (() => Promise<unknown>)[] = [
    ...annotationCalls.map((call) => () => call(annotation)),
    ...platformCalls.map((call) => () => call(platform)),
  ];
  await fc.assert(
    fc.asyncProperty(answers, fc.constantFrom(...calls), async (given, call) => {
      answer = given;
      await assertTamed(call);
    }),
    { numRuns: 150 },
  );
});

test("any answer to a login is one, too", async (t) => {
  let answer: HttpAnswer = {};
  const server = await startHttpServer(() => answer);
  t.after(server.close);
  await fc.assert(
    fc.asyncProperty(answers, async (given) => {
      answer = given;
      const api = createAnnotationApi({ url: server.url, login: account });
      await assertTamed(() => api.findAnnotation(1, signal)).finally(() => api.close());
    }),
    { numRuns: 40 },
  );
});
