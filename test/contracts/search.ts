// What search and data sets promise, whatever bucket and index they work with. Each test starts with both empty.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createDataset, deleteDataset } from "../../agent/dataset-verbs.ts";
import { addToDataset, labelsInDataset, listDatasets } from "../../agent/datasets.ts";
import { openPictureFolder } from "../../agent/picture-folder.ts";
import { type SearchOptions, search } from "../../agent/search.ts";
import { upload } from "../../agent/upload.ts";
import type { LabelDocument } from "../../device/label.ts";
import { readLabelsFile, rewriteLabelsFile } from "../../device/labels-file.ts";
import { parseQuery } from "../../device/query.ts";
import { labelOf, writePictures } from "../fakes/labelled-pictures.ts";
import { createFakePerson } from "../fakes/person.ts";
import type { Backends } from "./upload.ts";

const { signal } = new AbortController();
const nowUs = (): number => Date.UTC(2026, 0, 1) * 1000;

/** Runs every promise on backends from `open`. `many`: how many labels the test of a large answer uses. */
export function searchContract(
  name: string,
  open: () => Promise<Backends>,
  options: { readonly skip?: string | undefined; readonly many: number },
): void {
  const promise = (text: string, check: (backends: Backends, root: string) => Promise<void>): void => {
    test(`${text} [${name}]`, { skip: options.skip ?? false }, async () => {
      const root = mkdtempSync(join(tmpdir(), "outrider-search-"));
      const backends = await open();
      try {
        await check(backends, root);
      } finally {
        await backends.close();
        rmSync(root, { recursive: true });
      }
    });
  };
  const eight = Array.from({ length: 8 }, (_, n) => labelOf(n));
  const fill = async (backends: Backends, root: string, documents = eight): Promise<void> => {
    await writePictures(join(root, "in"), documents);
    const result = await upload({
      ...backends,
      documents,
      folder: openPictureFolder(join(root, "in")),
      force: false,
      dryRun: false,
      deleteLocal: false,
      person: createFakePerson(true),
      nowUs,
      signal,
    });
    assert.equal(result.failed, 0);
  };
  const find = (backends: Backends, root: string, query: unknown, given: Partial<SearchOptions> = {}) =>
    search({
      query: parseQuery(query),
      index: backends.index,
      bucketNamed: () => backends.bucket,
      folder: openPictureFolder(join(root, "out")),
      dryRun: false,
      person: createFakePerson(true),
      nowUs,
      signal,
      ...given,
    });

  promise(
    "search() downloads what matches, byte for byte, and only what is missing",
    async (backends, root) => {
      await fill(backends, root);
      const query = { "label.label_direction": { type: "range", bool: "filter", gte: 1, lte: 2 } };
      const first = await find(backends, root, query);
      assert.deepEqual([first.labels, first.pictures, first.missing.length, first.downloaded], [4, 4, 4, 4]);
      const { documents } = readLabelsFile(first.labelsFile!);
      assert.deepEqual(
        documents.map((document) => document.img_id),
        [1, 2, 6, 7].map((n) => eight[n]!.img_id),
      );
      for (const { file_name } of documents)
        assert.deepEqual(
          readFileSync(join(root, "out", file_name!)),
          readFileSync(join(root, "in", file_name!)),
        );
      const wider = { event: { type: "match", query: "session_14012020" } };
      const second = await find(backends, root, wider);
      assert.deepEqual([second.pictures, second.missing.length, second.downloaded], [8, 4, 4]);
      const third = await find(backends, root, wider);
      assert.deepEqual([third.pictures, third.missing, third.downloaded, third.failed], [8, [], 0, []]);
      assert.ok(readdirSync(join(root, "out")).every((entry) => !entry.endsWith(".part")));
    },
  );

  promise("search() gives every hit of a large answer", async (backends, root) => {
    const documents = Array.from({ length: options.many }, (_, n) => labelOf(n));
    for (let start = 0; start < documents.length; start += 500)
      await backends.index.put(documents.slice(start, start + 500), { overwrite: false, signal });
    await backends.index.refresh(signal);
    const found = await find(backends, root, {}, { person: createFakePerson(false) });
    assert.deepEqual([found.labels, found.pictures, found.declined], [options.many, options.many, true]);
    assert.equal(readLabelsFile(found.labelsFile!).documents.length, options.many);
  });

  promise("search() keeps the last of several labels of a picture and names both", async (backends, root) => {
    await fill(backends, root, eight.slice(0, 2));
    const other = { ...labelOf(0, { createdBy: "alice" }), s3_bucket: "elsewhere/" };
    await backends.index.put([other], { overwrite: false, signal });
    await backends.index.refresh(signal);
    const found = await find(backends, root, {}, { dryRun: true });
    assert.deepEqual([found.labels, found.pictures, found.superseded.length], [3, 2, 1]);
    const [one] = found.superseded;
    assert.deepEqual(
      new Set([one!.dropped, one!.kept]),
      new Set([eight[0]!.label_fingerprint, other.label_fingerprint]),
    );
  });

  promise(
    "createDataset() makes labels findable by name, deleteDataset() takes exactly that name off",
    async (backends, root) => {
      await fill(backends, root);
      const path = join(root, "labels.json");
      rewriteLabelsFile(path, "dictionary", eight.slice(0, 3));
      const person = createFakePerson(true);
      const work = { index: backends.index, person, signal };
      const create = (file: string, dataset: string, rewriteFile = false) =>
        createDataset({
          ...work,
          file: readLabelsFile(file),
          draft: { name: dataset, comment: "c", date: "20260101T00-00-00-000000", query: { event: {} } },
          interactive: false,
          rewriteFile,
          dryRun: false,
          nowUs,
        });
      const made = await create(path, "night drive", true);
      assert.deepEqual([made.change.changed, made.change.absent, made.declined], [3, [], false]);
      assert.deepEqual(readLabelsFile(path).documents[0]!.dataset, [
        {
          query: '{"event":{}}',
          created_on_date: "20260101T00-00-00-000000",
          name: "night drive",
          comment: "c",
        },
      ]);
      assert.equal((await create(path, "night drive", true)).change.unchanged, 3);
      assert.equal(readLabelsFile(path).documents[0]!.dataset?.length, 1);
      await create(path, "night");
      assert.deepEqual(
        (await listDatasets(backends.index, signal)).map(({ name, labels, pictures }) => [
          name,
          labels,
          pictures,
        ]),
        [
          ["night", 3, 3],
          ["night drive", 3, 3],
        ],
      );
      const hits = await find(backends, root, {
        "dataset.name": { type: "term", field: "keyword", value: "night drive" },
      });
      assert.deepEqual([hits.pictures, hits.downloaded], [3, 3]);

      const refused = await deleteDataset("night", {
        ...work,
        person: createFakePerson(false),
        dryRun: false,
      });
      assert.deepEqual([refused.declined, refused.change.changed], [true, 0]);
      assert.equal((await deleteDataset("night", { ...work, dryRun: false })).change.changed, 3);
      assert.equal((await deleteDataset("night", { ...work, dryRun: false })).change.changed, 0);
      assert.deepEqual(
        (await listDatasets(backends.index, signal)).map(({ name }) => name),
        ["night drive"],
      );
      assert.equal(await backends.index.count(parseQuery({}), signal), 8);
    },
  );

  promise("deleteDataset() reaches every label of a large data set", async (backends) => {
    const entry = { name: "big", comment: "", created_on_date: "20260101T00-00-00-000000", query: null };
    const documents: LabelDocument[] = Array.from({ length: options.many }, (_, n) => ({
      ...labelOf(n),
      dataset: [entry],
    }));
    for (let start = 0; start < documents.length; start += 500)
      await backends.index.put(documents.slice(start, start + 500), { overwrite: false, signal });
    await backends.index.refresh(signal);
    const work = { index: backends.index, person: createFakePerson(true), signal };
    assert.equal((await deleteDataset("big", { ...work, dryRun: false })).change.changed, options.many);
    assert.deepEqual(await labelsInDataset("big", backends.index, signal), []);
  });

  promise("addToDataset() names the labels that the index does not have", async (backends) => {
    await backends.index.put(eight.slice(0, 1), { overwrite: false, signal });
    const entry = { name: "n", comment: "", created_on_date: "20260101T00-00-00-000000", query: null };
    const change = await addToDataset([eight[0]!.label_fingerprint, "none"], entry, {
      index: backends.index,
      person: createFakePerson(true),
      signal,
    });
    assert.deepEqual(change, { changed: 1, unchanged: 0, absent: ["none"], failed: [] });
  });

  promise(
    "search() writes nothing where nothing matches, and nothing in a rehearsal",
    async (backends, root) => {
      await fill(backends, root, eight.slice(0, 1));
      const none = await find(backends, root, { event: { type: "match", query: "nowhere" } });
      assert.deepEqual([none.labels, none.labelsFile], [0, null]);
      const rehearsal = await find(backends, root, {}, { dryRun: true });
      assert.deepEqual([rehearsal.missing.length, rehearsal.labelsFile, rehearsal.downloaded], [1, null, 0]);
      assert.ok(!readdirSync(root).includes("out"));
    },
  );
}
