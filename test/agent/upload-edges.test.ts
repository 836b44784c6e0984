// What an upload does when things are wrong: events, places, broken links, files that are no pictures.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPictureFolder } from "../../agent/picture-folder.ts";
import { type UploadOptions, type UploadResult, upload } from "../../agent/upload.ts";
import { describeUpload, judgeUpload } from "../../agent/upload-report.ts";
import type { LabelDocument } from "../../device/label.ts";
import type { Bucket } from "../../sync/buckets/bucket.ts";
import { createFolderBucket } from "../../sync/buckets/folder.ts";
import { SyncError } from "../../sync/errors.ts";
import { labelOf, writePictures } from "../fakes/labelled-pictures.ts";
import { createMemoryLabelIndex, type MemoryLabelIndex } from "../fakes/memory-label-index.ts";
import { createFakePerson, type FakePerson } from "../fakes/person.ts";

const { signal } = new AbortController();
const four = [0, 1, 2, 3].map((n) => labelOf(n));

type World = {
  readonly directory: string;
  readonly bucket: Bucket;
  readonly index: MemoryLabelIndex;
  readonly person: FakePerson;
  readonly send: (
    documents: readonly LabelDocument[],
    given?: Partial<UploadOptions>,
  ) => Promise<UploadResult>;
};

