import assert from "node:assert/strict";
import { test } from "node:test";
import { type DropFilter, describeDrop, dropEntries } from "../../agent/drop-entries.ts";
import { retryParked } from "../../agent/retry-parked.ts";
import { frameEntry, frameId, openTestStore } from "../fakes/store.ts";

const all = { skip: () => false, nowUs: Number.POSITIVE_INFINITY, limit: 10_000 };
const { signal } = new AbortController();

test("dropEntries() drops what the filter means and nothing else, over many batches, with an audit of each", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 2500; n += 100)
    await Promise.all(
      Array.from({ length: 100 }, (_, more) =>
        store.keep(
          frameEntry(n + more, {
            size: 10,
            labels: (n + more) % 2,
            pictureTargets: ["a", "b"],
            labelTargets: ["i"],
          }),
        ),
      ),
    );
  const drop = (filter: Partial<DropFilter>, dryRun = false) =>
    dropEntries(store, { waiting: true, parked: true, reason: "test", dryRun, signal, ...filter });
  const dry = await drop({ target: "a", lane: "unlabelled" }, true);
  assert.deepEqual([dry.entries, dry.bytes, store.counters.get("dropped/sync")], [1250, 12_500, 0]);
  const done = await drop({ target: "a", lane: "unlabelled" });
  assert.equal(done.entries, 1250);
  assert.equal(store.outbox.take("a", "unlabelled", all).length, 0);
  assert.equal(store.outbox.take("a", "labelled", all).length, 1250);
  assert.equal(store.outbox.take("b", "unlabelled", all).length, 1250);
  const audit = store.journal.newest(10).filter(({ act }) => act === "sync.dropped");
  assert.equal(
    audit.reduce((sum, { details }) => sum + (details.entries as number), 0),
    1250,
  );
  assert.ok(audit.every(({ details }) => details.reason === "test"));
  assert.equal(store.frames.count(), 2500);
  assert.match(
    describeDrop(done),
    /a: 1250 waiting \(picture, unlabelled, 12500 bytes\)\ndropped 1250 \(test\)/,
  );
  assert.equal((await drop({ kind: "label" })).entries, 1250);
  assert.equal((await drop({ beforeUs: 1 })).entries, 0);
  assert.equal((await drop({})).entries, 1250 + 2500);
  assert.equal(describeDrop(await drop({})), "nothing like that waits or was refused");
});

test("dropEntries() takes parked or waiting apart, leaves take-backs, and stops when it is told", async (t) => {
  const store = openTestStore(t);
  for (let n = 0; n < 4; n += 1) await store.keep(frameEntry(n, { pictureTargets: ["a"] }));
  const entries = store.outbox.take("a", "labelled", all);
  await store.commit(() => {
    for (const entry of entries.slice(0, 2))
      store.outbox.settle({ entry, result: "parked", reason: "too large" });
    const { sequence: _s, enqueuedAtUs: _e, ...draft } = entries[2]!;
    store.outbox.enqueue({ ...draft, operation: "remove" });
  });
  const options = { reason: "x", dryRun: false, signal };
  const stopped = await dropEntries(store, {
    ...options,
    waiting: true,
    parked: true,
    signal: AbortSignal.abort(),
  });
  assert.deepEqual([stopped.stopped, stopped.entries], [true, 0]);
  assert.equal(await retryParked(store, { id: frameId(1), target: "b" }), 0);
  assert.equal(await retryParked(store, { id: frameId(1) }), 1);
  assert.equal((await dropEntries(store, { ...options, waiting: false, parked: true })).entries, 1);
  assert.equal(store.outbox.parked().length, 0);
  assert.equal((await dropEntries(store, { ...options, waiting: true, parked: false })).entries, 2);
  assert.deepEqual(
    store.outbox.take("a", "labelled", all).map(({ operation, id }) => [operation, id]),
    [["remove", frameId(2)]],
  );
  assert.equal(await retryParked(store, {}), 0);
});
