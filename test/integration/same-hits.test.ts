// The promise behind `local:`: a query finds on this machine's own index what it finds on real servers. Thousands of made-up queries.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { parseQuery } from "../../device/query.ts";
import { SyncError } from "../../sync/errors.ts";
import { createElasticIndex } from "../../sync/indexes/elastic.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import { createLocalIndex } from "../../sync/indexes/local.ts";
import { contractLabels } from "../contracts/label-documents.ts";

const servers = {
  elasticsearch: process.env.OUTRIDER_TEST_ELASTICSEARCH ?? "",
  opensearch: process.env.OUTRIDER_TEST_OPENSEARCH ?? "",
};
const skip =
  Object.values(servers).includes("") &&
  "OUTRIDER_TEST_ELASTICSEARCH and OUTRIDER_TEST_OPENSEARCH are not both set: start them with test/servers/search-up";
/** The same queries every time; another number makes others. */
const seed = Number(process.env.OUTRIDER_TEST_SEED ?? 20_200_204);
const numRuns = Number(process.env.OUTRIDER_TEST_RUNS ?? 1_500);

/** Texts that are hard to cut into words. Each is the comment and track of a label of its own. */
const hard = [
  "e-mail alice@example.org, http://example.org:9200/a_b?c=d",
  "3.14 1,000.50 1.2.3 v1.0-rc2 10:30 5% $3 #7 +1 24/7",
  "don't don’t rock'n'roll O'Neil's l'été d’abord",
  "straße STRASSE ﬁn İstanbul ISTANBUL ıspanak ΣΊΣΥΦΟΣ Ångström",
  "cafe\u0301 café naïve ñandú Ünïcödé",
  "東京タワー ひらがな カタカナ 한국어 ภาษาไทย",
  "привет мир שלום ״צה״ל״ مرحبا بالعالم",
  "😀 👩‍👩‍👧 🇫🇷 ❤️ smile😀smile 1️⃣",
  "under_score __init__ CamelCase foo.bar foo:bar foo;bar a·b",
  "tab\there new\nline zero\u200bwidth non\u00a0breaking soft\u00adhyphen",
];
const hardWords = [
  ...new Set(hard.flatMap((text) => [text, ...text.split(/\s+/), ...text.split(/[^\p{L}\p{N}]+/u)])),
];

const words = fc.constantFrom(
  ..."training Training race Race-Day_2 day_2 hall-2020 2020 hall session Session night NIGHT wet floor, floor the of piste1 track Track".split(
    " ",
  ),
  ..."2 (long) long single lane Single lane double l'été L'ÉTÉ été corners Best of best auto alice Alice bob autopilot v1 v2 zzz".split(
    " ",
  ),
  ...hardWords,
  "autopilot v1",
  "single lane",
  "Single Lane",
  "night session",
  "Best of 2020",
  "L'été",
  "Track 2 (long)",
  "",
  " ",
  "off",
  "true",
  "false",
);
const numbers = fc.oneof(
  fc.integer({ min: -2, max: 5 }),
  fc.constantFrom(
    0.4,
    1,
    -0.23,
    -0.24,
    0.12,
    250,
    290,
    327,
    364,
    400,
    307,
    316,
    120,
    150,
    160,
    1.5,
    300,
    70_000,
  ),
);
const dates = fc.constantFrom(
  "20200204",
  "20200210",
  "20200301",
  "20200302",
  "04/02/2020",
  "10/02/2020",
  "01/03/2020",
  "31/12/2099",
  "20200204T15-23-20-381268",
  "20200210T16-24-40-500000",
  "20200210T16-25-00-500000",
  "20200301T00-00-00-000000",
  "20200205T12-40-42-306536",
);
const texts = ["event", "track", "track_type", "dataset.name"];
const keywords = [
  "label.created_by",
  "img_id",
  "s3_bucket",
  "hardware_conf.car",
  "file_name",
  "car_setting.camera.exposure_mode",
];
const numeric = [
  "label.label_direction",
  "label.label_speed",
  "raw_value.raw_direction",
  "raw_value.normalized_speed",
  "raw_value.normalized_direction",
  "car_setting.camera.camera_position",
  "label.raw_dir_to_label_mapping",
  "hardware_conf.version",
];
const timed = ["timestamp", "upload_date", "label.created_on_date"];
const bool = fc.constantFrom("must", "filter", "must_not", "should");

/** A pattern made of a word: some characters replaced by * and ?. */
const patterns = fc
  .tuple(words, fc.array(fc.tuple(fc.nat(20), fc.constantFrom("*", "?", "")), { maxLength: 3 }))
  .map(([word, holes]) => {
    let pattern = word;
    for (const [at, hole] of holes)
      pattern =
        pattern.slice(0, at % (pattern.length + 1)) + hole + pattern.slice((at % (pattern.length + 1)) + 1);
    return pattern;
  });
/** One lower and one upper bound at most: of two, a server takes the one that is written last. */
const bounds = <T>(values: fc.Arbitrary<T>) =>
  fc
    .record({
      lower: fc.constantFrom("gte", "gt", null),
      from: values,
      upper: fc.constantFrom("lte", "lt", null),
      to: values,
    })
    .map(({ lower, from, upper, to }) => ({
      ...(lower === null ? {} : { [lower]: from }),
      ...(upper === null ? {} : { [upper]: to }),
    }))
    .filter((given) => Object.keys(given).length > 0);
