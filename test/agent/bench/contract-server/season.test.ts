// The seeded season on the contract platform: the same again, and with the cases an import stumbles over.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import sharp from "sharp";
import { startAnnotationApi } from "../../../fakes/annotation-api.ts";
import { startPlatformApi } from "../../../fakes/platform-api.ts";

type Options = NonNullable<Parameters<typeof startPlatformApi>[1]>;
type Row = Readonly<Record<string, unknown>> & { readonly id: number };
type Account = { readonly login: string; readonly password: string };

async function open(t: TestContext, options: Options = {}) {
  const server = await startPlatformApi(t, options);
  const get = async (path: string, { login, password }: Account = server.filled): Promise<Row[]> => {
    const body = new URLSearchParams({ username: login, password });
    const answer = await fetch(`${server.url}/api/v1/login/creds`, { method: "POST", body });
    const { access_token } = (await answer.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${access_token}` };
    return (await (await fetch(`${server.url}/api/v1${path}`, { headers })).json()) as Row[];
  };
  return { ...server, get };
}

const everyDay = ["2026-07-01", "2026-07-02", "2026-07-03"].map(
  (day) => `/sequences/all/fromdate?from_date=${day}&limit=1000`,
);

test("fillPlatform() makes the same rows and pictures of the same season, others of another", async (t) => {
  const rowsOf = async (seed: number): Promise<unknown> => {
    const { tables, filled } = await open(t, { season: { seed } });
    const detections = tables.detections.all();
    const pictures = detections.map(({ bucket_key }) => bucket_key);
    return [tables.cameras.all(), tables.sequences.all(), detections, pictures, filled];
  };
  assert.deepEqual(await rowsOf(1), await rowsOf(1));
  assert.notDeepEqual(await rowsOf(1), await rowsOf(2));
});

test("fillPlatform() spreads as many sequences as asked over days, cameras and organizations", async (t) => {
  const { get, tables } = await open(t, { season: { sequences: 25, detections: 12 } });
  const listed = (await Promise.all(everyDay.map((path) => get(path)))).flat();
  assert.equal(listed.length, 25);
  assert.ok(listed.every((row) => row.detections_count === 12));
  assert.equal(new Set(listed.map((row) => row.camera_id)).size, 4);
  assert.deepEqual([(await get("/cameras/")).length, tables.cameras.all().length], [3, 4]);
  assert.ok(tables.detections.all().some(({ bbox }) => bbox === "[]"));
});

test("fillPlatform() gives some plumes of one picture sequences of their own, and lets some arrive in a burst", async (t) => {
  const { tables } = await open(t, { season: { sequences: 25 } });
  const detections = tables.detections.all();
  const sequencesOf = new Map<string, Set<number | null>>();
  for (const { camera_id, bucket_key, sequence_id } of detections) {
    const key = `${camera_id} ${bucket_key}`;
    sequencesOf.set(key, (sequencesOf.get(key) ?? new Set()).add(sequence_id));
  }
  assert.ok([...sequencesOf.values()].some((sequences) => sequences.size === 2));
  const [first, second] = tables
    .detectionsOf(tables.sequences.all().find((row) => row.last_seen_at - row.started_at < 10_000_000)!.id)
    .map(({ created_at, recorded_at }) => [created_at, recorded_at] as const);
  assert.deepEqual([second![0] - first![0], second![1] - first![1]], [400_000, 30_000_000]);
});

test("the platform hides what its fire weather calls unlikely, from all but administrators", async (t) => {
  const { get, filled } = await open(t, { season: { sequences: 40 }, riskOf: () => "very_low" });
  const seenBy = async (account: Account, query = ""): Promise<Row[]> =>
    (await Promise.all(everyDay.map((path) => get(`${path}${query}`, account)))).flat();
  const all = await seenBy(filled);
  const own = await seenBy(filled.agent, "&risk_score=extreme");
  const likely = await seenBy(filled.agent);
  assert.equal(all.length, 40);
  assert.ok(own.length > 0 && own.length < all.length, "an agent sees its own organization's");
  assert.deepEqual(
    likely.map(({ id }) => id),
    own.filter(({ max_conf }) => (max_conf as number) >= 0.6).map(({ id }) => id),
  );
});

test("pictures are JPEGs behind addresses that anybody may read, until they are dead", async (t) => {
  const server = await open(t);
  const [detection] = await server.get(`/sequences/${server.filled.sequenceIds[0]}/detections?desc=false`);
  const url = detection!.url as string;
  const answer = await fetch(url);
  assert.equal(answer.headers.get("content-type"), "binary/octet-stream");
  assert.equal((await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).format, "jpeg");
  assert.equal((await fetch(url.replace(/Signature=[^&]+/, "Signature=x"))).status, 403);
  server.killPictures(true);
  assert.equal((await fetch(url)).status, 403);
});

test("from-bucket-key copies a picture out of the platform's bucket", async (t) => {
  const platform = await open(t);
  const annotation = await startAnnotationApi(t, {
    platformObject: async (organization, key) => platform.object(organization, key),
  });
  const { username, password, url } = annotation;
  const post = async (path: string, body: object | URLSearchParams, token = ""): Promise<Response> =>
    fetch(`${url}/api/v1${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        ...(body instanceof URLSearchParams ? {} : { "content-type": "application/json" }),
      },
      body: body instanceof URLSearchParams ? body : JSON.stringify(body),
    });
  const login = await post("/auth/login", { username, password });
  const { access_token } = (await login.json()) as { access_token: string };
  const [detection] = platform.tables.detections.all();
  const { organization_id } = platform.tables.cameras.get(detection!.camera_id)!;
  const place = { camera_name: "tower", camera_id: "1", lat: "44", lon: "5" };
  const owner = { organisation_name: "sdis", organisation_id: String(organization_id) };
  const key = { source_api: "pyronear_french", alert_api_id: "1", recorded_at: "2026-07-01T10:00:00" };
  await post("/sequences/", new URLSearchParams({ ...key, ...place, ...owner }), access_token);
  const draft = { sequence_id: 1, recorded_at: "2026-07-01T10:00:00", algo_predictions: { predictions: [] } };
  const copy = (source_key: string, alert_api_id: number): Promise<Response> =>
    post("/detections/from-bucket-key", { ...draft, source_key, alert_api_id }, access_token);
  assert.equal((await copy("nothing.jpg", 7)).status, 422);
  assert.equal((await copy(detection!.bucket_key, 8)).status, 201);
  const [sequence] = annotation.state();
  assert.equal(sequence!.detections.length, 1);
  assert.match(String(sequence!.detections[0]!.picture), /^[0-9a-f]{64}$/);
});
