// The local label index against real servers: what it finds, and which queries it refuses, must be theirs, for queries made by chance.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseQuery, QueryError } from "../../device/query.ts";
import { SyncError } from "../../sync/errors.ts";
import { createElasticIndex } from "../../sync/indexes/elastic.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import { createLocalIndex } from "../../sync/indexes/local.ts";
import { createChance, randomLabel, randomQuery } from "../contracts/random-labels.ts";

const labels = 300;
const queries = Number(process.env.OUTRIDER_TEST_QUERIES ?? 1500);
// Another seed with OUTRIDER_TEST_SEED asks other questions.
const seed = Number(process.env.OUTRIDER_TEST_SEED ?? 1);

for (const [name, variable] of [
  ["Elasticsearch", "OUTRIDER_TEST_ELASTICSEARCH"],
  ["OpenSearch", "OUTRIDER_TEST_OPENSEARCH"],
] as const) {
  const url = process.env[variable] ?? "";
  const skip =
    url === "" && `${variable} is not set: start a server with test/servers/search-up and give its address`;
  test(`createLocalIndex() finds what ${name} finds, ${queries} queries of seed ${seed}`, {
    skip,
  }, async () => {
    const { signal } = new AbortController();
    const chance = createChance(seed);
    const directory = await mkdtemp(join(tmpdir(), "outrider-local-index-"));
    const local = createLocalIndex({ directory });
    const index = `outrider-test-${randomBytes(4).toString("hex")}`;
    const server = createElasticIndex({ url, index });
    try {
      const documents = Array.from({ length: labels }, (_, n) => randomLabel(chance, n));
      await server.create(signal);
      const outcomes = await server.put(documents, { overwrite: false, signal });
      const kept = documents.filter((_document, at) => outcomes[at]?.outcome === "created");
      assert.ok(kept.length > labels * 0.9, `${name} kept ${kept.length} of ${labels}`);
      await local.put(kept, { overwrite: false, signal });
      await server.refresh(signal);
      const differences: string[] = [];
      for (let at = 0; at < queries; at += 1) {
        const query = randomQuery(chance);
        const [theirs, ours] = [await answer(server, query, signal), await answer(local, query, signal)];
        const isSame = theirs.found === ours.found;
        // A server that finds nothing by one condition may not read the others; this index always says what it cannot do.
        const isStricter = theirs.found === "" && ours.found === null;
        if (!isSame && !isStricter)
          differences.push(`${JSON.stringify(query)}\n  ${name}: ${theirs.words}\n  local: ${ours.words}`);
      }
      assert.equal(
        differences.length,
        0,
        `${differences.length} of ${queries} differ:\n${differences.slice(0, 10).join("\n")}`,
      );
    } finally {
      await local.close();
      await fetch(`${url}/${index}`, { method: "DELETE" });
      await server.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
}

/** The numbers of the labels found; `found` is null when the query was refused. */
async function answer(
  index: LabelIndex,
  query: unknown,
  signal: AbortSignal,
): Promise<{ found: string | null; words: string }> {
  try {
    const numbers: number[] = [];
    for await (const label of index.search(parseQuery(query), signal))
      numbers.push(Number.parseInt(label.label_fingerprint, 16));
    assert.equal(await index.count(parseQuery(query), signal), numbers.length);
    return { found: numbers.join(" "), words: numbers.join(" ") };
  } catch (cause) {
    if (cause instanceof QueryError || cause instanceof SyncError)
      return { found: null, words: cause.message };
    throw cause;
  }
}
