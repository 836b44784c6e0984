// A store that nobody writes to is looked through without lmdb, and for as long as there is time.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lookThrough } from "../../../device/store/look-through.ts";
import { frameEntry, openTestStore, temporaryFolder } from "../../fakes/store.ts";

test("lookThrough() sees the seal of every value, changes nothing, and stops when the time is over", async (t) => {
  const directory = temporaryFolder(t);
  const store = openTestStore(t, { directory });
  for (let n = 0; n < 150; n += 1)
    await store.keep(frameEntry(n, { size: 9000, pictureTargets: ["a"], labelTargets: ["b"] }));
  await store.close();
  const files = readdirSync(directory);
  const path = join(directory, "data.mdb");
  const whole = lookThrough(path, () => false);
  // Record, picture, label and its owner, and two entries of the outbox with their places.
  assert.ok(whole.values >= 150 * 8, `${whole.values} values`);
  assert.deepEqual({ ...whole, values: 0 }, { problems: [], values: 0, broken: 0, isWhole: true });

  let asked = 0;
  const part = lookThrough(path, () => {
    asked += 1;
    return asked > 100;
  });
  assert.ok(part.values < 100);
  assert.deepEqual({ ...part, values: 0 }, { problems: [], values: 0, broken: 0, isWhole: false });
  assert.deepEqual(readdirSync(directory), files);
});
