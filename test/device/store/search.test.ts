// The label search on disk: what it promises beyond the queries of the label-index contract.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { LabelDocument } from "../../../device/label.ts";
import { silentLog } from "../../../device/log.ts";
import { parseQuery } from "../../../device/query.ts";
import { openEnvironment } from "../../../device/store/environment.ts";
import { type LabelSearch, openLabelSearch } from "../../../device/store/search.ts";
import { createChance, randomLabel, randomQuery } from "../../contracts/random-labels.ts";

const { signal } = new AbortController();

async function makeDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "outrider-search-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function openAt(t: TestContext, directory: string, errors: string[] = []): Promise<LabelSearch> {
  const note = (_fields: object, message: string): void => void errors.push(message);
  const search = await openLabelSearch({ directory, log: { ...silentLog, warn: note, error: note } });
  t.after(search.close);
  return search;
}

function named(document: LabelDocument): { fingerprint: string; document: LabelDocument } {
  return { fingerprint: document.label_fingerprint, document };
}

function label(n: number, more: object = {}): LabelDocument {
  return {
    img_id: `picture-${n}`,
    label_fingerprint: `print-${n}`,
    label: { label_direction: n % 5 },
    ...more,
  };
}

async function find(search: LabelSearch, query: unknown): Promise<string[]> {
  const found: string[] = [];
  for await (const document of search.search(parseQuery(query), signal))
    found.push(document.label_fingerprint);
  return found;
}

/** Changes one byte in the value of a key, behind the back of the search. */
async function damage(directory: string, table: string, pick: (key: unknown) => boolean): Promise<void> {
  const environment = openEnvironment(directory);
  const values = environment.table<string>(table);
  await environment.write(() => {
    for (const { key, value } of [...values.getRange({})]) {
      if (!pick(key)) continue;
      const changed = Buffer.from(value);
      changed[changed.length - 1]! ^= 0x10;
      void values.put(key, changed);
    }
  });
  await environment.close();
}

test("openLabelSearch() says whether it made the index, and keeps it", async (t) => {
  const directory = await makeDirectory(t);
  const first = await openAt(t, directory);
  assert.equal(first.created, true);
  await first.put([named(label(1))], { overwrite: false });
  await first.close();
  await first.close();
  const second = await openAt(t, directory);
  assert.equal(second.created, false);
  assert.deepEqual(await find(second, {}), ["print-1"]);
  assert.ok(second.fileBytes() > 0);
});

test("put() and remove() by chance leave the same index as putting the rest alone", async (t) => {
  const chance = createChance(42);
  const used = await openAt(t, await makeDirectory(t));
  const kept = new Map<string, LabelDocument>();
  for (let round = 0; round < 60; round += 1) {
    const documents = Array.from({ length: 20 }, () => randomLabel(chance, chance.below(150)));
    if (chance.happens(0.3)) {
      const fingerprints = [...new Set(documents.map((document) => document.label_fingerprint))];
      const expected = fingerprints.map((fingerprint) => kept.delete(fingerprint));
      assert.deepEqual(await used.remove(fingerprints), expected);
      continue;
    }
    const overwrite = chance.happens(0.5);
    const outcomes = await used.put(documents.map(named), { overwrite });
    documents.forEach((document, at) => {
      const wasThere = kept.has(document.label_fingerprint);
      if (overwrite || !wasThere) kept.set(document.label_fingerprint, document);
      assert.equal(outcomes[at], wasThere ? (overwrite ? "replaced" : "exists") : "created");
    });
  }
  const fresh = await openAt(t, await makeDirectory(t));
  await fresh.put([...kept.values()].map(named), { overwrite: false });
  for (let n = 0; n < 400; n += 1) {
    const query = randomQuery(chance);
    const [expected, got] = await Promise.all(
      [fresh, used].map((search) => find(search, query).catch((thrown: Error) => thrown.name)),
    );
    assert.deepEqual(got, expected, JSON.stringify(query));
  }
});

