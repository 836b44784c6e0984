// Group commit: order of acknowledgement, one transaction for many, and neighbours of a bad write.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createGroupCommit, type GroupCommitOptions } from "../../../device/store/group-commit.ts";

/** A disk in memory: what a transaction wrote is there when it did not throw. */
function memoryDisk(options: Partial<GroupCommitOptions> & { readonly room?: number } = {}) {
  let written: string[] = [];
  let transactions = 0;
  let staged: string[] = [];
  const group = createGroupCommit({
    transact: async (write) => {
      transactions += 1;
      staged = [];
      write();
      await new Promise((resolve) => setImmediate(resolve));
      if (written.length + staged.length > (options.room ?? Number.POSITIVE_INFINITY))
        throw new Error("the disk is full");
      written = [...written, ...staged];
    },
    windowMs: 1e6,
    maxGroupBytes: 100,
    monotonicNs: () => 0,
    ...options,
  });
  return {
    group,
    put: (word: string) => staged.push(word),
    written: () => written,
    transactions: () => transactions,
  };
}

test("commit() makes one transaction of the writes of a window and acknowledges them in order", async () => {
  const { group, put, written, transactions } = memoryDisk();
  const acknowledged: string[] = [];
  const words = ["a", "b", "c", "d"];
  const all = words.map((word) => group.commit(() => put(word)).then(() => acknowledged.push(word)));
  assert.deepEqual(written(), []);
  await group.settle();
  await Promise.all(all);
  assert.deepEqual([acknowledged, written(), transactions()], [words, words, 1]);
  assert.deepEqual([group.stats().commits, group.stats().writes], [1, 4]);
});

test("commit() does not wait for the window when a group is large, nor when there is none", async () => {
  const large = memoryDisk();
  await Promise.all([
    large.group.commit(() => large.put("a"), 60),
    large.group.commit(() => large.put("b"), 60),
  ]);
  assert.equal(large.transactions(), 1);
  const none = memoryDisk({ windowMs: 0 });
  await none.group.commit(() => none.put("a"));
  assert.deepEqual(none.written(), ["a"]);
});

test("commit() rejects a bad write alone, and leaves nothing of it", async () => {
  const { group, put, written, transactions } = memoryDisk();
  const results = Promise.allSettled([
    group.commit(() => put("a")),
    group.commit(() => {
      put("half");
      throw new Error("bad");
    }),
    group.commit(() => put("b")),
    group.commit(() => {
      throw new Error("worse");
    }),
    group.commit(() => put("c")),
  ]);
  await group.settle();
  assert.deepEqual(
    (await results).map((result) => (result.status === "rejected" ? result.reason.message : result.status)),
    ["fulfilled", "bad", "fulfilled", "worse", "fulfilled"],
  );
  assert.deepEqual(written(), ["a", "b", "c"]);
  assert.equal(transactions(), 3);
});

test("commit() keeps what the disk has room for when it cannot take a whole group", async () => {
  const { group, put, written } = memoryDisk({ room: 3 });
  const results = Promise.allSettled(["a", "b", "c", "d"].map((word) => group.commit(() => put(word))));
  await group.settle();
  assert.deepEqual(
    (await results).map(({ status }) => status),
    ["fulfilled", "fulfilled", "fulfilled", "rejected"],
  );
  assert.deepEqual(written(), ["a", "b", "c"]);
});

test("settle() waits for what is on its way as well, and nothing is no matter", async () => {
  const { group, put, written } = memoryDisk({ windowMs: 0 });
  await group.settle();
  void group.commit(() => put("a"));
  await Promise.resolve();
  void group.commit(() => put("b"));
  await group.settle();
  assert.deepEqual(written(), ["a", "b"]);
});
