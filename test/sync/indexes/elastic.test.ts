// The index over HTTP against a scripted server: what is asked, and what becomes of every kind of answer.
// That real servers understand it is the business of test/integration/elastic.test.ts.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { LabelDocument } from "../../../device/label.ts";
import { parseQuery } from "../../../device/query.ts";
import { type FailureKind, SyncError } from "../../../sync/errors.ts";
import { createElasticIndex, type ElasticIndexOptions } from "../../../sync/indexes/elastic.ts";
import { elasticQuery } from "../../../sync/indexes/elastic-query.ts";
import { labelIndexBody } from "../../../sync/indexes/mapping.ts";
import { type HttpAnswer, type SeenRequest, startHttpServer } from "../../fakes/http-server.ts";

const { signal } = new AbortController();
let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of close.splice(0)) await end();
});

type Route = (request: SeenRequest) => HttpAnswer;

/** A server of named routes ("POST /labels/_bulk"); the index is there, and everything else is 404. */
async function open(routes: Record<string, Route>, options: Partial<ElasticIndexOptions> = {}) {
  const server = await startHttpServer((request) => {
    const route = `${request.method} ${request.path.split("?", 1)[0]}`;
    if (routes[route] !== undefined) return routes[route](request);
    if (route === "HEAD /labels") return {};
    if (route === "GET /")
      return { body: { version: { number: "8.15.0" }, tagline: "You Know, for Search" } };
    return { status: 404, body: { error: { type: "none", reason: `no route ${route}` } } };
  });
  const index = createElasticIndex({ url: server.url, index: "labels", ...options });
  close = [index.close, index.close, server.close];
  const asked = (): string[] => server.seen.map(({ method, path }) => `${method} ${path}`);
  return { index, server, asked };
}

const label = (n: number, comment = ""): LabelDocument => ({
  img_id: `i${n}`,
  label_fingerprint: `f${n}`,
  label: {},
  comment,
});

