// A damaged data file is refused before lmdb dies of it, with what can be done; one that is being written is not taken for damaged.
import assert from "node:assert/strict";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../../device/log.ts";
import { openDataFile } from "../../../device/store/data-file.ts";
import { DamagedFile, refuseDamaged } from "../../../device/store/refuse-damaged.ts";
import { openLabelSearch } from "../../../device/store/search.ts";
import { StoreError } from "../../../device/store/store.ts";
import { createLocalIndex } from "../../../sync/indexes/local.ts";
import { startChild } from "../../fakes/child.ts";
import { frameEntry, openTestStore, temporaryFolder } from "../../fakes/store.ts";

/** A store of some size that was closed properly; of its pages of keys `share` begin with 64 wrong bytes. */
async function damagedStore(t: TestContext, kind: "branch" | "leaf"): Promise<string> {
  const directory = temporaryFolder(t);
  const store = openTestStore(t, { directory, commitWindowMs: 5 });
  await Promise.all(
    Array.from({ length: 400 }, (_, n) => store.keep(frameEntry(n, { size: 100, pictureTargets: ["a"] }))),
  );
  await store.close();
  const path = join(directory, "data.mdb");
  const file = openDataFile(path);
  const wanted = Array.from({ length: file.pages }, (_, at) => at).filter(
    (at) => file.page(at)?.kind === kind,
  );
  file.close();
  const bytes = openSync(path, "r+");
  for (const at of wanted) writeSync(bytes, Buffer.alloc(64, 0xa5), 0, 64, at * 4096 + 12);
  closeSync(bytes);
  return directory;
}

for (const kind of ["branch", "leaf"] as const)
  test(`openStore() refuses a store with damaged ${kind} pages that nobody looked after, to readers and writers, and says what helps`, async (t) => {
    const directory = await damagedStore(t, kind);
    for (const readOnly of [true, false])
      assert.throws(
        () => openTestStore(t, { directory, readOnly }),
        (cause: Error) =>
          cause instanceof StoreError &&
          /data\.mdb is damaged: page .*; start the agent, which takes over .*outrider doctor/.test(
            cause.message,
          ),
      );
    // Who refused it holds nothing.
    assert.throws(() => openTestStore(t, { directory }), StoreError);
  });

test("openLabelSearch() refuses a damaged index", async (t) => {
  const directory = await damagedStore(t, "branch");
  await assert.rejects(openLabelSearch({ directory, log: silentLog }), DamagedFile);
});

test("createLocalIndex() refuses a damaged index for good, and says what helps", async (t) => {
  const index = createLocalIndex({ directory: await damagedStore(t, "leaf") });
  await assert.rejects(index.count({ conditions: [] }, new AbortController().signal), {
    kind: "permanent",
    message: /is damaged: .*move it away and put the labels again/,
  });
});

test("refuseDamaged() sees no damage in a file that another process writes all the time", async (t) => {
  const directory = temporaryFolder(t);
  const child = startChild(t, "../device/store/ending-child.ts", ["exit", directory, "0", "60000"]);
  await child.line();
  const path = join(directory, "data.mdb");
  for (const endMs = performance.now() + 1_500; performance.now() < endMs; ) refuseDamaged(path, 50);
});
