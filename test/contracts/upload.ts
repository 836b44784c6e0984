// What an upload must come to, row by row, whatever bucket and index it goes to. Each row starts with both empty.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPictureFolder } from "../../agent/picture-folder.ts";
import { type UploadOptions, type UploadResult, upload } from "../../agent/upload.ts";
import type { LabelDocument } from "../../device/label.ts";
import type { Bucket } from "../../sync/buckets/bucket.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import { labelOf, writePictures } from "../fakes/labelled-pictures.ts";
import { createFakePerson, type FakePerson } from "../fakes/person.ts";

/** An empty index, and an empty place in a bucket. */
export type Backends = {
  readonly bucket: Bucket;
  readonly bucketFolder: string;
  readonly index: LabelIndex;
  readonly close: () => Promise<void>;
};

const nowUs = Date.UTC(2020, 1, 5, 12, 40, 42) * 1000 + 306_536;
const { signal } = new AbortController();

type Given = Partial<Omit<UploadOptions, "folder" | "person" | "bucket">> & {
  readonly labelsOnly?: boolean;
  readonly answer?: boolean;
};

type World = Backends & {
  readonly directory: string;
  readonly person: FakePerson;
  readonly send: (documents: readonly LabelDocument[], given?: Given) => Promise<UploadResult>;
  readonly keyOf: (document: LabelDocument, day?: string) => string;
};

