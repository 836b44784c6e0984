// What a search does with labels and folders that are not as they should be.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPictureFolder } from "../../agent/picture-folder.ts";
import { type SearchOptions, type SearchResult, search } from "../../agent/search.ts";
import { describeSearch, judgeSearch } from "../../agent/search-report.ts";
import type { LabelDocument } from "../../device/label.ts";
import type { Bucket } from "../../sync/buckets/bucket.ts";
import { createFolderBucket } from "../../sync/buckets/folder.ts";
import { SyncError } from "../../sync/errors.ts";
import { labelOf } from "../fakes/labelled-pictures.ts";
import { createMemoryLabelIndex } from "../fakes/memory-label-index.ts";
import { createFakePerson } from "../fakes/person.ts";

const { signal } = new AbortController();
const nowUs = Date.UTC(2026, 0, 1) * 1000;

type World = {
  readonly root: string;
  readonly out: string;
  readonly bucket: Bucket;
  /** Puts labels into the index, and a picture for each into the bucket. */
  readonly fill: (documents: readonly LabelDocument[]) => Promise<void>;
  readonly find: (given?: Partial<SearchOptions>) => Promise<SearchResult>;
};

function edge(promise: string, check: (world: World) => Promise<void>): void {
  test(`search() ${promise}`, async () => {
    const root = mkdtempSync(join(tmpdir(), "outrider-finds-"));
    const out = join(root, "out");
    const bucket = createFolderBucket({ directory: join(root, "bucket") });
    const index = createMemoryLabelIndex();
    try {
      await check({
        root,
        out,
        bucket,
        fill: async (documents) => {
          for (const { img_id } of documents)
            await bucket.put(`e/${img_id}`, Buffer.from(`picture ${img_id}`), { ifAbsent: false, signal });
          await index.put(
            documents.map((one) => ({ ...one, s3_bucket: one.s3_bucket || "bucket/e/" })),
            { overwrite: true, signal },
          );
          await index.refresh(signal);
        },
        find: (given = {}) =>
          search({
            query: { conditions: [] },
            index,
            bucketNamed: (name) => (name === "bucket" ? bucket : null),
            folder: openPictureFolder(out),
            dryRun: false,
            person: createFakePerson(true),
            nowUs: () => nowUs,
            signal,
            ...given,
          }),
      });
    } finally {
      await bucket.close();
      rmSync(root, { recursive: true });
    }
  });
}

edge(
  "refuses file names that leave the folder, and fetches the others",
  async ({ root, out, fill, find }) => {
    mkdirSync(out);
    mkdirSync(join(root, "elsewhere"));
    writeFileSync(join(root, "elsewhere", "secret.jpg"), "secret");
    symlinkSync(join(root, "elsewhere", "secret.jpg"), join(out, "linked.jpg"));
    symlinkSync(join(root, "elsewhere", "new.jpg"), join(out, "dangling.jpg"));
    symlinkSync(join(root, "elsewhere"), join(out, "sub"));
    const names = ["../up.jpg", "/tmp/abs.jpg", "sub/x.jpg", "..", "a\\b.jpg", "nul\u0000.jpg"];
    const links = ["linked.jpg", "dangling.jpg", "sub"];
    const documents = [...names, ...links].map((file_name, n) => ({ ...labelOf(n), file_name }));
    await fill([...documents, labelOf(20)]);
    const result = await find();
    assert.equal(result.refused.length, names.length, result.refused.join("\n"));
    assert.deepEqual(
      result.failed.map(({ fileName }) => fileName),
      links,
    );
    assert.deepEqual([result.pictures, result.downloaded], [4, 1]);
    assert.deepEqual(readdirSync(join(root, "elsewhere")), ["secret.jpg"]);
    assert.equal(readFileSync(join(root, "elsewhere", "secret.jpg"), "utf8"), "secret");
    assert.ok(!existsSync(join(root, "up.jpg")));
    assert.deepEqual([judgeSearch(result)], [3]);
  },
);

