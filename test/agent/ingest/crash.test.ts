import assert from "node:assert/strict";
import { test } from "node:test";
import { startChild } from "../../fakes/child.ts";
import { datasetFolder } from "../../fakes/dataset-folder.ts";
import { ingestOnce } from "../../fakes/ingest.ts";
import { openTestStore, temporaryFolder } from "../../fakes/store.ts";

const pictures = 90;

test("ingest() killed in the middle leaves whole pictures only, and the next run makes it the same as an unbroken one", async (t) => {
  const root = await datasetFolder(
    t,
    Object.fromEntries(Array.from({ length: pictures }, (_, at) => [`images/${at % 9}/${at}.jpg`, at + 1])),
  );
  const directory = temporaryFolder(t);
  for (const after of [1, 25]) {
    const { signal, stderr } = await startChild(t, "ingest-child.ts", [directory, root, `${after}`]).ended;
    assert.equal(signal, "SIGKILL", stderr);
  }
  const store = openTestStore(t, { directory });
  const kept = store.frames.count();
  assert.ok(kept >= 25 && kept < pictures, `${kept} were kept`);
  for (const { value: origin } of store.seen.origins.range()) {
    assert.ok(store.frames.has(origin.imgId));
    assert.ok(store.seen.hashes.has(origin.imgId));
    for (const id of origin.sightings) assert.equal(store.sightings.get(id)?.imgId, origin.imgId);
  }
  assert.equal([...store.seen.origins.keys()].length, kept);
  assert.equal([...store.sightings.range()].length, kept);
  const { stats } = (await ingestOnce(store, root)).result;
  assert.deepEqual([stats.images_skipped, stats.images_processed], [kept, pictures - kept]);

  const unbroken = openTestStore(t);
  await ingestOnce(unbroken, root);
  const shape = (each: typeof store): unknown => ({
    individuals: [...each.individuals.range()].map(({ name, aliases }) => [name, aliases]).sort(),
    sightings: [...each.sightings.range()]
      .map(({ individual, metadata }) => [metadata.source_path, each.individuals.get(individual!)!.name])
      .sort(),
    frames: [...each.frames.range()].map(({ sha256 }) => sha256).sort(),
  });
  assert.deepEqual(shape(store), shape(unbroken));
});
