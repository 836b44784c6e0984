// Plain HTTP: what is sent, what is taken, and which failure is of which kind.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { type FailureKind, SyncError } from "../../sync/errors.ts";
import { createHttpClient, type HttpClient, type HttpOptions, type HttpRequest } from "../../sync/http.ts";
import { type Answerer, type HttpServer, startHttpServer } from "../fakes/http-server.ts";

const { signal } = new AbortController();
let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of close.splice(0)) await end();
});

async function open(
  answerer: Answerer,
  options: HttpOptions = {},
): Promise<{ client: HttpClient; server: HttpServer }> {
  const server = await startHttpServer(answerer);
  const client = createHttpClient(options);
  close = [client.close, client.close, server.close];
  return { client, server };
}

const get = (server: { url: string }, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "GET",
  url: `${server.url}/path?secret=query`,
  signal,
  ...more,
});

test("request() gives status, headers and body, and packs and unpacks", async () => {
  const big = "label ".repeat(1000);
  const { client, server } = await open(({ body }) => ({
    headers: { "content-encoding": "gzip", "x-one": "1" },
    body: gzipSync(JSON.stringify({ got: gunzipSync(body).toString().length })),
  }));
  const answer = await client.request(get(server, { method: "POST", body: big, gzip: true }));
  assert.deepEqual(answer.json(), { got: big.length });
  assert.equal(answer.headers["x-one"], "1");
  assert.equal(server.seen[0]?.headers["content-encoding"], "gzip");
  assert.ok(server.seen[0].body.length < big.length / 10);
});

test("request() leaves a small body as it is", async () => {
  const { client, server } = await open(() => ({ body: "ok" }));
  assert.equal(
    (await client.request(get(server, { method: "PUT", body: "small", gzip: true }))).text(),
    "ok",
  );
  assert.equal(server.seen[0]?.headers["content-encoding"], undefined);
  assert.equal(server.seen[0]?.body.toString(), "small");
});

test("request() says who we are in each of three ways, asked anew each time", async () => {
  const ways = [
    { kind: "basic", user: "alice", password: "pass:word é" },
    { kind: "api-key", key: "aWQ6a2V5" },
    { kind: "bearer", token: "t0ken" },
    null,
  ] as const;
  let turn = 0;
  const { client, server } = await open(() => ({}), { authorization: async () => ways[turn++] ?? null });
  for (const _way of ways) await client.request(get(server));
  assert.deepEqual(
    server.seen.map(({ headers }) => headers.authorization),
    [
      `Basic ${Buffer.from("alice:pass:word é").toString("base64")}`,
      "ApiKey aWQ6a2V5",
      "Bearer t0ken",
      undefined,
    ],
  );
});

const statuses: readonly (readonly [number, FailureKind])[] = [
  [400, "permanent"],
  [401, "permanent"],
  [403, "permanent"],
  [404, "permanent"],
  [408, "retryable"],
  [425, "retryable"],
  [429, "retryable"],
  [500, "retryable"],
  [503, "retryable"],
  [302, "retryable"],
  [307, "retryable"],
];
for (const [status, kind] of statuses) {
  test(`request() answered with ${status} is ${kind}, with the server's words and without the query`, async () => {
    const { client, server } = await open(() => ({
      status,
      headers: { location: "/login" },
      body: "the reason",
    }));
    await assert.rejects(client.request(get(server)), (error: unknown) => {
      assert.ok(error instanceof SyncError);
      assert.equal(error.kind, kind);
      assert.match(error.message, status < 400 ? /captive portal/ : /the reason/);
      assert.match(error.message, new RegExp(`GET ${server.url}/path: .*${status}`));
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    assert.equal((await client.request(get(server, { accept: [status] }))).status, status);
    assert.equal(server.seen.length, 2, "no redirect is followed");
  });
}

test("request() keeps Retry-After, in seconds or as a date", async () => {
  let header = "7";
  const nowMs = Date.UTC(2026, 0, 1);
  // Our own clock is a year behind.
  const { client, server } = await open(
    () => ({ status: 503, headers: { "retry-after": header, date: new Date(nowMs).toUTCString() } }),
    { nowMs: () => nowMs - 365 * 86_400_000 },
  );
  const waits = async (): Promise<number | null> =>
    client.request(get(server)).then(
      () => null,
      (error: SyncError) => error.retryAfterMs,
    );
  assert.equal(await waits(), 7_000);
  header = new Date(nowMs + 60_000).toUTCString();
  assert.equal(await waits(), 60_000);
});

test("request() explains a refusal as its options say", async () => {
  const { client, server } = await open(() => ({ status: 403, body: { why: "disk full" } }), {
    explain: (body) => ({ words: JSON.parse(body).why, kind: "retryable" }),
  });
  await assert.rejects(client.request(get(server)), isSync("retryable", /HTTP 403 disk full$/));
});

test("request() is offline where nobody answers, where the line is cut and where nothing is said", async () => {
  const away = await startHttpServer(() => ({}));
  await away.close();
  let answer: null | "hang" = null;
  const { client, server } = await open(() => answer, { idleTimeoutMs: 200 });
  await assert.rejects(client.request(get(away)), isSync("offline", /ECONNREFUSED/));
  await assert.rejects(client.request(get(server)), isSync("offline", /GET http/));
  answer = "hang";
  await assert.rejects(
    client.request(get(server)),
    isSync("offline", /took the request and gave no answer in time/),
  );
});

test("request() says that https is asked of a server that speaks http", async () => {
  const { client, server } = await open(() => ({}));
  const url = get(server).url.replace("http:", "https:");
  await assert.rejects(client.request({ ...get(server), url }), isSync("retryable", /http:\/\/ without s\?/));
});

test("request() refuses an answer that is too large, packed or not", async () => {
  const { client, server } = await open(
    ({ path }) =>
      path.startsWith("/packed")
        ? { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(200_000)) }
        : { body: Buffer.alloc(200_000) },
    { maxResponseBytes: 100_000 },
  );
  for (const path of ["/packed", "/plain"])
    await assert.rejects(
      client.request(get(server, { url: server.url + path })),
      isSync("permanent", /at most 100000 bytes/),
    );
});

test("request() ends with the signal's reason", async () => {
  const controller = new AbortController();
  const { client, server } = await open(() => {
    controller.abort(new Error("shutting down"));
    return "hang";
  });
  await assert.rejects(client.request(get(server, { signal: controller.signal })), /shutting down/);
  await assert.rejects(client.request(get(server, { signal: controller.signal })), /shutting down/);
});

test("json() of something else is retryable, for a captive portal answers anything", async () => {
  const { client, server } = await open(() => ({ body: "<html>Please log in</html>" }));
  const answer = await client.request(get(server));
  assert.throws(() => answer.json(), isSync("retryable", /expected JSON, got <html>/));
});

test("request() refuses an address with a password, and a closed client", async () => {
  const { client, server } = await open(() => ({}));
  await assert.rejects(
    client.request(get({ url: server.url.replace("//", "//alice:hidden@") })),
    (error: unknown) => error instanceof SyncError && !error.message.includes("hidden"),
  );
  await client.close();
  await assert.rejects(client.request(get(server)), isSync("permanent", /was closed/));
});

function isSync(kind: FailureKind, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SyncError, String(error));
    assert.match(error.message, words);
    assert.equal(error.kind, kind, error.message);
    return true;
  };
}