function edge(promise: string, check: (world: World) => Promise<void>): void {
  test(`upload() ${promise}`, async () => {
    const root = mkdtempSync(join(tmpdir(), "outrider-edges-"));
    const directory = join(root, "in");
    const bucket = createFolderBucket({ directory: join(root, "bucket") });
    const index = createMemoryLabelIndex();
    const person = createFakePerson(true);
    try {
      await writePictures(directory, four);
      await check({
        directory,
        bucket,
        index,
        person,
        send: (documents, given = {}) =>
          upload({
            documents,
            folder: openPictureFolder(directory),
            bucket,
            bucketFolder: "",
            index,
            force: false,
            dryRun: false,
            deleteLocal: false,
            person,
            nowUs: () => 0,
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

const keysOf = async (bucket: Bucket): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of bucket.list("", signal)) keys.push(key);
  return keys;
};

edge("sends nothing when the event cannot be part of a key, and deletes nothing either", async (world) => {
  const marked = { ...four[0]!, to_delete: true, s3_bucket: "bucket/x/" };
  for (const documents of [
    [marked, ...four.slice(1).map((one) => ({ ...one, event: "two words" }))],
    [marked, four[1]!, { ...four[2]!, event: "other" }, { ...four[3]!, event: undefined }],
    [{ ...four[0]!, timestamp: "yesterday" }, ...four.slice(1)],
  ]) {
    const result = await world.send(documents as LabelDocument[]);
    assert.deepEqual([result.failed, result.pictures.uploaded, result.labels.uploaded], [4, 0, 0]);
    assert.match(result.problem ?? "", /^(event|timestamp): expected/);
    assert.equal(judgeUpload(result), 1);
  }
  assert.deepEqual([world.person.questions, await keysOf(world.bucket)], [[], []]);
});

edge(
  "takes the day of the first label for all pictures, and --key-prefix instead of both",
  async ({ send, bucket }) => {
    const next = { ...labelOf(1), timestamp: "20200205T00-00-01-000000" };
    await send([four[0]!, next]);
    await send([{ ...four[2]!, event: "two words" }], { keyPrefix: "/some//where/", bucketFolder: "in" });
    assert.deepEqual(await keysOf(bucket), [
      `in/some/where/${four[2]!.img_id}`,
      `session_14012020/20200204/${four[0]!.img_id}`,
      `session_14012020/20200204/${next.img_id}`,
    ]);
  },
);

edge(
  "leaves a picture where it is in this bucket, so that relabelling stores none twice",
  async ({ send, bucket, index }) => {
    await send(four.slice(0, 1));
    const [sent] = [...index.documents.values()];
    const relabelled = {
      ...sent!,
      label: { ...sent!.label, created_by: "alice" },
      label_fingerprint: "alice-0",
    };
    const other = labelOf(1, { event: "another" });
    const result = await send([relabelled, { ...other, s3_bucket: "bucket/another/20200204/" }]);
    assert.deepEqual(
      [result.pictures.existing, result.pictures.uploaded, result.labels.uploaded],
      [[sent!.img_id], 1, 2],
    );
    assert.deepEqual(await keysOf(bucket), [
      `another/20200204/${other.img_id}`,
      `session_14012020/20200204/${sent!.img_id}`,
    ]);
    assert.equal(index.documents.get("alice-0")?.s3_bucket, "bucket/session_14012020/20200204/");
  },
);

edge("sends a picture with several labels once", async ({ send, index }) => {
  const result = await send([four[0]!, labelOf(0, { createdBy: "alice" })]);
  assert.deepEqual([result.pictures.uploaded, result.labels.uploaded, result.failed], [1, 2, 0]);
  assert.equal(index.documents.size, 2);
});

edge("keeps a picture that a label of the same file still needs", async ({ send, bucket }) => {
  await send(four.slice(0, 1));
  const s3_bucket = "bucket/session_14012020/20200204/";
  const replacement = { ...labelOf(0, { createdBy: "alice" }), s3_bucket };
  const result = await send([{ ...four[0]!, s3_bucket, to_delete: true }, replacement]);
  assert.match(result.deletion.picturesFailed[0]?.reason ?? "", new RegExp(replacement.label_fingerprint));
  assert.equal((await keysOf(bucket)).length, 1);
  assert.deepEqual([result.labels.uploaded, judgeUpload(result)], [1, 3]);
});

edge("does not delete from a bucket of another name", async ({ send }) => {
  const result = await send([{ ...four[0]!, s3_bucket: "theirs/a/b/", to_delete: true }]);
  assert.match(
    result.deletion.picturesFailed[0]?.reason ?? "",
    /lies in bucket "theirs", this one is "bucket"/,
  );
});

edge("asks the index afresh for every picture it deletes", async ({ send, index }) => {
  await send(four);
  index.asked.length = 0;
  const s3_bucket = "bucket/session_14012020/20200204/";
  await send(four.map((one) => ({ ...one, s3_bucket, to_delete: true })));
  assert.deepEqual(
    index.asked.map(({ conditions }) => conditions.map(({ parameters }) => parameters.query)).sort(),
    four.map((one) => [one.img_id]),
  );
});

edge(
  "counts an empty picture and one that is a link out of the folder as failed, and sends the rest",
  async ({ send, directory, index }) => {
    writeFileSync(join(directory, four[1]!.file_name!), "");
    rmSync(join(directory, four[2]!.file_name!));
    symlinkSync("/etc/hostname", join(directory, four[2]!.file_name!));
    const result = await send(four);
    assert.deepEqual([result.pictures.uploaded, result.labels.uploaded, result.failed], [2, 2, 2]);
    assert.deepEqual(
      result.pictures.failed
        .map(({ reason }) => reason.replace(/.*(is empty|it is a link to).*/, "$1"))
        .sort(),
      ["is empty", "it is a link to"],
    );
    assert.equal(index.documents.size, 2);
    assert.equal(judgeUpload(result), 3);
  },
);

edge(
  "stops trying pictures when the link is lost, and does not send their labels",
  async ({ send, bucket, index }) => {
    let puts = 0;
    const broken: Bucket = {
      ...bucket,
      put: async () => {
        puts += 1;
        throw new SyncError("offline", "put: connect ECONNREFUSED");
      },
    };
    const many = Array.from({ length: 40 }, (_, n) => ({ ...labelOf(n), file_name: four[0]!.file_name! }));
    const result = await send(many, { bucket: broken });
    assert.ok(puts <= 10, `${puts} puts`);
    assert.deepEqual([result.pictures.failed.length, result.labels.uploaded, result.failed], [40, 0, 40]);
    assert.equal(index.documents.size, 0);
    assert.equal(judgeUpload(result), 1);
  },
);

edge("reports labels the index refuses, and the others are there", async ({ send, index }) => {
  index.refuse.add(four[1]!.label_fingerprint);
  const result = await send(four);
  assert.deepEqual([result.pictures.uploaded, result.labels.uploaded, result.failed], [4, 3, 1]);
  const text = describeUpload(result, { bucket: "folder:x", index: "memory:", dryRun: false });
  assert.match(text, new RegExp(`label ${four[1]!.label_fingerprint}: mapper_parsing_exception`));
});

edge(
  "counts every label as failed when the index goes away after the pictures, and a second try mends it",
  async ({ send, index }) => {
    index.failure = new SyncError("offline", "bulk: connect ECONNREFUSED");
    const first = await send(four);
    assert.deepEqual([first.pictures.uploaded, first.labels.failed.length, first.failed], [4, 4, 4]);
    index.failure = null;
    const second = await send(four);
    assert.deepEqual([second.labels.uploaded, judgeUpload(second)], [4, 0]);
  },
);

edge("stops at once when it is told to", async ({ send, bucket }) => {
  const stop = new AbortController();
  const slow: Bucket = {
    ...bucket,
    put: async (_key, _bytes, { signal: given }) => {
      stop.abort(new Error("stopped"));
      given.throwIfAborted();
      return { outcome: "created", etag: null };
    },
  };
  await assert.rejects(send(four, { bucket: slow, signal: stop.signal }), /stopped/);
});

edge("shows its progress, picture by picture and label by label", async ({ send, person }) => {
  await send(four);
  assert.deepEqual([person.steps.get("pictures"), person.steps.get("labels")], [4, 4]);
});

edge(
  "sends no picture twice over the link, and finds out one by one where it may not list",
  async ({ send, bucket }) => {
    await send(four.slice(0, 3));
    const sent: string[] = [];
    const counting: Bucket = {
      ...bucket,
      put: (key, bytes, given) => {
        sent.push(key);
        return bucket.put(key, bytes, given);
      },
    };
    const second = await send(four, { bucket: counting });
    assert.deepEqual([sent.length, second.pictures.uploaded, second.pictures.existing.length], [1, 1, 3]);
    const third = await send(four, {
      bucket: {
        ...counting,
        // biome-ignore lint/correctness/useYield: it fails before it could.
        list: async function* () {
          throw new SyncError("permanent", "AccessDenied");
        },
      },
    });
    assert.deepEqual([sent.length, third.pictures.existing.length, third.pictures.failed], [5, 4, []]);
  },
);