/** Runs every row of the outcome tables on backends from `open`. */
export function uploadContract(
  name: string,
  open: () => Promise<Backends>,
  options: { readonly skip?: string | undefined } = {},
): void {
  const row = (promise: string, check: (world: World) => Promise<void>): void => {
    test(`upload() ${promise} [${name}]`, { skip: options.skip ?? false }, () => inWorld(open, check));
  };
  // Four labels, of which the last has no picture: the reference file of the tables.
  const four = [0, 1, 2, 3].map((n) => labelOf(n));
  const counts = ({ pictures, labels, failed }: UploadResult) => [pictures.uploaded, labels.uploaded, failed];
  const deleted = ({ deletion: d }: UploadResult) => [
    d.labelsRemoved,
    d.labelsAbsent.length,
    d.picturesRemoved,
    d.picturesFailed.length,
  ];

  row("first time: 3 pictures, 3 labels, 1 failed", async ({ send, bucket, index, keyOf, directory }) => {
    const result = await send(four);
    assert.deepEqual(counts(result), [3, 3, 1]);
    assert.deepEqual(result.pictures.missing, [four[3]!.img_id]);
    assert.deepEqual(
      Buffer.from((await bucket.get(keyOf(four[0]!), signal))!),
      readFileSync(join(directory, four[0]!.file_name!)),
    );
    const sent = await index.get([four[0]!.label_fingerprint, four[3]!.label_fingerprint], signal);
    assert.deepEqual(
      [...sent.values()],
      [
        {
          ...four[0],
          s3_bucket: `${bucket.name}/${keyOf(four[0]!).replace(/[^/]*$/, "")}`,
          upload_date: "20200205T12-40-42-306536",
        },
      ],
    );
  });

  row("twice, the second time with force: the same again", async ({ send }) => {
    await send(four);
    assert.deepEqual(counts(await send(four, { force: true })), [3, 3, 1]);
  });

  row("pictures there, labels not: 0, 3, 4", async ({ send, index }) => {
    await send(four);
    await index.remove(
      four.map((one) => one.label_fingerprint),
      signal,
    );
    const result = await send(four);
    assert.deepEqual(counts(result), [0, 3, 4]);
    assert.deepEqual(
      [...result.pictures.existing].sort(),
      four.slice(0, 3).map((one) => one.img_id),
    );
  });

  row("labels there, pictures not: 3, 0, 4", async ({ send, bucket, keyOf }) => {
    await send(four);
    for (const one of four) await bucket.remove(keyOf(one), signal);
    const result = await send(four);
    assert.deepEqual(counts(result), [3, 0, 4]);
    assert.deepEqual(
      [...result.labels.existing].sort(),
      four
        .slice(0, 3)
        .map((one) => one.label_fingerprint)
        .sort(),
    );
  });

  row("both there: 0, 0, 7", async ({ send }) => {
    await send(four);
    assert.deepEqual(counts(await send(four)), [0, 0, 7]);
  });

  row("a single label: 1, 1, 0", async ({ send }) => {
    assert.deepEqual(counts(await send(four.slice(0, 1))), [1, 1, 0]);
  });

  row("labels only: 0, 4, 0, and no word on where pictures are", async ({ send, index, bucket, keyOf }) => {
    assert.deepEqual(counts(await send(four, { labelsOnly: true })), [0, 4, 0]);
    assert.equal(await bucket.head(keyOf(four[0]!), signal), null);
    const [sent] = [...(await index.get([four[0]!.label_fingerprint], signal)).values()];
    assert.equal(sent?.s3_bucket, "");
  });

  row(
    "two marked to_delete and two others, one without a picture: 1, 1, 1",
    async ({ send, bucket, keyOf }) => {
      await send(four.slice(0, 2));
      const marked = four
        .slice(0, 2)
        .map((one) => ({ ...one, to_delete: true, s3_bucket: addressIn(bucket, keyOf(one)) }));
      const result = await send([...marked, four[2]!, four[3]!]);
      assert.deepEqual(counts(result), [1, 1, 1]);
      assert.deepEqual(deleted(result), [2, 0, 2, 0]);
      assert.equal(await bucket.head(keyOf(four[0]!), signal), null);
      assert.notEqual(await bucket.head(keyOf(four[2]!), signal), null);
    },
  );

  const uploadedAndMarked = async ({ send, bucket, keyOf }: World) => {
    await send(four.slice(0, 2));
    return four
      .slice(0, 2)
      .map((one) => ({ ...one, to_delete: true, s3_bucket: addressIn(bucket, keyOf(one)) }));
  };

  row("deletes labels and pictures: 2, 0, 2, 0; a second time finds nothing", async (world) => {
    const marked = await uploadedAndMarked(world);
    assert.deepEqual(deleted(await world.send(marked)), [2, 0, 2, 0]);
    assert.deepEqual(world.person.questions.length, 1);
    assert.match(world.person.questions[0]!, /2 picture\(s\) and label\(s\) will be deleted/);
    assert.deepEqual(deleted(await world.send(marked)), [0, 2, 0, 2]);
  });

  row("deletes with an address that is wrong: 2, 0, 0, 2", async (world) => {
    const marked = (await uploadedAndMarked(world)).map((one) => ({
      ...one,
      s3_bucket: `${world.bucket.name}/wrong/prefix/`,
    }));
    const result = await world.send(marked);
    assert.deepEqual(deleted(result), [2, 0, 0, 2]);
    assert.match(result.deletion.picturesFailed[0]!.reason, /wrong\/prefix\/.* is not in /);
  });

  row("keeps a picture that another label names: 2, 0, 1, 1", async (world) => {
    const marked = await uploadedAndMarked(world);
    const other = labelOf(1, { createdBy: "alice" });
    await world.send([other], { labelsOnly: true });
    const result = await world.send(marked);
    assert.deepEqual(deleted(result), [2, 0, 1, 1]);
    assert.deepEqual(result.deletion.picturesFailed, [
      { imgId: other.img_id, reason: `other labels name it: ${other.label_fingerprint}` },
    ]);
    assert.notEqual(await world.bucket.head(world.keyOf(marked[1]!), signal), null);
  });

  row("protects every picture that another label names, not the first alone", async (world) => {
    const five = [0, 1, 2, 4, 5].map((n) => labelOf(n));
    await writePictures(world.directory, five);
    await world.send(five);
    await world.send(
      five.slice(1).map((_, n) => labelOf([1, 2, 4, 5][n]!, { createdBy: "alice" })),
      { labelsOnly: true },
    );
    const marked = five.map((one) => ({
      ...one,
      to_delete: true,
      s3_bucket: addressIn(world.bucket, world.keyOf(one)),
    }));
    assert.deepEqual(deleted(await world.send(marked)), [5, 0, 1, 4]);
  });

  row("with nothing marked deletes nothing and asks nothing: 0, 0, 0, 0", async ({ send, person }) => {
    assert.deepEqual(deleted(await send(four.map((one) => ({ ...one, to_delete: false })))), [0, 0, 0, 0]);
    assert.deepEqual(person.questions, []);
  });

  row("deletes a label whose picture was never uploaded, and no picture", async ({ send }) => {
    await send(four.slice(0, 2), { labelsOnly: true });
    assert.deepEqual(
      deleted(await send(four.slice(0, 2).map((one) => ({ ...one, to_delete: true })))),
      [2, 0, 0, 0],
    );
  });

  row("labels only deletes labels and leaves their pictures", async (world) => {
    const marked = await uploadedAndMarked(world);
    assert.deepEqual(deleted(await world.send(marked, { labelsOnly: true })), [2, 0, 0, 0]);
    assert.notEqual(await world.bucket.head(world.keyOf(marked[0]!), signal), null);
  });

  row("leaves marked labels alone when the answer is no, and goes on with the rest", async (world) => {
    const marked = await uploadedAndMarked(world);
    const result = await world.send([...marked, four[2]!], { answer: false });
    assert.deepEqual(counts(result), [1, 1, 0]);
    assert.deepEqual([deleted(result), result.deletionsDeclined], [[0, 0, 0, 0], 2]);
    assert.match(world.person.told.join("\n"), /2 label\(s\) marked to_delete were left alone/);
    assert.equal(
      (
        await world.index.get(
          marked.map((one) => one.label_fingerprint),
          signal,
        )
      ).size,
      2,
    );
  });

  row("does not write the marks of the relabelling page into the index", async ({ send, index }) => {
    await send([{ ...four[0]!, to_delete: false, tmp_fingerprint: "x" }]);
    const [sent] = [...(await index.get([four[0]!.label_fingerprint], signal)).values()];
    assert.ok(sent !== undefined && !("to_delete" in sent) && !("tmp_fingerprint" in sent));
  });

  row(
    "is a rehearsal with dryRun: the same counts, nothing changed",
    async ({ send, bucket, index, keyOf, person }) => {
      assert.deepEqual(counts(await send(four, { dryRun: true })), [3, 3, 1]);
      assert.equal(await bucket.head(keyOf(four[0]!), signal), null);
      await send(four);
      assert.deepEqual(counts(await send(four, { dryRun: true })), [0, 0, 7]);
      assert.deepEqual(counts(await send(four, { dryRun: true, force: true })), [3, 3, 1]);
      const marked = { ...four[0]!, to_delete: true, s3_bucket: addressIn(bucket, keyOf(four[0]!)) };
      await send([marked], { dryRun: true });
      assert.equal((await index.get([marked.label_fingerprint], signal)).size, 1);
      assert.deepEqual(person.questions, []);
    },
  );

  row("removes the local files of deleted pictures when asked", async (world) => {
    const marked = await uploadedAndMarked(world);
    const result = await world.send(marked, { deleteLocal: true });
    assert.equal(result.deletion.filesRemoved, 2);
    assert.ok(!existsSync(join(world.directory, marked[0]!.file_name!)));
    assert.ok(existsSync(join(world.directory, four[2]!.file_name!)));
  });
}

function addressIn(bucket: Bucket, key: string): string {
  return `${bucket.name}/${key.replace(/[^/]*$/, "")}`;
}

async function inWorld(open: () => Promise<Backends>, check: (world: World) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "outrider-upload-"));
  const backends = await open();
  const { bucket, bucketFolder, index } = backends;
  const person = createFakePerson(true);
  try {
    await writePictures(
      directory,
      [0, 1, 2].map((n) => labelOf(n)),
    );
    await check({
      ...backends,
      directory,
      person,
      keyOf: (document, day = "20200204") =>
        [bucketFolder, document.event, day, document.img_id].filter((part) => part !== "").join("/"),
      send: (documents, { labelsOnly = false, answer = true, ...given } = {}) =>
        upload({
          documents,
          folder: openPictureFolder(directory),
          bucket: labelsOnly ? null : bucket,
          bucketFolder,
          index,
          force: false,
          dryRun: false,
          deleteLocal: false,
          person: answer ? person : { ...person, confirm: async () => false },
          nowUs: () => nowUs,
          signal,
          ...given,
        }),
    });
  } finally {
    await backends.close();
    rmSync(directory, { recursive: true });
  }
}
