// What is said of a query that the local index cannot answer, and the finer points of values.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { LabelDocument } from "../../../../device/label.ts";
import { silentLog } from "../../../../device/log.ts";
import { parseQuery, QueryError } from "../../../../device/query.ts";
import { type LabelSearch, openLabelSearch } from "../../../../device/store/search.ts";

let directory = "";
let search: LabelSearch;
const documents: readonly object[] = [
  {
    comment: "red fox runs",
    raw_value: { normalized_speed: 0.1 },
    label: { label_direction: "3" },
    laps: 1.5,
    wet: true,
  },
  {
    comment: ["red", "fox"],
    raw_value: { normalized_speed: "0.1" },
    label: { label_direction: 2.7 },
    laps: "2",
  },
  {
    comment: "fox, red",
    upload_date: ["20200105", "20200101"],
    label: { label_direction: 300 },
    laps: [3, 4],
  },
  { event: "\u{1F600}", timestamp: "no date", deep: { est: { of: "all" } }, label: { label_direction: "x" } },
  { event: "\uFFEE", hardware_conf: { car: "Fox" }, label: {} },
];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "outrider-conditions-"));
  search = await openLabelSearch({ directory, log: silentLog });
  const named = documents.map((document, n) => ({
    fingerprint: `${n}`,
    document: { img_id: `${n}`, label_fingerprint: `${n}`, ...document } as LabelDocument,
  }));
  await search.put(named, { overwrite: false });
});
after(async () => {
  await search.close();
  await rm(directory, { recursive: true, force: true });
});

async function find(query: unknown): Promise<string> {
  let found = "";
  for await (const label of search.search(parseQuery(query), new AbortController().signal))
    found += label.label_fingerprint;
  return found;
}

const refused: readonly (readonly [query: Record<string, object>, problem: RegExp])[] = [
  [{ timestamp: { type: "term", value: "soon" } }, /timestamp: expected a date as yyyyMMdd.*, got "soon"/],
  [{ timestamp: { type: "range", gte: "2020" } }, /timestamp\.gte: expected a date as .*, got "2020"/],
  [
    { timestamp: { type: "range", gte: "2020", format: "yyyy" } },
    /timestamp\.format: the local index cannot do this for "range", got "yyyy"/,
  ],
  [
    { "label.label_speed": { type: "match", query: "fast" } },
    /label\.label_speed: expected a number, got "fast"/,
  ],
  [
    { "label.label_speed": { type: "range", lt: "fast" } },
    /label\.label_speed\.lt: expected a number, got "fast"/,
  ],
  [{ raw_picture: { type: "terms", values: ["yes"] } }, /raw_picture: expected true or false, got "yes"/],
  [
    { "label.label_speed": { type: "wildcard", value: "1*" } },
    /label\.label_speed: "wildcard" asks for text, this field holds a number/,
  ],
  [
    { upload_date: { type: "prefix", value: "2020" } },
    /upload_date: "prefix" asks for text, this field holds a date/,
  ],
  [
    { track_picture: { type: "match", query: "a" } },
    /track_picture: this field is kept in the label but not indexed/,
  ],
  [
    { event: { type: "match", query: "a", fuzziness: 1 } },
    /event\.fuzziness: the local index cannot do this for "match", got 1/,
  ],
  [
    { event: { type: "match", query: "a", operator: "xor" } },
    /event\.operator: expected and or or, got "xor"/,
  ],
  [
    { event: { type: "match", query: "a b", minimum_should_match: "2<75%" } },
    /event\.minimum_should_match: expected a number or a percentage/,
  ],
  [
    { event: { type: "match_phrase", query: "a b", slop: 2 } },
    /event\.slop: the local index cannot do this for "match_phrase", got 2/,
  ],
];

for (const [query, problem] of refused) {
  test(`search() refuses ${JSON.stringify(query)}`, async () => {
    await assert.rejects(
      find(query),
      (thrown) => thrown instanceof QueryError && problem.test(thrown.message),
    );
    await assert.rejects(search.count(parseQuery(query)), QueryError);
  });
}

test("search() says every problem of a query at once", async () => {
  const all = Object.assign(
    {},
    ...refused
      .slice(1, 2)
      .concat(refused.slice(3, 4), refused.slice(7, 8))
      .map(([query]) => query),
  );
  await assert.rejects(find(all), (thrown) => thrown instanceof QueryError && thrown.problems.length === 3);
});

const found: readonly (readonly [title: string, query: Record<string, object>, labels: string])[] = [
  ["a float by its decimal digits", { "raw_value.normalized_speed": { type: "term", value: 0.1 } }, "01"],
  [
    "a bound of a float by its decimal digits",
    { "raw_value.normalized_speed": { type: "range", gt: 0.1 } },
    "",
  ],
  [
    "numbers in quotes and decimals in an integer field",
    { "label.label_direction": { type: "range", gte: 2 } },
    "01",
  ],
  ["an integer by a decimal: none", { "label.label_direction": { type: "term", value: 2.7 } }, ""],
  [
    "a label whose values do not fit its fields, by what fits",
    { img_id: { type: "terms", values: [2, 3] } },
    "23",
  ],
  ["a value that does not fit as not there", { timestamp: { type: "exists" } }, ""],
  ["a phrase within one value of a list only", { comment: { type: "match_phrase", query: "red fox" } }, "0"],
  ["any date of a list", { upload_date: { type: "term", value: "05/01/2020" } }, "2"],
  ["an unmapped number as it is", { laps: { type: "range", gt: 1, lte: 3 } }, "012"],
  ["an unmapped truth", { wet: { type: "term", value: true } }, "0"],
  ["an object at any depth", { deep: { type: "exists" } }, "3"],
  ["text in the order of code points", { "event.keyword": { type: "range", gt: "\uFFEE" } }, "3"],
  [
    "without regard to case where asked",
    { "hardware_conf.car": { type: "term", value: "fOX", case_insensitive: true } },
    "4",
  ],
  [
    "a prefix without regard to case",
    { "hardware_conf.car": { type: "prefix", value: "fO", case_insensitive: true } },
    "4",
  ],
  [
    "a wildcard without regard to case",
    { "hardware_conf.car": { type: "wildcard", value: "?ox", case_insensitive: true } },
    "4",
  ],
  [
    "enough of the words",
    { comment: { type: "match", query: "red runs slowly", minimum_should_match: 2 } },
    "0",
  ],
  [
    "a share of the words",
    { comment: { type: "match", query: "red fox runs", minimum_should_match: "67%" } },
    "012",
  ],
  ["nothing by no terms, whatever the field", { track_picture: { type: "terms", values: [] } }, ""],
  ["no keyword of a text that has none", { "comment.keyword": { type: "exists" } }, ""],
];

for (const [title, query, labels] of found) {
  test(`search() finds ${title}`, async () => {
    assert.equal(await find(query), labels);
    assert.equal(await search.count(parseQuery(query)), labels.length);
  });
}
