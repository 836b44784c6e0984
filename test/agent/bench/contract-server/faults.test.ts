// What a contract server does to requests on purpose, seen from outside; and what it remembers of it.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { AnnotationServerOptions } from "../../../../agent/bench/contract-server/annotation/server.ts";
import { createChance, defaultBehaviour } from "../../../../agent/bench/contract-server/faults.ts";
import { startAnnotationApi } from "../../../fakes/annotation-api.ts";

const fields = {
  source_api: "pyronear_french",
  alert_api_id: "1",
  camera_name: "tower-01",
  camera_id: "1",
  organisation_name: "sdis-07",
  organisation_id: "1",
  lat: "44.0",
  lon: "5.0",
  recorded_at: "2026-07-01T10:00:00",
  last_seen_at: "2026-07-01T10:05:00",
};

async function open(t: TestContext, options: AnnotationServerOptions = {}) {
  const server = await startAnnotationApi(t, options);
  const login = async (): Promise<string> => {
    const answer = await fetch(`${server.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: server.username, password: server.password }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const authorization = `Bearer ${await login()}`;
  const create = (signal: AbortSignal | null = null) =>
    fetch(`${server.url}/api/v1/sequences/`, {
      method: "POST",
      headers: { authorization },
      body: new URLSearchParams(fields),
      signal,
    });
  const list = () => fetch(`${server.url}/api/v1/sequences/`, { headers: { authorization } });
  return { ...server, create, list, login };
}

for (const [kind, status] of [
  ["502", 502],
  ["503", 503],
  ["504", 504],
  ["429", 429],
] as const)
  test(`a ${kind} is answered by the proxy and nothing is carried out`, async (t) => {
    const server = await open(t);
    server.behave({ faults: { [kind]: 1 }, retryAfterSeconds: 7 });
    const answer = await server.create();
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("content-type"), "text/html");
    assert.equal(answer.headers.get("retry-after"), status === 503 || status === 429 ? "7" : null);
    assert.deepEqual([server.state(), server.writes()], [[], 0]);
    assert.deepEqual(server.faults(), { [kind]: 1 });
  });

test("a reset loses the request", async (t) => {
  const server = await open(t);
  server.behave({ faults: { reset: 1 } });
  await assert.rejects(server.create());
  assert.equal(server.state().length, 0);
});

for (const kind of ["reset-after-commit", "truncated", "late-504"] as const)
  test(`${kind}: the request is carried out, its answer is lost`, async (t) => {
    const server = await open(t);
    server.behave({ faults: { [kind]: 1 } });
    const answer = server.create().then((one) => (one.status === 504 ? Promise.reject(one) : one.text()));
    await assert.rejects(answer);
    assert.deepEqual([server.state().length, server.writes()], [1, 1]);
    server.behave({ faults: {} });
    assert.equal((await server.create()).status, 409);
  });

test("a black hole never answers, and lets go when the server ends", async (t) => {
  const server = await open(t);
  server.behave({ faults: { "black-hole": 1 } });
  const answer = server.create(AbortSignal.timeout(60_000));
  const settled = assert.rejects(answer);
  while (server.faults()["black-hole"] === undefined) await new Promise((resolve) => setImmediate(resolve));
  await server.close();
  await settled;
});

test("an outage covers the requests of its window, whatever they are", async (t) => {
  const server = await open(t);
  // The login was request 0.
  server.behave({ outages: [{ from: 2, until: 4 }] });
  const statuses = [];
  for (let number = 1; number < 5; number += 1) statuses.push((await server.list()).status);
  assert.deepEqual(statuses, [200, 503, 503, 200]);
  server.behave({ down: true });
  await assert.rejects(server.list());
});

test("chance of a seed strikes the same requests again, about as often as asked", () => {
  const draw = (seed: number): readonly unknown[] => {
    const behaviour = { ...defaultBehaviour, seed, faults: { "503": 0.1, reset: 0.2 } };
    const chance = createChance(() => behaviour);
    return Array.from({ length: 1000 }, chance.next);
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  const hit = draw(7).filter((fate) => fate !== null).length;
  assert.ok(hit > 240 && hit < 360, `${hit}`);
});

test("a token ends after its uses, and is refused as the real service refuses", async (t) => {
  const server = await open(t, { tokenUses: 2 });
  const statuses = [(await server.list()).status, (await server.list()).status];
  const refused = await server.list();
  assert.deepEqual([...statuses, refused.status], [200, 200, 401]);
  assert.deepEqual(await refused.json(), { detail: "Could not validate credentials" });
});

test("older servers: 403 without a token, no traceback without DEBUG, the stages they had", async (t) => {
  const server = await open(t, { missingToken: 403, debug: false, olderStages: true });
  const bare = await fetch(`${server.url}/api/v1/sequences/`);
  assert.deepEqual([bare.status, await bare.json()], [403, { detail: "Not authenticated" }]);
  const crash = await fetch(`${server.url}/api/v1/sequences/`, {
    method: "POST",
    headers: { authorization: `Bearer ${await server.login()}` },
    body: new URLSearchParams({ ...fields, source_api: "edge" }),
  });
  assert.deepEqual(
    [crash.status, await crash.json()],
    [500, { detail: "An internal server error occurred" }],
  );
  await server.create();
  server.work("pyronear_french 1", "under_annotation");
  const listed = await fetch(`${server.url}/api/v1/sequences/?processing_stage=under_annotation`, {
    headers: { authorization: `Bearer ${await server.login()}` },
  });
  assert.equal(((await listed.json()) as { total: number }).total, 1);
});

test("a body that is too large is refused before it is read", async (t) => {
  const server = await open(t, { maxBodyBytes: 200 });
  assert.equal((await server.create()).status, 413);
  assert.equal(server.state().length, 0);
});

test("what touches a person's work is remembered, what a person does is not", async (t) => {
  const server = await open(t);
  await server.create();
  server.work("pyronear_french 1", "ready_to_annotate");
  server.work("pyronear_french 1", "annotated");
  assert.deepEqual(server.humanChanges(), []);
  await fetch(`${server.url}/api/v1/sequences/1?force=true`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${await server.login()}` },
  });
  assert.deepEqual(server.humanChanges(), [
    { sequence: "pyronear_french 1", stage: "annotated", what: "sequence deleted", by: "admin" },
  ]);
  assert.throws(() => server.work("pyronear_french 1", "annotated"), /expected a sequence that is there/);
});
