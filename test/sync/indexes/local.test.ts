// The local label index keeps the contract that the servers keep, and says what is wrong in the words of the sync room.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { LabelDocument } from "../../../device/label.ts";
import { parseQuery } from "../../../device/query.ts";
import { openEnvironment } from "../../../device/store/environment.ts";
import { SyncError } from "../../../sync/errors.ts";
import type { LabelIndex } from "../../../sync/indexes/label-index.ts";
import { createLocalIndex } from "../../../sync/indexes/local.ts";
import { testLabelIndex } from "../../contracts/label-index.ts";

testLabelIndex("local", async () => {
  const directory = await mkdtemp(join(tmpdir(), "outrider-local-index-"));
  const index = createLocalIndex({ directory });
  return {
    index,
    close: async () => {
      await index.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});

const { signal } = new AbortController();
const everything = parseQuery({});

async function openIn(t: TestContext, file?: string): Promise<{ index: LabelIndex; directory: string }> {
  const folder = await mkdtemp(join(tmpdir(), "outrider-local-index-"));
  const directory = file === undefined ? folder : join(folder, file);
  const index = createLocalIndex({ directory });
  t.after(async () => {
    await index.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { index, directory };
}

function permanent(words: RegExp): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof SyncError, String(thrown));
    assert.equal(thrown.kind, "permanent");
    assert.match(thrown.message, words);
    return true;
  };
}

function label(fingerprint: unknown): LabelDocument {
  return { img_id: "a", label_fingerprint: fingerprint, label: {} } as LabelDocument;
}

test("put() fails the labels without a usable fingerprint and keeps the others", async (t) => {
  const { index } = await openIn(t);
  const fingerprints = ["one", "", 5, undefined, "x".repeat(513), "two"];
  const outcomes = await index.put([...fingerprints.map(label), null as never], { overwrite: false, signal });
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["created", "failed", "failed", "failed", "failed", "created", "failed"],
  );
  const [, second] = outcomes;
  assert.ok(second?.outcome === "failed");
  assert.equal(second.error.kind, "permanent");
  assert.equal(second.error.message, 'label_fingerprint: expected text of 1–512 bytes, got ""');
  assert.equal(await index.count(everything, signal), 2);
});

test("put() takes labels whose fields have the wrong types, and finds them by the right ones", async (t) => {
  const { index } = await openIn(t);
  const odd = { ...label("odd"), event: 5, timestamp: {}, dataset: "x", label: { label_direction: [] } };
  await index.put([odd as unknown as LabelDocument], { overwrite: false, signal });
  assert.equal(await index.count(parseQuery({ event: { type: "match", query: "5" } }), signal), 1);
  assert.deepEqual([...(await index.get(["odd"], signal)).values()], [odd]);
});

test("search() and count() refuse a query that cannot be answered, naming field and value", async (t) => {
  const { index } = await openIn(t);
  const query = parseQuery({ timestamp: { type: "range", gte: "soon" } });
  const refused = permanent(/^local:.*\n {2}timestamp\.gte: expected a date as .*, got "soon"$/);
  await assert.rejects(index.search(query, signal)[Symbol.asyncIterator]().next(), refused);
  await assert.rejects(index.count(query, signal), refused);
});

test("search() may be left before its end", async (t) => {
  const { index } = await openIn(t);
  await index.put(
    Array.from({ length: 700 }, (_, n) => label(`${n}`)),
    { overwrite: false, signal },
  );
  for await (const found of index.search(everything, signal)) {
    assert.equal(found.label_fingerprint, "0");
    break;
  }
  assert.deepEqual(await index.remove(["0", "1"], signal), [true, true]);
});

test("createLocalIndex() makes nothing before its first use and can be closed unused", async (t) => {
  const { index, directory } = await openIn(t, "not-made");
  await index.close();
  await index.close();
  await assert.rejects(writeFile(join(directory, "x"), ""), { code: "ENOENT" });
  await assert.rejects(index.probe(signal), permanent(/the index is closed/));
});

test("create() of an index that was there is false, also the first time it is asked", async (t) => {
  const { index, directory } = await openIn(t);
  assert.equal(await index.create(signal), true);
  await index.close();
  const again = createLocalIndex({ directory });
  assert.equal(await again.create(signal), false);
  await again.close();
});

test("probe() says what is wrong with the folder", async (t) => {
  const { directory } = await openIn(t);
  await writeFile(join(directory, "file"), "x");
  const inFile = createLocalIndex({ directory: join(directory, "file") });
  await assert.rejects(inFile.probe(signal), permanent(/^local:.*file: .*to be a folder/));
  await writeFile(join(directory, "data.mdb"), "no index ".repeat(2000));
  const foreign = createLocalIndex({ directory });
  await assert.rejects(foreign.probe(signal), permanent(/data\.mdb is no usable index: move it away/));
  await foreign.close();
});

test("probe() refuses an index of a newer version of this program", async (t) => {
  const { index, directory } = await openIn(t);
  const environment = openEnvironment(directory);
  await environment.table<string>("meta").put("schema", Buffer.from("1.200"));
  await environment.close();
  await assert.rejects(index.probe(signal), permanent(/got "1\.200"; it was written by a newer version/));
});
