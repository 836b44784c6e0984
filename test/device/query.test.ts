// The query file: what is understood, and what is said about one that cannot be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Condition, parseQuery, QueryError } from "../../device/query.ts";

function only(json: unknown): Condition {
  const { conditions } = parseQuery(json);
  assert.equal(conditions.length, 1);
  return conditions[0]!;
}

function problemsOf(json: unknown): readonly string[] {
  try {
    parseQuery(json);
  } catch (thrown) {
    assert.ok(thrown instanceof QueryError);
    return thrown.problems;
  }
  return [];
}

test("parseQuery() reads the example of the existing search tool", () => {
  const query = parseQuery({
    timestamp: {
      type: "range",
      bool: "filter",
      field: "",
      gte: "20200210T16-25-00-000000",
      lte: "20200210T16-26-00-000000",
    },
    event: { type: "match", field: "", bool: "match", query: "training" },
    "dataset.name": { type: "match", field: "keyword", query: "corners" },
  });
  assert.deepEqual(query.conditions, [
    {
      field: "timestamp",
      type: "range",
      clause: "filter",
      parameters: { gte: "20200210T16-25-00-000000", lte: "20200210T16-26-00-000000" },
    },
    { field: "event", type: "match", clause: "must", parameters: { query: "training" } },
    { field: "dataset.name.keyword", type: "match", clause: "must", parameters: { query: "corners" } },
  ]);
});

test("parseQuery() leaves out the blanks of a template", () => {
  assert.deepEqual(
    parseQuery({ event: { type: "", query: "x" }, track: { query: "" }, comment: { type: null } }).conditions,
    [],
  );
  assert.deepEqual(parseQuery({}).conditions, []);
  assert.deepEqual(
    only({ timestamp: { type: "range", gte: "20200101", gt: "", lte: "", lt: null, field: "", bool: "" } }),
    { field: "timestamp", type: "range", clause: "must", parameters: { gte: "20200101" } },
  );
  assert.deepEqual(
    only({ event: { type: "term", query: "", value: "a", boost: null, operator: "" } }).parameters,
    {
      value: "a",
    },
  );
});

test("parseQuery() takes false, 0 and an empty text as values", () => {
  assert.deepEqual(only({ raw_picture: { type: "term", value: false } }).parameters, { value: false });
  assert.deepEqual(only({ "label.label_speed": { type: "match", query: 0 } }).parameters, { query: 0 });
  assert.deepEqual(only({ event: { type: "match", query: "" } }).parameters, { query: "" });
  assert.deepEqual(only({ event: { type: "terms", values: [] } }).parameters, { values: [] });
  assert.deepEqual(only({ "raw_value.raw_speed": { type: "range", gt: 0 } }).parameters, { gt: 0 });
});

test("parseQuery() takes each word in which a value is given and keeps one", () => {
  for (const word of ["query", "value", "match"])
    assert.deepEqual(only({ event: { type: "match", [word]: "a" } }).parameters, { query: "a" });
  for (const word of ["query", "value", "wildcard"])
    assert.deepEqual(only({ event: { type: "wildcard", [word]: "a*" } }).parameters, { value: "a*" });
  for (const word of ["values", "value", "query", "terms"])
    assert.deepEqual(only({ event: { type: "terms", [word]: ["a", 1, true] } }).parameters, {
      values: ["a", 1, true],
    });
});

test("parseQuery() passes on what else a condition says", () => {
  assert.deepEqual(only({ event: { type: "match", query: "a b", operator: "and" } }).parameters, {
    query: "a b",
    operator: "and",
  });
  assert.deepEqual(only({ timestamp: { type: "range", gte: "2020", format: "yyyy" } }).parameters, {
    gte: "2020",
    format: "yyyy",
  });
});

test("parseQuery() reads every clause", () => {
  const clauses = [undefined, null, "", "match", "must", "filter", "must_not", "should"].map(
    (bool) => only({ event: { type: "exists", bool } }).clause,
  );
  assert.deepEqual(clauses, ["must", "must", "must", "must", "must", "filter", "must_not", "should"]);
});

