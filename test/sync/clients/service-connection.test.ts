import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { connectService, type ServiceConnectionOptions } from "../../../sync/clients/service-connection.ts";
import { LoginRefused } from "../../../sync/clients/service-login.ts";
import { type Answerer, startHttpServer } from "../../fakes/http-server.ts";

const { signal } = new AbortController();

async function open(t: TestContext, answerer: Answerer, options: Partial<ServiceConnectionOptions> = {}) {
  const server = await startHttpServer(answerer);
  const connection = connectService({ url: server.url, ...options });
  t.after(server.close);
  t.after(connection.close);
  return { server, connection };
}

const get = { method: "GET", path: "/list/", as: null, signal } as const;

test("connectService() takes an address as people paste it, and refuses what is none", () => {
  const good = {
    "http://localhost:5050": "http://localhost:5050",
    "http://localhost:5050/": "http://localhost:5050",
    "https://host/api/v1/": "https://host",
    "https://host/proxy/annotator//": "https://host/proxy/annotator",
  };
  for (const [url, base] of Object.entries(good)) assert.equal(connectService({ url }).url, base);
  for (const url of [
    "",
    "localhost:5050",
    "ftp://host",
    "https://user:s3cret@host",
    "https://host/?key=s3cret",
  ])
    assert.throws(
      () => connectService({ url }),
      (error: Error) => {
        assert.match(error.message, /^Expected an address/);
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      },
    );
});

test("call() says lists in a query by their name, several times, and leaves out what is not given", async (t) => {
  const { server, connection } = await open(t, () => ({ body: {} }));
  const query = {
    stage: ["imported", "no_annotation"],
    size: 100,
    force: true,
    name: "a b&c",
    nothing: undefined,
  };
  await connection.call({ ...get, query });
  assert.equal(
    server.seen[0]?.path,
    "/api/v1/list/?stage=imported&stage=no_annotation&size=100&force=true&name=a+b%26c",
  );
});

test("call() ends when the whole takes too long, though bytes still come, and when it is stopped", async (t) => {
  const { connection } = await open(t, () => "hang", { timeouts: { wholeMs: 150 } });
  await assert.rejects(connection.call(get), {
    kind: "offline",
    message: /GET http.*\/list\/: not done within 1 s/,
  });
  const stop = new AbortController();
  const call = connection.call({ ...get, signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(call, /enough/);
});

test("call() keeps what the service asks to wait, and its status", async (t) => {
  const { connection } = await open(t, () => ({
    status: 429,
    headers: { "retry-after": "7" },
    body: { detail: "Too many requests" },
  }));
  await assert.rejects(connection.call(get), {
    kind: "retryable",
    status: 429,
    retryAfterMs: 7000,
    message: /HTTP 429 Too many requests/,
  });
});

test("call() renews a token that is refused in any of three ways, once, and tells no token", async (t) => {
  for (const [status, detail] of [
    [401, "Could not validate credentials"],
    [403, "Not authenticated"],
    [406, "Invalid token."],
  ] as const) {
    let turn = 0;
    let isForgiving = true;
    const { server, connection } = await open(t, ({ headers }) =>
      isForgiving && headers.authorization === "Bearer token-2" ? { body: {} } : { status, body: { detail } },
    );
    let current: string | null = null;
    const as = {
      token: async () => {
        current ??= `token-${++turn}`;
        return current;
      },
      refuse: () => {
        current = null;
      },
    };
    assert.equal((await connection.call({ ...get, as })).status, 200);
    assert.equal(server.seen.length, 2);
    isForgiving = false;
    await assert.rejects(connection.call({ ...get, as }), (error: Error) => {
      assert.ok(error instanceof LoginRefused);
      assert.doesNotMatch(error.message, /token-\d/);
      return true;
    });
    assert.equal(server.seen.length, 4);
  }
});

test("call() is refused when nobody can say who we are, and ends when it is stopped meanwhile", async (t) => {
  const { server, connection } = await open(t, () => ({ body: {} }));
  const noFile = {
    token: () => Promise.reject(new Error("expected a token in /etc/token, got no such file")),
  };
  await assert.rejects(connection.call({ ...get, as: noFile }), (error: Error) => {
    assert.ok(error instanceof LoginRefused);
    assert.match(error.message, /^no account: expected a token in/);
    return true;
  });
  const stop = new AbortController();
  const slow = {
    token: (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  };
  const call = connection.call({ ...get, as: slow, signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(call, /^Error: enough$/);
  assert.equal(server.seen.length, 0);
});

test("call() does not take a lack of rights for a lack of a token", async (t) => {
  const { server, connection } = await open(t, () => ({
    status: 403,
    body: { detail: "Not enough permissions" },
  }));
  const as = { token: async () => "token", refuse: () => assert.fail("nothing was wrong with the token") };
  await assert.rejects(connection.call({ ...get, as }), { kind: "permanent", status: 403 });
  assert.equal(server.seen.length, 1);
});

test("status() wants the service's own sign of life: a portal's page is none", async (t) => {
  const { server, connection } = await open(t, () => ({ body: "<title>Wi-Fi</title>" }), {});
  await assert.rejects(connection.status(signal), { kind: "retryable" });
  assert.equal(server.seen[0]?.path, "/status");
});

test("call() sends a form in pieces, as a cap on bandwidth wants it, and says its size", async (t) => {
  const pieces: number[] = [];
  const { server, connection } = await open(t, () => ({ body: {} }), {
    pace: async function* pace(bytes) {
      for (let at = 0; at < bytes.length; at += 1000) {
        pieces.push(at);
        yield bytes.subarray(at, at + 1000);
      }
    },
  });
  const bytes = Buffer.alloc(5000, 7);
  const files = [{ name: "file", fileName: "a.jpg", type: "image/jpeg", bytes }];
  await connection.call({ ...get, method: "POST", form: { id: "1" }, files });
  assert.ok(pieces.length >= 6);
  assert.equal(server.seen[0]?.headers["content-length"], String(server.seen[0]?.body.length));
  assert.ok(server.seen[0]!.body.includes(bytes));
});