edge("fetches what it can and names what it cannot", async ({ fill, find, bucket, out }) => {
  const [gone, empty, foreign, never, fine] = [0, 1, 2, 3, 4].map((n) => labelOf(n)) as [
    LabelDocument,
    LabelDocument,
    LabelDocument,
    LabelDocument,
    LabelDocument,
  ];
  await fill([gone, empty, { ...foreign, s3_bucket: "theirs/e/" }, fine]);
  await bucket.remove(`e/${gone.img_id}`, signal);
  await bucket.put(`e/${empty.img_id}`, new Uint8Array(), { ifAbsent: false, signal });
  await fill([{ ...never, s3_bucket: "/" }]);
  const result = await find();
  assert.deepEqual([result.downloaded, result.failed.length], [1, 4]);
  const text = describeSearch(result);
  assert.match(text, /5 label\(s\) of 5 picture\(s\) found, 5 missing here, 1 downloaded, 4 failed/);
  for (const reason of [
    /is not in folder:/,
    /is empty/,
    /lies in bucket "theirs", which cannot be opened/,
    /it was never uploaded/,
  ])
    assert.match(text, reason);
  assert.deepEqual(
    readdirSync(out).filter((name) => name.endsWith(".jpg") || name.endsWith(".part")),
    [fine.file_name],
  );
  assert.equal(judgeSearch(result), 3);
});

edge("gives one file name to one picture", async ({ fill, find, out }) => {
  await fill([labelOf(0), { ...labelOf(1), file_name: labelOf(0).file_name! }]);
  const result = await find();
  assert.deepEqual([result.downloaded, result.failed.length], [1, 1]);
  assert.match(result.failed[0]!.reason, /is also that of 20200204T15-23-08-574348/);
  assert.equal(readFileSync(join(out, labelOf(0).file_name!), "utf8"), `picture ${labelOf(0).img_id}`);
});

edge("stops trying when the link is lost, and says so for each picture", async ({ fill, find, bucket }) => {
  await fill(Array.from({ length: 40 }, (_, n) => labelOf(n)));
  let gets = 0;
  const broken: Bucket = {
    ...bucket,
    get: async () => {
      gets += 1;
      throw new SyncError("offline", "get: connect ECONNREFUSED");
    },
  };
  const result = await find({ bucketNamed: () => broken });
  assert.ok(gets <= 10, `${gets} gets`);
  assert.deepEqual([result.failed.length, result.downloaded, judgeSearch(result)], [40, 0, 1]);
});

edge("writes the labels though the download is declined", async ({ fill, find, out }) => {
  await fill([labelOf(0)]);
  const person = createFakePerson(false);
  const result = await find({ person });
  assert.deepEqual([result.declined, result.downloaded, judgeSearch(result)], [true, 0, 3]);
  assert.deepEqual(person.questions, ["Download 1 picture(s)?"]);
  assert.deepEqual(readdirSync(out), ["labels.json", "labels_20260101T00-00-00-000000.json"]);
});

edge("keeps a labels.json that somebody else wrote under another name", async ({ fill, find, out }) => {
  await fill([labelOf(0)]);
  mkdirSync(out);
  writeFileSync(join(out, "labels.json"), '{"mine": 1}');
  await find();
  await find();
  const files = readdirSync(out).filter((name) => name.endsWith(".json"));
  assert.equal(files.length, 4, files.join());
  const contents = files.map((name) => readFileSync(join(out, name), "utf8"));
  assert.equal(contents.filter((content) => content === '{"mine": 1}').length, 1);
  assert.match(readFileSync(join(out, "labels.json"), "utf8"), /20200204T15-23-08-574348/);
});

edge("never replaces a file that appears while it downloads", async ({ fill, find, bucket, out }) => {
  await fill([labelOf(0)]);
  const racing: Bucket = {
    ...bucket,
    get: async (key, given) => {
      writeFileSync(join(out, labelOf(0).file_name!), "mine");
      return bucket.get(key, given);
    },
  };
  const result = await find({ bucketNamed: () => racing });
  assert.match(result.failed[0]?.reason ?? "", /a file of that name has appeared/);
  assert.equal(readFileSync(join(out, labelOf(0).file_name!), "utf8"), "mine");
});