test("remove() leaves nothing of a label behind", async (t) => {
  const directory = await makeDirectory(t);
  const search = await openAt(t, directory);
  await search.put([named(label(1, { comment: "x".repeat(3000), timestamp: "20200101" }))], {
    overwrite: false,
  });
  await search.remove(["print-1"]);
  await search.close();
  const environment = openEnvironment(directory);
  for (const table of ["documents", "numbers", "postings"])
    assert.equal(environment.table(table).getKeysCount({}), 0, table);
  await environment.close();
});

test("search() finds among many terms and few candidates by reading those", async (t) => {
  const search = await openAt(t, await makeDirectory(t));
  const labels = Array.from({ length: 3000 }, (_, n) =>
    label(n, { comment: `run ${n} of night ${n % 7}`, event: n % 1000 === 0 ? "rare" : "common" }),
  );
  await search.put(labels.map(named), { overwrite: false });
  const rare = { event: { type: "match", query: "rare" } };
  assert.deepEqual(await find(search, { ...rare, img_id: { type: "wildcard", value: "*000" } }), [
    "print-1000",
    "print-2000",
  ]);
  assert.deepEqual(
    await find(search, { ...rare, img_id: { type: "wildcard", bool: "must_not", value: "*-?000" } }),
    ["print-0"],
  );
  assert.deepEqual(
    await find(search, { ...rare, comment: { type: "match_phrase", query: "of night 5" } }),
    ["print-2000"].filter(() => 2000 % 7 === 5),
  );
  assert.equal(await search.count(parseQuery({ comment: { type: "match_phrase", query: "night 3" } })), 429);
});

test("search() keeps apart terms too long for a key", async (t) => {
  const search = await openAt(t, await makeDirectory(t));
  const start = "é".repeat(400);
  const long = ["a", "b", "c"].map((end, n) => label(n, { file_name: `${start}${end}` }));
  await search.put(long.map(named), { overwrite: false });
  assert.deepEqual(await find(search, { file_name: { type: "term", value: `${start}b` } }), ["print-1"]);
  assert.deepEqual(await find(search, { file_name: { type: "range", gt: `${start}a` } }), [
    "print-1",
    "print-2",
  ]);
  assert.deepEqual(await find(search, { file_name: { type: "prefix", value: `${start}c` } }), ["print-2"]);
  assert.deepEqual(await find(search, { file_name: { type: "wildcard", value: "*?b" } }), ["print-1"]);
});

test("search() sets a damaged label aside, says so, and finds the rest", async (t) => {
  const directory = await makeDirectory(t);
  const before = await openAt(t, directory);
  await before.put(
    [1, 2, 3].map((n) => named(label(n))),
    { overwrite: false },
  );
  await before.close();
  await damage(directory, "documents", (key) => key === 1);
  const errors: string[] = [];
  const search = await openAt(t, directory, errors);
  assert.deepEqual(await find(search, {}), ["print-1", "print-3"]);
  assert.match(errors.join(), /label print-2 is damaged \(.*\) and was set aside; the rest stays searchable/);
  assert.equal(search.damaged(), 1);
  assert.equal(await search.count(parseQuery({})), 2);
  // Its name is free again, and its number is not used for another label.
  assert.deepEqual(await search.put([named(label(2))], { overwrite: false }), ["created"]);
  assert.deepEqual(await find(search, { "label.label_direction": { type: "term", value: 2 } }), ["print-2"]);
});

test("put() and remove() of a damaged label set its bytes aside", async (t) => {
  const directory = await makeDirectory(t);
  const before = await openAt(t, directory);
  await before.put(
    [1, 2, 3].map((n) => named(label(n))),
    { overwrite: false },
  );
  await before.close();
  await damage(directory, "documents", (key) => key === 0 || key === 1);
  const search = await openAt(t, directory);
  assert.deepEqual(await search.put([named(label(1))], { overwrite: true }), ["replaced"]);
  assert.deepEqual(await search.remove(["print-2", "print-2"]), [true, false]);
  assert.equal(search.damaged(), 2);
  assert.deepEqual((await find(search, {})).sort(), ["print-1", "print-3"]);
});

