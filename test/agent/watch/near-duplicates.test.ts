// Whether a picture repeats what the store holds: asked of the last hours, and only while the hashes are at hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createNearDuplicates } from "../../../agent/watch/near-duplicates.ts";
import { formatImageId } from "../../../device/image-id.ts";
import { silentLog } from "../../../device/log.ts";
import { packHashes } from "../../../device/store/hashes.ts";
import { hashPicture } from "../../../models/hashes/hash-picture.ts";
import { eventually } from "../../fakes/eventually.ts";
import { openTestStore } from "../../fakes/store.ts";
import { syntheticPicture } from "../../fakes/synthetic-pictures.ts";

const scene = hashPicture(syntheticPicture("grain", 160, 120, 3));
const other = hashPicture(syntheticPicture("grain", 160, 120, 8));
const hour = (n: number): string => formatImageId(Date.UTC(2024, 4, 1) * 1000 + n * 3600e6);

test("of() names the newest frame of the hours before that shows the same, of this run and of those before", async (t) => {
  const store = openTestStore(t);
  await store.commit(() => store.seen.hashes.put(hour(1), packHashes(scene)));
  const duplicates = createNearDuplicates({ store, log: silentLog, hours: 5 });
  assert.equal(duplicates.of(hour(2), scene), null);
  const stop = new AbortController();
  const running = duplicates.run(stop.signal);
  await eventually("the hashes of the store", () => duplicates.of(hour(2), scene) === hour(1));
  assert.equal(duplicates.of(hour(2), other), null);
  assert.equal(duplicates.of(hour(7), scene), null, "longer ago than five hours");
  await store.commit(() => store.seen.hashes.put(hour(4), packHashes(scene)));
  assert.equal(duplicates.of(hour(7), scene), hour(4));
  assert.equal(duplicates.of(hour(4), scene), hour(1), "the frame itself does not count");
  stop.abort();
  await running;
  assert.equal(duplicates.of(hour(7), scene), null);
});

test("run() ends at once when it is told to before it began", async (t) => {
  const store = openTestStore(t);
  await createNearDuplicates({ store, log: silentLog }).run(AbortSignal.abort());
});
