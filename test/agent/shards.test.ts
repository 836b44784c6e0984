// Packed pictures from the store to a person: sent, found by their labels, downloaded one by one, deleted.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseConfig } from "../../agent/config.ts";
import { downloadPictures } from "../../agent/download-pictures.ts";
import { openBackends } from "../../agent/open-backends.ts";
import { openPictureFolder } from "../../agent/picture-folder.ts";
import { sync } from "../../agent/sync.ts";
import { createSystemClock } from "../../device/clock.ts";
import { silentLog } from "../../device/log.ts";
import { parseQuery } from "../../device/query.ts";
import { createFakePerson } from "../fakes/person.ts";
import { bytesOf, fingerprint, frameEntry, frameId, openTestStore, temporaryFolder } from "../fakes/store.ts";

const { signal } = new AbortController();
const clock = createSystemClock();

test("packed pictures are searched and downloaded like others; a store whose shards were turned off still takes them back", async (t) => {
  const store = openTestStore(t);
  const data = temporaryFolder(t);
  for (let n = 0; n < 40; n += 1) await store.keep(frameEntry(n));
  const configOf = (enabled: boolean) => parseConfig({ data, sync: { shards: { enabled } } }, "test");
  const common = { clock, log: silentLog, env: {}, random: Math.random, signal };
  const run = (enabled: boolean, all = false) =>
    sync({ ...common, config: configOf(enabled), store, person: createFakePerson(true), follow: false, all });
  const result = await run(true);
  assert.deepEqual([result.delivered, result.waiting, result.parked], [80, 0, 0]);
  assert.deepEqual(readdirSync(join(data, "bucket/track/20240501")), ["shards"]);
  assert.equal(readdirSync(join(data, "bucket/track/20240501/shards")).length, 2);
  assert.equal((await run(true, true)).enqueued, 0, "a receipt is a receipt");

  const backends = openBackends({ config: configOf(true), bucket: true, ...common });
  t.after(backends.close);
  const query = parseQuery({ event: { type: "term", field: "keyword", value: "track", bool: "filter" } });
  assert.equal(await backends.index.count(query, signal), 40);
  const documents = [
    ...(
      await backends.index.get(
        [3, 17, 39].map((n) => fingerprint(n)),
        signal,
      )
    ).values(),
  ];
  assert.equal(documents.length, 3);
  assert.equal(documents[0]!.s3_bucket, "bucket/track/20240501/");
  const pictures = join(temporaryFolder(t), "pictures");
  const folder = await openPictureFolder(pictures);
  const { bucketNamed } = backends;
  const person = createFakePerson(true);
  const downloaded = await downloadPictures({ documents, bucketNamed, folder, person, signal });
  assert.deepEqual([downloaded.downloaded, downloaded.failed], [3, []]);
  for (const n of [3, 17, 39])
    assert.equal(Buffer.compare(readFileSync(join(pictures, `${frameId(n)}.jpg`)), bytesOf(n, 2000)), 0);

  await store.commit(() => {
    store.frames.update({ ...store.frames.get(frameId(17))!, erasedAtUs: 1 });
    for (const target of store.outbox.withdraw("picture", frameId(17)))
      store.outbox.enqueue({
        target,
        kind: "picture",
        id: frameId(17),
        imgId: frameId(17),
        lane: "labelled",
        operation: "remove",
        bytes: 100,
        notBeforeUs: null,
      });
  });
  await run(false);
  const key = `track/20240501/${frameId(17)}`;
  // Another reader: what was listed before does not count.
  const fresh = openBackends({ config: configOf(false), bucket: true, ...common });
  t.after(fresh.close);
  assert.equal(await fresh.bucket!.get(key, signal), null);
  assert.equal(
    Buffer.compare((await fresh.bucket!.get(`track/20240501/${frameId(18)}`, signal))!, bytesOf(18, 2000)),
    0,
  );
});