for (const table of ["postings", "columns", "numbers", "fields"]) {
  test(`search() and put() build the index anew when its ${table} are damaged`, async (t) => {
    const directory = await makeDirectory(t);
    const before = await openAt(t, directory);
    const documents = Array.from({ length: 50 }, (_, n) => label(n, { timestamp: `202001${10 + (n % 20)}` }));
    await before.put(documents.map(named), { overwrite: false });
    const query = {
      timestamp: { type: "range", lte: "20200114" },
      img_id: { type: "prefix", value: "picture-2" },
    };
    const expected = await find(before, query);
    assert.ok(expected.length > 2);
    await before.close();
    await damage(directory, table, () => true);
    const errors: string[] = [];
    const search = await openAt(t, directory, errors);
    if (table === "numbers") assert.equal((await search.get(["print-7"])).size, 1);
    assert.deepEqual(await find(search, query), expected);
    assert.match(errors.join(), /building it anew/);
    await damage(directory, table, () => true);
    assert.deepEqual(await search.put([named(label(7)), named(label(99))], { overwrite: false }), [
      "exists",
      "created",
    ]);
    assert.equal(await search.count(parseQuery({})), 51);
  });
}

test("openLabelSearch() refuses an index of a newer version", async (t) => {
  const directory = await makeDirectory(t);
  const environment = openEnvironment(directory);
  await environment.table<string>("meta").put("schema", Buffer.from("2.1"));
  await environment.close();
  await assert.rejects(
    openLabelSearch({ directory, log: silentLog }),
    /label index in .*: expected schema version 1\.\d+ or older, got "2\.1"; it was written by a newer version/,
  );
});

test("search() stops when its signal aborts, and says when the index was closed under it", async (t) => {
  const search = await openAt(t, await makeDirectory(t));
  await search.put(
    Array.from({ length: 600 }, (_, n) => named(label(n))),
    { overwrite: false },
  );
  const stop = new AbortController();
  let seen = 0;
  const reading = async (): Promise<void> => {
    for await (const _label of search.search(parseQuery({}), stop.signal)) {
      seen += 1;
      if (seen === 10) stop.abort(new Error("enough"));
    }
  };
  await assert.rejects(reading, /enough/);
  assert.ok(seen < 600, `${seen} labels were read after the signal`);
  const rest = search.search(parseQuery({}), signal);
  await rest.next();
  await search.close();
  await assert.rejects(rest.next(), /it was closed while being read/);
});

test("put() from two processes at once loses and doubles nothing", async (t) => {
  const directory = await makeDirectory(t);
  const writer = join(import.meta.dirname, "search-writer.ts");
  const children = ["a", "b"].map((name) =>
    spawn(
      process.execPath,
      [...process.execArgv.filter((flag) => !flag.startsWith("--test")), writer, directory, name],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    ),
  );
  const search = await openAt(t, directory);
  const ends = children.map((child) => once(child, "exit"));
  let seen = 0;
  let running = 2;
  for (const end of ends) void end.then(() => (running -= 1));
  // A reader beside two writers sees the count only rise.
  while (running > 0) {
    const count = await search.count(parseQuery({}));
    assert.ok(count >= seen, `${count} labels after ${seen}`);
    seen = count;
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const [code] of await Promise.all(ends)) assert.equal(code, 0);
  // 20 batches of 10 each of its own, and 20 that both put.
  assert.equal(await search.count(parseQuery({})), 420);
  const found = await find(search, { "label.created_by": { type: "terms", values: ["a", "b"] } });
  assert.equal(new Set(found).size, 420);
  assert.equal(found.length, 420);
});
