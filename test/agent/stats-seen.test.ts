import assert from "node:assert/strict";
import { test } from "node:test";
import { collectSeen, describeSeen } from "../../agent/stats-seen.ts";
import { datasetFolder } from "../fakes/dataset-folder.ts";
import { ingestOnce } from "../fakes/ingest.ts";
import { openTestStore } from "../fakes/store.ts";

test("collectSeen() counts individuals, sightings by state, vectors by space, pictures by data set", async (t) => {
  const store = openTestStore(t);
  assert.deepEqual(describeSeen(collectSeen(store)), []);
  const root = await datasetFolder(t, { "images/1/a.jpg": 1, "images/1/b.jpg": 2, "images/2/copy.jpg": 2 });
  await ingestOnce(store, root);
  const [first, second] = [...store.sightings.range()];
  const [one, other] = [...store.individuals.range()];
  await store.commit(() => {
    store.sightings.update({ ...first!, state: "verified" });
    store.sightings.embed(second!.id, "space", Float32Array.of(0, 1));
    store.individuals.update({ ...one!, mergedInto: other!.id });
  });
  const seen = collectSeen(store);
  assert.deepEqual(seen, {
    individuals: 1,
    merged: 1,
    sightings: { suggested: 0, labelled: 2, verified: 1, rejected: 0 },
    embeddings: { space: 1 },
    datasets: { atrw: { origins: 3, images: 2, sequences: 0 } },
  });
  assert.deepEqual(describeSeen(seen), [
    "animals   1 individuals, 1 merged into others",
    "sightings labelled 2, verified 1",
    "vectors   space: 1",
    "data set  atrw: 2 pictures from 3 files",
  ]);
});