/** The lines of a bulk request. */
function linesOf({ body, headers }: SeenRequest): Record<string, unknown>[] {
  const text = (headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString();
  assert.ok(text.endsWith("\n"), "the last line ends too");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function idsOf(request: SeenRequest): string[] {
  return linesOf(request).flatMap((line) => {
    const [action] = Object.values(line);
    return typeof action === "object" && action !== null && "_id" in action ? [String(action._id)] : [];
  });
}

test("put() creates under the fingerprint and tells the outcome of each label in order", async () => {
  const { index, server } = await open({
    "POST /labels/_bulk": () => ({
      body: {
        errors: true,
        items: [
          { create: { status: 201 } },
          { create: { status: 409, error: { type: "version_conflict_engine_exception", reason: "exists" } } },
          {
            create: {
              status: 429,
              error: { type: "es_rejected_execution_exception", reason: "queue is full" },
            },
          },
          {
            create: {
              status: 400,
              error: {
                type: "mapper_parsing_exception",
                reason: "failed",
                caused_by: { type: "x", reason: "it is text" },
              },
            },
          },
          {
            create: {
              status: 403,
              error: { type: "cluster_block_exception", reason: "index read-only, disk is full" },
            },
          },
        ],
      },
    }),
  });
  const outcomes = await index.put(
    [0, 1, 2, 3, 4].map((n) => label(n)),
    { overwrite: false, signal },
  );
  assert.deepEqual(outcomes.slice(0, 2), [{ outcome: "created" }, { outcome: "exists" }]);
  assert.deepEqual(
    outcomes.slice(2).map((one) => (one.outcome === "failed" ? one.error.kind : one.outcome)),
    ["retryable", "permanent", "retryable"],
  );
  const [, , , poison] = outcomes;
  assert.ok(poison?.outcome === "failed");
  assert.match(
    poison.error.message,
    /label f3 to http.*labels: mapper_parsing_exception: failed: it is text \(status 400\)/,
  );
  const lines = linesOf(server.seen.at(-1)!);
  assert.deepEqual(lines.slice(0, 2), [{ create: { _id: "f0" } }, label(0)]);
  assert.equal(server.seen.at(-1)?.headers["content-type"], "application/x-ndjson");
});

test("put() with overwrite indexes, and a second put does not ask again whether the index is there", async () => {
  const { index, server, asked } = await open({
    "POST /labels/_bulk": () => ({ body: { items: [{ index: { status: 200 } }] } }),
  });
  for (const _round of [1, 2])
    assert.deepEqual(await index.put([label(0)], { overwrite: true, signal }), [{ outcome: "replaced" }]);
  assert.deepEqual(linesOf(server.seen.at(-1)!)[0], { index: { _id: "f0" } });
  assert.deepEqual(asked(), ["HEAD /labels", "POST /labels/_bulk", "POST /labels/_bulk"]);
});

test("put() halves a batch that the server finds too large, down to the one label that is", async () => {
  const sizes: number[] = [];
  const { index } = await open({
    "POST /labels/_bulk": (request) => {
      const ids = idsOf(request);
      sizes.push(ids.length);
      if (ids.includes("f5") || ids.length > 3) return { status: 413, body: "too large" };
      return { body: { items: ids.map(() => ({ create: { status: 201 } })) } };
    },
  });
  const outcomes = await index.put(
    Array.from({ length: 8 }, (_, n) => label(n)),
    { overwrite: false, signal },
  );
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["created", "created", "created", "created", "created", "failed", "created", "created"],
  );
  assert.ok(outcomes[5]?.outcome === "failed" && outcomes[5].error.kind === "permanent");
  assert.match(outcomes[5].error.message, /label f5 .*takes no document of \d+ bytes/);
  assert.deepEqual(sizes, [8, 4, 2, 2, 4, 2, 1, 1, 2]);
});

test("put() sends batches of at most 5 MiB and 2000 labels", async () => {
  const sizes: number[] = [];
  const { index } = await open({
    "POST /labels/_bulk": (request) => {
      const ids = idsOf(request);
      sizes.push(ids.length);
      return { body: { items: ids.map(() => ({ create: { status: 201 } })) } };
    },
  });
  const big = Array.from({ length: 6 }, (_, n) => label(n, "x".repeat(1_500_000)));
  const small = Array.from({ length: 4_001 }, (_, n) => label(n));
  assert.equal((await index.put(big, { overwrite: false, signal })).length, 6);
  assert.equal((await index.put(small, { overwrite: false, signal })).length, 4_001);
  assert.deepEqual(sizes, [3, 3, 2000, 2000, 1]);
});

for (const [name, answer, kind, words] of [
  ["a portal's page", { body: "<html>Please log in</html>" }, "retryable", /expected JSON/],
  ["too few outcomes", { body: { items: [] } }, "retryable", /expected 1 items in the answer, got 0/],
  [
    "no right to write",
    { status: 403, body: { error: { type: "security_exception", reason: "no rights" } } },
    "permanent",
    /HTTP 403 security_exception: no rights/,
  ],
  ["a wrong password", { status: 401, body: "Unauthorized" }, "permanent", /HTTP 401 Unauthorized/],
  [
    "a busy server",
    { status: 429, body: { error: "Too Many Requests" }, headers: { "retry-after": "3" } },
    "retryable",
    /Too Many Requests/,
  ],
  [
    "a full memory",
    {
      status: 503,
      body: { error: { root_cause: [{ type: "circuit_breaking_exception", reason: "Data too large" }] } },
    },
    "retryable",
    /circuit_breaking_exception: Data too large/,
  ],
] as const) {
  test(`put() met with ${name} fails as a whole and is ${kind}`, async () => {
    const { index } = await open({ "POST /labels/_bulk": () => answer });
    await assert.rejects(index.put([label(0)], { overwrite: false, signal }), isSync(kind, words));
  });
}

test("a user in the address is used and never shown", async () => {
  const { server } = await open({});
  const index = createElasticIndex({ url: server.url.replace("//", "//alice:hid%40den@"), index: "labels" });
  await index.probe(signal);
  assert.equal(
    server.seen[0]?.headers.authorization,
    `Basic ${Buffer.from("alice:hid@den").toString("base64")}`,
  );
  assert.equal(index.url, `${server.url}/labels`);
  await assert.rejects(index.refresh(signal), (error: unknown) => !String(error).includes("hid"));
  await index.close();
});

test("probe() refuses what is no search server, and waits for it", async () => {
  const { index } = await open({ "GET /": () => ({ body: { hello: "world" } }) });
  await assert.rejects(
    index.probe(signal),
    isSync("retryable", /expected an Elasticsearch or OpenSearch server/),
  );
});

/** Three labels in pages of two, as a server with points in time gives them. */
function pages(request: SeenRequest): HttpAnswer {
  const asked = JSON.parse(request.body.toString()) as { search_after?: unknown[]; pit?: { id: string } };
  const from = asked.search_after === undefined ? 0 : 2;
  const hits = [0, 1, 2].slice(from, from + 2).map((n) => ({ _source: label(n), sort: [n, `f${n}`, 7] }));
  return { body: { pit_id: `${asked.pit?.id}+`, hits: { hits }, _shards: { failed: 0 } } };
}

async function search(index: Awaited<ReturnType<typeof open>>["index"]): Promise<string[]> {
  const found: string[] = [];
  for await (const { label_fingerprint } of index.search(parseQuery({}), signal))
    found.push(label_fingerprint);
  return found;
}

test("search() on Elasticsearch pages within one point in time, always the newest id, and gives it back", async () => {
  const { index, server, asked } = await open(
    {
      "POST /labels/_pit": () => ({ body: { id: "p" } }),
      "POST /_search": pages,
      "DELETE /_pit": () => ({ body: {} }),
    },
    { pageSize: 2 },
  );
  assert.deepEqual(await search(index), ["f0", "f1", "f2"]);
  assert.deepEqual(asked(), [
    "GET /",
    "POST /labels/_pit?keep_alive=2m",
    "POST /_search",
    "POST /_search",
    "DELETE /_pit",
  ]);
  const [first, second, end] = server.seen.slice(2).map(({ body }) => JSON.parse(body.toString()));
  assert.equal(first.search_after, undefined);
  assert.deepEqual(second.search_after, [1, "f1", 7], "the server's own tie-break is handed back");
  assert.equal(second.pit.id, "p+");
  assert.deepEqual(end, { id: "p++" });
});

test("search() goes on without the point in time when the server has lost it", async () => {
  let turn = 0;
  const lost: HttpAnswer = { status: 404, body: { error: { type: "search_context_missing_exception" } } };
  const { index, server, asked } = await open(
    {
      "GET /": () => ({ body: { version: { number: "2.19.3", distribution: "opensearch" } } }),
      "POST /labels/_search/point_in_time": () => ({ body: { pit_id: "p" } }),
      "POST /_search": (request) => (turn++ === 0 ? pages(request) : lost),
      "POST /labels/_search": pages,
    },
    { pageSize: 2 },
  );
  assert.deepEqual(await search(index), ["f0", "f1", "f2"]);
  assert.equal(asked().at(-1), "POST /labels/_search");
  const last = JSON.parse(server.seen.at(-1)!.body.toString());
  assert.deepEqual(last.search_after, [1, "f1"], "the tie-break of the lost point in time means nothing now");
  assert.equal(last.pit, undefined);
});

test("search() does without points in time where there are none", async () => {
  const { index, asked } = await open(
    {
      "POST /labels/_pit": () => ({ status: 400, body: { error: "no handler" } }),
      "POST /labels/_search": pages,
    },
    { pageSize: 2 },
  );
  assert.deepEqual(await search(index), ["f0", "f1", "f2"]);
  assert.deepEqual(asked().slice(2), ["POST /labels/_search", "POST /labels/_search"]);
});

test("search() refuses an answer that lacks a shard, for its hits would be missing unseen", async () => {
  const { index } = await open({
    "POST /labels/_search": () => ({
      body: {
        hits: { hits: [] },
        _shards: { failed: 1, failures: [{ reason: { reason: "shard is gone" } }] },
      },
    }),
  });
  await assert.rejects(search(index), isSync("retryable", /1 failed: shard is gone/));
});

test("remove() tells a missing label from a missing index", async () => {
  const gone = { type: "index_not_found_exception", reason: "no such index" };
  let items: unknown[] = [{ delete: { status: 404, result: "not_found" } }, { delete: { status: 200 } }];
  const { index } = await open({ "POST /labels/_bulk": () => ({ body: { items } }) });
  assert.deepEqual(await index.remove(["a", "b"], signal), [false, true]);
  items = [{ delete: { status: 404, error: gone } }];
  await assert.rejects(index.remove(["a"], signal), isSync("permanent", /no such index/));
});

test("elasticQuery() puts each condition into its clause, and should demands one", () => {
  const query = parseQuery({
    event: { type: "match", query: "training", operator: "and" },
    timestamp: { type: "range", bool: "filter", gte: "20200210", lte: "" },
    "label.created_by": { type: "terms", bool: "must_not", values: ["bob"] },
    track: { type: "exists", bool: "should" },
    "dataset.name": { type: "term", field: "keyword", bool: "should", value: "best" },
  });
  assert.deepEqual(elasticQuery(query), {
    bool: {
      must: [{ match: { event: { query: "training", operator: "and" } } }],
      filter: [{ range: { timestamp: { gte: "20200210" } } }],
      must_not: [{ terms: { "label.created_by": ["bob"] } }],
      should: [{ exists: { field: "track" } }, { term: { "dataset.name.keyword": { value: "best" } } }],
      minimum_should_match: 1,
    },
  });
  assert.deepEqual(elasticQuery({ conditions: [] }), { match_all: {} });
});

test("labelIndexBody() types the fields as the existing index does", () => {
  const { mappings } = labelIndexBody() as {
    mappings: { properties: Record<string, Record<string, unknown>> };
  };
  const at = (path: string): Record<string, unknown> =>
    path
      .split(".")
      .reduce<Record<string, unknown>>(
        (field, name) => (field.properties as Record<string, Record<string, unknown>>)[name]!,
        mappings as Record<string, unknown>,
      );
  for (const [path, type] of [
    ["img_id", "keyword"],
    ["label_fingerprint", "keyword"],
    ["event", "text"],
    ["comment", "text"],
    ["dataset.name", "text"],
    ["timestamp", "date"],
    ["label.label_direction", "byte"],
    ["label.nb_of_speed", "short"],
    ["raw_value.normalized_speed", "float"],
    ["car_setting.camera.camera_position", "short"],
    ["car_setting.constant.label_to_raw_dir_mapping", "short"],
    ["hardware_conf.car", "keyword"],
    ["raw_picture", "boolean"],
  ] as const)
    assert.equal(at(path).type, type, path);
  assert.equal(at("track_picture").index, false);
  assert.equal(at("timestamp").format, "yyyyMMdd'T'HH-mm-ss-SSSSSS||yyyyMMdd||dd/MM/yyyy");
});

function isSync(kind: FailureKind, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SyncError, String(error));
    assert.match(error.message, words);
    assert.equal(error.kind, kind, error.message);
    return true;
  };
}