const phrases = fc.array(words, { minLength: 1, maxLength: 3 }).map((list) => list.join(" "));

const stringLeaf = fc.oneof(
  fc.record({ type: fc.constant("match"), query: phrases, operator: fc.constantFrom("and", "or") }),
  fc.record({ type: fc.constant("match_phrase"), query: phrases }),
  fc.record({ type: fc.constant("term"), value: words }),
  fc.record({ type: fc.constant("terms"), values: fc.array(words, { maxLength: 3 }) }),
  fc.record({ type: fc.constant("exists") }),
);
const keywordLeaf = fc.oneof(
  stringLeaf,
  fc.record({ type: fc.constantFrom("wildcard", "prefix"), value: patterns }),
);
/** In the words of a text Elasticsearch lowers the letters of a wildcard's pattern, OpenSearch does not: only small ones here. */
const textLeaf = fc.oneof(
  stringLeaf,
  fc.record({ type: fc.constant("prefix"), value: patterns }),
  fc.record({ type: fc.constant("wildcard"), value: patterns.map((pattern) => pattern.toLowerCase()) }),
);
const numberLeaf = fc.oneof(
  fc.record({ type: fc.constantFrom("term"), value: numbers }),
  fc.record({ type: fc.constant("match"), query: fc.oneof(numbers, numbers.map(String)) }),
  fc.record({ type: fc.constant("terms"), values: fc.array(numbers, { maxLength: 3 }) }),
  bounds(fc.oneof(numbers, numbers.map(String))).map((given) => ({ type: "range", ...given })),
  fc.record({ type: fc.constant("exists") }),
);
const dateLeaf = fc.oneof(
  fc.record({ type: fc.constant("term"), value: dates }),
  fc.record({ type: fc.constant("match"), query: dates }),
  fc.record({ type: fc.constant("terms"), values: fc.array(dates, { maxLength: 3 }) }),
  bounds(dates).map((given) => ({ type: "range", ...given })),
  fc.record({ type: fc.constant("exists") }),
);
const conditionOn = (
  fields: readonly string[],
  leaf: fc.Arbitrary<object>,
  subFields: readonly string[] = [""],
) => fc.record({ field: fc.constantFrom(...fields), leaf, bool, sub: fc.constantFrom(...subFields) });
const conditions = fc.oneof(
  conditionOn(texts, textLeaf),
  conditionOn(texts, keywordLeaf, ["keyword"]),
  conditionOn(["comment"], textLeaf),
  conditionOn(keywords, keywordLeaf),
  conditionOn(numeric, numberLeaf),
  conditionOn(timed, dateLeaf),
  conditionOn(
    ["raw_picture"],
    fc.record({ type: fc.constant("term"), value: fc.constantFrom<unknown>(true, false, "true", "false") }),
  ),
  conditionOn(["hardware_conf", "nonsense", "label.nonsense"], fc.record({ type: fc.constant("exists") })),
);
const queries = fc
  .array(conditions, { minLength: 1, maxLength: 3 })
  .map((list) =>
    Object.fromEntries(list.map(({ field, leaf, bool, sub }) => [field, { ...leaf, bool, field: sub }])),
  );

describe("createLocalIndex() and the servers", { skip }, () => {
  const { signal } = new AbortController();
  const labels = [
    ...contractLabels(),
    ...hard.map((text, n) => ({
      ...contractLabels()[n]!,
      label_fingerprint: `hard-${n}`,
      comment: text,
      track: text,
      label: { created_by: text },
    })),
  ];
  const opened: Record<string, LabelIndex> = {};
  let directory = "";

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "outrider-same-hits-"));
    const name = `outrider-test-${randomBytes(4).toString("hex")}`;
    opened.local = createLocalIndex({ directory });
    for (const [server, url] of Object.entries(servers))
      opened[server] = createElasticIndex({ url, index: name });
    for (const index of Object.values(opened)) {
      await index.create(signal);
      await index.put(labels, { overwrite: false, signal });
      await index.refresh(signal);
    }
  });
  after(async () => {
    for (const index of Object.values(opened)) await index.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The fingerprints found, in order; or "refused" for a query that the index does not take. */
  const hits = async (index: LabelIndex, query: unknown): Promise<readonly string[] | "refused"> => {
    const found: string[] = [];
    try {
      for await (const { label_fingerprint } of index.search(parseQuery(query), signal))
        found.push(label_fingerprint);
      return found;
    } catch (error) {
      if (error instanceof SyncError && error.kind === "permanent") return "refused";
      throw error;
    }
  };

  test(`search() finds the same for ${numRuns} made-up queries`, async () => {
    let refused = 0;
    let found = 0;
    await fc.assert(
      fc.asyncProperty(queries, async (query) => {
        const [local, elastic, open] = await Promise.all(
          [opened.local!, opened.elasticsearch!, opened.opensearch!].map((index) => hits(index, query)),
        );
        assert.deepEqual(elastic, open, "the servers agree");
        if (elastic === "refused") refused += 1;
        else if (elastic!.length > 0) found += 1;
        assert.deepEqual(local, elastic);
      }),
      { seed, numRuns },
    );
    assert.ok(refused < numRuns / 10, `${refused} queries were refused`);
    assert.ok(found > numRuns / 4, `only ${found} queries found anything`);
  });
});