test("parseQuery() refuses what is no object", () => {
  for (const [json, got] of [
    [null, "null"],
    [[], "[]"],
    ["event", '"event"'],
    [3, "3"],
    [undefined, "nothing"],
  ] as const)
    assert.deepEqual(problemsOf(json), [`expected an object from field to condition, got ${got}`]);
});

const bad: readonly (readonly [json: unknown, problem: string])[] = [
  [{ event: "training" }, 'event: expected an object with "type", got "training"'],
  [{ event: [1] }, 'event: expected an object with "type", got [1]'],
  [{ "": { type: "exists" } }, '"": expected the name of a field, got ""'],
  [
    { event: { type: "fuzzy", value: "a" } },
    'event.type: expected one of match, term, terms, range, wildcard, prefix, exists, match_phrase, got "fuzzy"',
  ],
  [
    { event: { type: 3 } },
    "event.type: expected one of match, term, terms, range, wildcard, prefix, exists, match_phrase, got 3",
  ],
  [
    { event: { type: "exists", bool: "and" } },
    'event.bool: expected match, must, filter, must_not or should, got "and"',
  ],
  [
    { event: { type: "exists", bool: "constructor" } },
    'event.bool: expected match, must, filter, must_not or should, got "constructor"',
  ],
  [
    { event: { type: "exists", bool: true } },
    "event.bool: expected match, must, filter, must_not or should, got true",
  ],
  [
    { event: { type: "match", field: 1, query: "a" } },
    'event.field: expected the name of a sub-field such as "keyword", got 1',
  ],
  [
    { event: { type: "match" } },
    'event.query: expected text, a number, true or false for "match", got nothing',
  ],
  [
    { event: { type: "match_phrase", query: ["a"] } },
    'event.query: expected text, a number, true or false for "match_phrase", got ["a"]',
  ],
  [
    { event: { type: "term", value: { a: 1 } } },
    'event.value: expected text, a number, true or false for "term", got {"a":1}',
  ],
  [
    { event: { type: "term", value: "a", query: "b" } },
    'event: expected one of value, query, term for "term", got value and query',
  ],
  [
    { event: { type: "prefix", value: null } },
    'event.value: expected text, a number, true or false for "prefix", got nothing',
  ],
  [
    { event: { type: "terms", values: "a" } },
    'event.values: expected a list of texts, numbers, true or false for "terms", got "a"',
  ],
  [
    { event: { type: "terms", values: [["a"]] } },
    'event.values: expected a list of texts, numbers, true or false for "terms", got [["a"]]',
  ],
  [
    { timestamp: { type: "range" } },
    'timestamp: expected at least one of gte, gt, lte, lt for "range", got {}',
  ],
  [
    { timestamp: { type: "range", from: 3 } },
    'timestamp: expected at least one of gte, gt, lte, lt for "range", got {"from":3}',
  ],
  [{ timestamp: { type: "range", gte: 1, gt: 2 } }, "timestamp: expected one of gte and gt, got both"],
  [{ timestamp: { type: "range", gt: 1, lte: 8, lt: 9 } }, "timestamp: expected one of lte and lt, got both"],
  [{ timestamp: { type: "range", lt: [1] } }, "timestamp.lt: expected a number, a date or text, got [1]"],
];

for (const [json, problem] of bad) {
  test(`parseQuery() refuses ${JSON.stringify(json)}`, () => {
    assert.deepEqual(problemsOf(json), [problem]);
  });
}

test("parseQuery() lists every problem at once, and shortens long values", () => {
  const problems = problemsOf({
    a: 1,
    b: { type: "nonsense", bool: "nonsense" },
    c: { type: "terms", values: { long: "x".repeat(200) } },
    d: { type: "exists" },
  });
  assert.equal(problems.length, 4);
  assert.ok(problems.every((problem) => problem.length < 180));
  assert.throws(
    () => parseQuery({ a: 1, b: 2 }),
    /^QueryError: The query cannot be used:\n {2}a: expected .*\n {2}b: expected/,
  );
});
