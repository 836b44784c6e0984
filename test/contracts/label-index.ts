// What every label index promises. Each implementation calls this with a way to open an empty, created index.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { LabelDocument } from "../../device/label.ts";
import { parseQuery } from "../../device/query.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import { contractLabels } from "./label-documents.ts";
import { queryCases } from "./label-queries.ts";

/** An index to test and how to put it away. */
export type LabelIndexFixture = { readonly index: LabelIndex; readonly close: () => Promise<void> };

/** Declares the contract's tests for `name`. `open` gives a fresh, empty index whose create() was not called; it runs a few times. */
export function testLabelIndex(
  name: string,
  open: () => Promise<LabelIndexFixture>,
  options: { skip?: string | false; manyDocuments?: number } = {},
): void {
  const { signal } = new AbortController();
  const collect = async (index: LabelIndex, query: unknown): Promise<LabelDocument[]> => {
    const found: LabelDocument[] = [];
    for await (const document of index.search(parseQuery(query), signal)) found.push(document);
    return found;
  };

  describe(`${name}: queries`, { skip: options.skip ?? false }, () => {
    const labels = contractLabels();
    const numbers = new Map(labels.map((label, n) => [label.label_fingerprint, n]));
    let fixture: LabelIndexFixture;
    before(async () => {
      fixture = await open();
      await fixture.index.create(signal);
      // Not in order, so that the order of the answer is the index's own work.
      const shuffled = [...labels].sort((a, b) => (a.label_fingerprint < b.label_fingerprint ? -1 : 1));
      const outcomes = await fixture.index.put(shuffled, { overwrite: false, signal });
      assert.deepEqual(
        new Set(outcomes.map(({ outcome }) => outcome)),
        new Set(["created"]),
        JSON.stringify(outcomes),
      );
      await fixture.index.refresh(signal);
    });
    after(async () => {
      await fixture?.close();
    });

    for (const [title, query, expected] of queryCases) {
      test(`search() ${title}`, async () => {
        const found = await collect(fixture.index, query);
        const inOrder = [...expected].sort((a, b) => compareLabels(labels[a]!, labels[b]!));
        assert.deepEqual(
          found.map(({ label_fingerprint }) => numbers.get(label_fingerprint)),
          inOrder,
        );
        assert.equal(await fixture.index.count(parseQuery(query), signal), expected.length);
      });
    }

    test("search() gives the documents as they were put", async () => {
      for (const found of await collect(fixture.index, {}))
        assert.deepEqual(found, labels[numbers.get(found.label_fingerprint)!]);
    });
  });

  describe(`${name}: documents`, { skip: options.skip ?? false }, () => {
    const [a, b, c] = contractLabels() as unknown as readonly [LabelDocument, LabelDocument, LabelDocument];
    let fixture: LabelIndexFixture;
    let index: LabelIndex;
    before(async () => {
      fixture = await open();
      index = fixture.index;
    });
    after(async () => {
      await fixture?.close();
      await fixture?.close();
    });
    const put = async (documents: readonly LabelDocument[], overwrite = false): Promise<string[]> =>
      (await index.put(documents, { overwrite, signal })).map(({ outcome }) => outcome);

    test("create() makes the index once", async () => {
      assert.equal(await index.create(signal), true);
      assert.equal(await index.create(signal), false);
      await index.probe(signal);
      assert.equal(await index.count(parseQuery({}), signal), 0);
      assert.deepEqual(await collect(index, {}), []);
    });

    test("put() says of each, in order, whether it was there, and keeps what was there", async () => {
      assert.deepEqual(await put([a, b]), ["created", "created"]);
      assert.deepEqual(await put([{ ...a, comment: "changed" }, c, b]), ["exists", "created", "exists"]);
      assert.deepEqual([...(await index.get([a.label_fingerprint], signal)).values()], [a]);
      assert.deepEqual(await put([]), []);
    });

    test("put() with overwrite replaces", async () => {
      const changed = { ...a, comment: "changed" };
      assert.deepEqual(await put([changed], true), ["replaced"]);
      assert.deepEqual((await index.get([a.label_fingerprint], signal)).get(a.label_fingerprint), changed);
      await index.refresh(signal);
      assert.deepEqual(await collect(index, { comment: { type: "match", query: "changed" } }), [changed]);
      assert.deepEqual(await put([a], true), ["replaced"]);
    });

    test("put() of one fingerprint twice at once keeps one", async () => {
      const twin = { ...a, label_fingerprint: "0".repeat(32) };
      assert.deepEqual(await put([twin, twin]), ["created", "exists"]);
      assert.deepEqual(await index.remove([twin.label_fingerprint], signal), [true]);
    });

    test("put() fails the labels whose fingerprint cannot be an id, and keeps the others", async () => {
      const bad = ["", "x".repeat(513), undefined as unknown as string];
      const [good, ...unusable] = ["4".repeat(32), ...bad].map((id) => ({ ...a, label_fingerprint: id }));
      const outcomes = await index.put([unusable[0]!, good!, ...unusable.slice(1)], {
        overwrite: false,
        signal,
      });
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        ["failed", "created", "failed", "failed"],
      );
      for (const one of outcomes) assert.ok(one.outcome !== "failed" || one.error.kind === "permanent");
      assert.deepEqual(await index.remove([bad[0]!, good!.label_fingerprint, bad[1]!], signal), [
        false,
        true,
        false,
      ]);
      assert.equal((await index.get(bad.slice(0, 2), signal)).size, 0);
    });

    test("get() gives what is there and leaves out the rest", async () => {
      const found = await index.get([b.label_fingerprint, "0".repeat(32), c.label_fingerprint], signal);
      assert.deepEqual(new Set(found.keys()), new Set([b.label_fingerprint, c.label_fingerprint]));
      assert.deepEqual(found.get(c.label_fingerprint), c);
      assert.equal((await index.get([], signal)).size, 0);
    });

    test("remove() says of each whether it was there", async () => {
      assert.deepEqual(await index.remove(["0".repeat(32), b.label_fingerprint], signal), [false, true]);
      assert.deepEqual(await index.remove([b.label_fingerprint], signal), [false]);
      assert.deepEqual(await index.remove([], signal), []);
      await index.refresh(signal);
      assert.equal(await index.count(parseQuery({}), signal), 2);
      assert.deepEqual(await put([b]), ["created"]);
    });

    test("an aborted signal stops every method", async () => {
      const stopped = AbortSignal.abort(new Error("stop"));
      await assert.rejects(index.put([a], { overwrite: true, signal: stopped }), /stop/);
      await assert.rejects(index.get([a.label_fingerprint], stopped), /stop/);
      await assert.rejects(index.remove([a.label_fingerprint], stopped), /stop/);
      await assert.rejects(index.count(parseQuery({}), stopped), /stop/);
      await assert.rejects(index.search(parseQuery({}), stopped)[Symbol.asyncIterator]().next(), /stop/);
      assert.equal((await index.get([a.label_fingerprint], signal)).size, 1);
    });

    const many = options.manyDocuments ?? 10_050;
    test(`search() gives ${many} matches, each once, in order`, async () => {
      await index.remove(
        [a, b, c].map(({ label_fingerprint }) => label_fingerprint),
        signal,
      );
      const documents = Array.from({ length: many }, (_, n) => manyLabel(n));
      for (let at = 0; at < many; at += 2000) await put(documents.slice(at, at + 2000));
      await index.refresh(signal);
      const found = await collect(index, {});
      assert.deepEqual(
        found.map(({ label_fingerprint }) => label_fingerprint),
        documents.sort(compareLabels).map(({ label_fingerprint }) => label_fingerprint),
      );
      assert.equal(await index.count(parseQuery({}), signal), many);
    });
  });
}

/** timestamp, then fingerprint; without a timestamp last. */
function compareLabels(a: LabelDocument, b: LabelDocument): number {
  const key = (label: LabelDocument): string => `${label.timestamp ?? "~"} ${label.label_fingerprint}`;
  return key(a) < key(b) ? -1 : 1;
}

/** Small labels, seven of them on one time stamp, fingerprints in no order. */
function manyLabel(n: number): LabelDocument {
  const second = Math.floor(n / 7);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const timestamp = `20200301T${pad(Math.floor(second / 3600))}-${pad(Math.floor(second / 60) % 60)}-${pad(second % 60)}-000000`;
  return {
    img_id: timestamp,
    timestamp,
    label_fingerprint: ((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(32, "0"),
    label: { created_by: "auto", label_direction: n % 5 },
  };
}
