import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { explainRefusal } from "../../../sync/clients/service-errors.ts";

const wordsOf = (body: unknown): string =>
  explainRefusal(typeof body === "string" ? body : JSON.stringify(body)).words;

test("explainRefusal() reads every shape a refusal comes in", () => {
  const traceback = [
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 3, in create',
    "    raise ValueError(name)",
    "ValueError: 'edge_x' is not a valid SourceApi",
    "",
  ].join("\n");
  const database = [
    "Traceback (most recent call last):",
    '  File "/app/db.py", line 9',
    "",
    "The above exception was the direct cause of the following exception:",
    "",
    "sqlalchemy.exc.DBAPIError: <class 'asyncpg.exceptions.DataError'>: invalid input: 3000000000 (value out of int32 range)",
    "[SQL: INSERT INTO sequences (camera_id) VALUES ($1)]",
    "[parameters: (3000000000)]",
    "(Background on this error at: https://sqlalche.me/e/20/dbapi)",
  ].join("\n");
  const shapes: readonly (readonly [unknown, string])[] = [
    [{ detail: "Resource already exists" }, "Resource already exists"],
    [
      {
        detail: [
          { type: "missing", loc: ["body", "lat"], msg: "Field required", input: { password: "s3cret" } },
          {
            type: "less_than_equal",
            loc: ["query", "size"],
            msg: "Input should be at most 100",
            input: "101",
          },
        ],
      },
      "lat: Field required; size: Input should be at most 100",
    ],
    [{ detail: [{ loc: ["body"], msg: "Input should be an object" }] }, "Input should be an object"],
    [{ detail: { reason: "closed" } }, '{"reason":"closed"}'],
    [{ detail: [] }, ""],
    [
      { detail: "Failed to download https://bucket.host/a.jpg?X-Amz-Signature=s3cret&X=1 (timed out)" },
      "Failed to download https://bucket.host/a.jpg?… (timed out)",
    ],
    [{ message: "no route" }, "no route"],
    [traceback, "ValueError: 'edge_x' is not a valid SourceApi"],
    [
      database,
      "sqlalchemy.exc.DBAPIError: <class 'asyncpg.exceptions.DataError'>: invalid input: 3000000000 (value out of int32 range)",
    ],
    ["Internal Server Error", "Internal Server Error"],
    ["<html><head><title>Log in to Wi-Fi</title></head><body>…</body></html>", "a web page: Log in to Wi-Fi"],
    ["<html><body><h1>502 Bad Gateway</h1><hr></body></html>", "a web page: 502 Bad Gateway"],
    ["<html><style>b{}</style><body><b>try</b> later</body></html>", "a web page: try later"],
    [
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>',
      "AccessDenied: Request has expired",
    ],
    ["", ""],
    ["null", "null"],
    ['"gone"', "gone"],
    ["red \u001b[31m alert\u0007\nnext", "red [31m alert next"],
  ];
  for (const [body, words] of shapes) assert.equal(wordsOf(body), words);
});

test("explainRefusal() tells at most five of a long list, and how many more", () => {
  const detail = Array.from({ length: 9 }, (_, at) => ({ loc: ["body", `f${at}`], msg: "bad" }));
  assert.equal(wordsOf({ detail }), "f0: bad; f1: bad; f2: bad; f3: bad; f4: bad; and 4 more");
});

test("explainRefusal() makes one short line of anything, and never throws", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 1000 }),
    fc.json(),
    fc.json().map((detail) => `{"detail":${detail}}`),
  );
  fc.assert(
    fc.property(anything, (body) => {
      const words = wordsOf(body);
      assert.ok(words.length <= 400);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not come through
      assert.doesNotMatch(words, /[\u0000-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 200 },
  );
});

test("explainRefusal() is done soon with a body that is made to be looked through for ever", () => {
  const startedMs = performance.now();
  for (const part of ["<", "<script", "<title", "http://a?", ":", " "]) {
    const long = part.repeat(65_536 / part.length);
    for (const body of [long, `<${long}`, { detail: long }, { detail: `http://a?${long}` }]) wordsOf(body);
  }
  // Some tenths of a second; each of them took seconds when it was looked through again from every place.
  assert.ok(performance.now() - startedMs < 5000);
});

test("explainRefusal() has readable words for every recorded refusal and never shows what was sent", () => {
  for (const service of ["annotation", "platform"]) {
    const file = join(import.meta.dirname, "../../fixtures/pyronear", `${service}-cases.jsonl`);
    for (const line of readFileSync(file, "utf8").trim().split("\n")) {
      const { case: name, request, response } = JSON.parse(line);
      // Annotations of single pictures are the reviewers' own.
      if (response.status < 400 || request.path === "/annotations/detections/") continue;
      const words = wordsOf(response.body);
      assert.notEqual(words, "", name);
      assert.doesNotMatch(words, /['"]input|username=|admin_pwd|pydantic\.dev/, name);
    }
  }
});
