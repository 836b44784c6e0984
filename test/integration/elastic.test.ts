// The label index against real Elasticsearch and OpenSearch nodes.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { parseQuery } from "../../device/query.ts";
import { SyncError } from "../../sync/errors.ts";
import { createElasticIndex } from "../../sync/indexes/elastic.ts";
import { promoteIndex } from "../../sync/indexes/elastic-alias.ts";
import { connectElastic } from "../../sync/indexes/elastic-connection.ts";
import { putDocument } from "../../sync/indexes/elastic-document.ts";
import { contractLabels } from "../contracts/label-documents.ts";
import { testLabelIndex } from "../contracts/label-index.ts";

const { signal } = new AbortController();
const freshName = (): string => `outrider-test-${randomBytes(4).toString("hex")}`;
const everything = parseQuery({});

for (const [name, product, variable] of [
  ["Elasticsearch", "elasticsearch", "OUTRIDER_TEST_ELASTICSEARCH"],
  ["OpenSearch", "opensearch", "OUTRIDER_TEST_OPENSEARCH"],
] as const) {
  const url = process.env[variable] ?? "";
  const skip =
    url === "" && `${variable} is not set: start a server with test/servers/search-up and give its address`;
  const open = (index: string, pageSize?: number) => createElasticIndex({ url, index, pageSize });

  testLabelIndex(
    `createElasticIndex() on ${name}`,
    async () => {
      const index = open(freshName());
      return { index, close: index.close };
    },
    { skip },
  );

  describe(`createElasticIndex() on ${name}, beyond the contract`, { skip }, () => {
    const [a, b] = contractLabels() as [never, never];

    test("connectElastic() knows what it speaks to", async () => {
      const connection = connectElastic({ url: `${url}/` });
      assert.equal((await connection.dialect(signal)).product, product);
      assert.equal(connection.url, url);
      await connection.close();
    });

    test("put() does not let the server make an index without our mapping", async () => {
      const index = open(freshName());
      await assert.rejects(
        index.put([a], { overwrite: false, signal }),
        isSync("permanent", /There is no index .*create/),
      );
      await assert.rejects(index.probe(signal), isSync("permanent", /There is no index/));
      await assert.rejects(index.count(everything, signal), isSync("permanent", /index_not_found_exception/));
      await index.close();
    });

    test("put() into a strict index of the old tools fails for the label it refuses, in the server's words, and keeps the others", async () => {
      const name = freshName();
      const connection = connectElastic({ url });
      const mappings = {
        dynamic: "strict",
        properties: {
          img_id: { type: "keyword" },
          label: { type: "object", enabled: false },
          label_fingerprint: { type: "keyword" },
        },
      };
      await connection.request({ method: "PUT", path: `/${name}`, body: { mappings }, signal });
      const index = open(name);
      const plain = { img_id: "x", label_fingerprint: "0".repeat(32), label: {} };
      const outcomes = await index.put(
        [
          { ...plain, to_delete: true },
          { ...plain, label_fingerprint: "1".repeat(32) },
        ],
        { overwrite: false, signal },
      );
      assert.equal(outcomes[1]?.outcome, "created");
      assert.ok(outcomes[0]?.outcome === "failed" && outcomes[0].error.kind === "permanent");
      assert.match(outcomes[0].error.message, /label 0+ to .*strict_dynamic_mapping_exception.*to_delete/);
      await Promise.all([index.close(), connection.close()]);
    });

    test("put() keeps labels with values that the field's type cannot hold", async () => {
      const index = open(freshName());
      await index.create(signal);
      const odd = {
        img_id: "x".repeat(5000),
        label_fingerprint: "2".repeat(32),
        label: { created_by: "auto", label_direction: "z" },
        timestamp: "yesterday",
        weather: 3,
        lens: { name: "wide", angles: [120, 160] },
        comment: "y".repeat(100_000),
      };
      const [first, second] = await index.put(
        [odd, { ...odd, label_fingerprint: "3".repeat(32), weather: "wet", lens: { angles: "160°" } }],
        { overwrite: false, signal },
      );
      assert.deepEqual([first, second], [{ outcome: "created" }, { outcome: "created" }]);
      assert.deepEqual((await index.get(["2".repeat(32)], signal)).get("2".repeat(32)), odd);
      await index.close();
    });

    test("search() meets a refused query with the server's reason", async () => {
      const index = open(freshName());
      await index.create(signal);
      const query = parseQuery({ "label.label_direction": { type: "term", value: "left" } });
      await assert.rejects(
        index.search(query, signal)[Symbol.asyncIterator]().next(),
        isSync("permanent", /left/),
      );
      await index.close();
    });

    test("search() pages meet without gap or repetition, also past labels without time stamp or fingerprint order", async () => {
      const index = open(freshName(), 2);
      await index.create(signal);
      const labels = contractLabels();
      await index.put(labels, { overwrite: false, signal });
      await index.put([{ ...labels[0]!, label_fingerprint: "9".repeat(32), timestamp: undefined }], {
        overwrite: false,
        signal,
      });
      await index.refresh(signal);
      const found: string[] = [];
      for await (const label of index.search(everything, signal)) found.push(label.label_fingerprint);
      assert.equal(found.length, labels.length + 1);
      assert.equal(new Set(found).size, found.length);
      assert.deepEqual(found.slice(-2), ["9".repeat(32), "f".repeat(32)]);
      await index.close();
    });

    test("a search left early gives back what it held on the server", async () => {
      const index = open(freshName(), 1);
      await index.create(signal);
      await index.put([a, b], { overwrite: false, signal });
      await index.refresh(signal);
      for await (const _label of index.search(everything, signal)) break;
      if (product === "opensearch") {
        const connection = connectElastic({ url });
        const { body } = await connection.request({
          method: "GET",
          path: "/_nodes/stats/indices/search",
          signal,
        });
        const [node] = Object.values(
          (body as { nodes: Record<string, { indices: { search: Record<string, number> } }> }).nodes,
        );
        assert.equal(node?.indices.search.point_in_time_current, 0);
        await connection.close();
      }
      await index.close();
    });

    test("promoteIndex() moves an alias in one step, and the alias serves as index", async () => {
      const [first, second, alias] = [freshName(), freshName(), freshName()];
      for (const name of [first, second]) await open(name).create(signal);
      assert.deepEqual(await promoteIndex({ url, index: first, alias }, signal), []);
      assert.deepEqual(await promoteIndex({ url, index: second, alias }, signal), [first]);
      assert.deepEqual(await promoteIndex({ url, index: second, alias }, signal), [second]);
      const index = open(alias);
      assert.equal(await index.create(signal), false);
      await index.put([a], { overwrite: false, signal });
      await index.refresh(signal);
      assert.equal(await index.count(everything, signal), 1);
      assert.equal(await open(second).count(everything, signal), 1);
      assert.equal(await open(first).count(everything, signal), 0);
      await assert.rejects(
        promoteIndex({ url, index: first, alias: second }, signal),
        isSync("permanent", /an index has that name/),
      );
      await assert.rejects(
        promoteIndex({ url, index: freshName(), alias }, signal),
        isSync("permanent", /no such index/),
      );
      await index.close();
    });

    test("putDocument() keeps the log of a command", async () => {
      const index = freshName();
      await putDocument(
        { url, index },
        { id: "log 1", fields: { user: "alice", message: "3 uploaded" } },
        signal,
      );
      const connection = connectElastic({ url });
      const { body } = await connection.request({ method: "GET", path: `/${index}/_doc/log%201`, signal });
      assert.deepEqual((body as { _source: unknown })._source, { user: "alice", message: "3 uploaded" });
      await connection.close();
    });
  });
}

function isSync(kind: SyncError["kind"], words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SyncError, String(error));
    assert.match(error.message, words);
    assert.equal(error.kind, kind);
    return true;
  };
}
