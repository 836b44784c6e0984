// The outbox: a thing waits once for a target, in order, by lane; what came of it is booked; the counts always agree.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { lanes, type OutboxDraft, type OutboxEntry } from "../../../device/store/outbox.ts";
import type { Store } from "../../../device/store/store.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";
import { processorMs } from "../../fakes/processor-time.ts";
import { openTestStore } from "../../fakes/store.ts";

const draft = (id: string, changes: Partial<OutboxDraft> = {}): OutboxDraft => ({
  target: "s3://a/b",
  lane: "labelled",
  kind: "picture",
  operation: "put",
  id,
  imgId: id,
  bytes: 10,
  notBeforeUs: null,
  ...changes,
});
const enqueue = (store: Store, ...drafts: OutboxDraft[]): Promise<void> =>
  store.commit(() => {
    for (const each of drafts) store.outbox.enqueue(each);
  });
const take = (
  store: Store,
  options: Partial<Parameters<Store["outbox"]["take"]>[2]> = {},
  lane: OutboxEntry["lane"] = "labelled",
) =>
  store.outbox.take("s3://a/b", lane, {
    limit: 100,
    skip: () => false,
    nowUs: Number.MAX_SAFE_INTEGER,
    ...options,
  });
const ids = (entries: readonly OutboxEntry[]): string[] => entries.map(({ id }) => id);

test("take() gives the entries of a lane in order, without those that are to be skipped", async (t) => {
  const store = openTestStore(t);
  await enqueue(
    store,
    draft("1"),
    draft("2"),
    draft("3", { lane: "alert" }),
    draft("4"),
    draft("5", { target: "other" }),
  );
  assert.deepEqual(ids(take(store)), ["1", "2", "4"]);
  const [first] = take(store);
  assert.deepEqual(ids(take(store, { skip: (sequence) => sequence === first!.sequence })), ["2", "4"]);
  assert.deepEqual(ids(take(store, { limit: 1 })), ["1"]);
  assert.deepEqual(ids(take(store, {}, "alert")), ["3"]);
});

test("take() stops at what is held back, but not because the clock was set back", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  const nowUs = clock.now().wallUs;
  await enqueue(store, draft("1"), draft("2", { notBeforeUs: nowUs + 5000 }), draft("3"));
  assert.deepEqual(ids(take(store, { nowUs: nowUs + 4999 })), ["1"]);
  assert.deepEqual(ids(take(store, { nowUs: nowUs + 5000 })), ["1", "2", "3"]);
  assert.deepEqual(ids(take(store, { nowUs: nowUs - 3600e6 })), ["1", "2", "3"]);
});

test("enqueue() lets the same thing wait once for a target, and the newer wish wins", async (t) => {
  const store = openTestStore(t);
  await enqueue(store, draft("1"), draft("2"), draft("1", { operation: "remove", bytes: 3 }));
  assert.deepEqual(
    take(store).map(({ id, operation }) => [id, operation]),
    [
      ["2", "put"],
      ["1", "remove"],
    ],
  );
  assert.deepEqual(store.outbox.waiting()["s3://a/b"]?.labelled, { entries: 2, bytes: 13 });
  const stale = { ...take(store)[1]!, sequence: 1 };
  assert.equal(store.outbox.isCurrent(stale), false);
  assert.equal(store.outbox.isCurrent(take(store)[0]!), true);
});

test("settle() books a receipt for what was delivered, takes it back for what was removed, and keeps none of events", async (t) => {
  const store = openTestStore(t);
  await enqueue(store, draft("1"), draft("e", { kind: "event", imgId: null }));
  const delivered = { result: "delivered", reference: "etag", already: false } as const;
  await store.commit(() => {
    for (const entry of take(store)) assert.equal(store.outbox.settle({ entry, ...delivered }), true);
  });
  assert.equal(store.outbox.receipt("picture", "1", "s3://a/b")?.reference, "etag");
  assert.equal(store.outbox.receipt("event", "e", "s3://a/b"), null);
  assert.deepEqual(store.outbox.delivered(), { "s3://a/b": 2 });
  assert.deepEqual(store.outbox.waiting()["s3://a/b"]?.labelled, { entries: 0, bytes: 0 });
  await enqueue(store, draft("1", { operation: "remove" }));
  await store.commit(() => store.outbox.settle({ entry: take(store)[0]!, ...delivered }));
  assert.equal(store.outbox.receipt("picture", "1", "s3://a/b"), null);
});

test("settle() parks what is refused with its words; retryParked() and a newer wish bring it back, and the count agrees", async (t) => {
  const store = openTestStore(t);
  await enqueue(store, draft("1"), draft("2"), draft("3", { target: "other" }));
  const park = () =>
    store.commit(() => {
      for (const entry of take(store)) store.outbox.settle({ entry, result: "parked", reason: "too large" });
    });
  await park();
  assert.deepEqual(ids(take(store)), []);
  assert.equal(store.outbox.isOwed("picture", "1"), true);
  assert.equal(store.outbox.parkedFor("picture", "1", "s3://a/b")?.reason, "too large");
  assert.equal(store.outbox.parked({ target: "other" }).length, 0);
  await enqueue(store, draft("1"));
  assert.equal(store.counters.get("parked"), 1);
  await park();
  assert.equal(store.counters.get("parked"), 2);
  assert.equal(await store.commit(() => store.outbox.retryParked("s3://a/b", 1)), 1);
  assert.equal(await store.commit(() => store.outbox.retryParked(null)), 1);
  assert.deepEqual(ids(take(store)).sort(), ["1", "2"]);
  assert.equal(store.counters.get("parked"), 0);
});

test("withdraw() takes a thing out of every queue and tells who has it already", async (t) => {
  const store = openTestStore(t);
  await enqueue(store, draft("1"), draft("1", { target: "b" }), draft("1", { target: "c" }));
  await store.commit(() =>
    store.outbox.settle({ entry: take(store)[0]!, result: "delivered", reference: null, already: false }),
  );
  const entry = store.outbox.take("b", "labelled", { limit: 1, skip: () => false, nowUs: 0 })[0]!;
  await store.commit(() => store.outbox.settle({ entry, result: "parked", reason: "no" }));
  assert.deepEqual(await store.commit(() => store.outbox.withdraw("picture", "1")), ["s3://a/b"]);
  assert.equal(store.outbox.isOwed("picture", "1"), false);
  assert.equal(store.counters.get("parked"), 0);
});

test("settle() books a delivery whose entry was withdrawn meanwhile, and says that it was", async (t) => {
  const store = openTestStore(t);
  await enqueue(store, draft("1"));
  const [entry] = take(store);
  await store.commit(() => store.outbox.withdraw("picture", "1"));
  const wasWaiting = await store.commit(() =>
    store.outbox.settle({ entry: entry!, result: "delivered", reference: null, already: false }),
  );
  assert.equal(wasWaiting, false);
  assert.ok(store.outbox.receipt("picture", "1", "s3://a/b"));
  assert.deepEqual(store.outbox.waiting()["s3://a/b"]?.labelled, { entries: 0, bytes: 0 });
});

test("oldestWaitingUs() is the oldest of all lanes", async (t) => {
  const clock = createManualClock();
  const store = openTestStore(t, { clock });
  assert.equal(store.outbox.oldestWaitingUs("s3://a/b"), null);
  const startUs = clock.now().wallUs;
  await enqueue(store, draft("1", { lane: "unlabelled" }));
  await clock.advance(1000);
  await enqueue(store, draft("2", { lane: "alert" }));
  assert.equal(store.outbox.oldestWaitingUs("s3://a/b"), startUs);
});

test("waiting() agrees with the queues after any sequence of wishes, results and failures", async (t) => {
  const store = openTestStore(t);
  const id = fc.constantFrom("1", "2", "3");
  const target = fc.constantFrom("s3://a/b", "x");
  const step = fc.oneof(
    fc.record({
      act: fc.constant("enqueue"),
      id,
      target,
      lane: fc.constantFrom(...lanes),
      bytes: fc.nat(99),
    }),
    fc.record({ act: fc.constantFrom("deliver", "park", "gone", "withdraw", "retry"), id, target }),
  );
  const run = (each: {
    act: string;
    id: string;
    target: string;
    lane?: OutboxEntry["lane"];
    bytes?: number;
  }): void => {
    const { outbox } = store;
    if (each.act === "enqueue")
      outbox.enqueue(draft(each.id, { target: each.target, lane: each.lane!, bytes: each.bytes! }));
    else if (each.act === "withdraw") outbox.withdraw("picture", each.id);
    else if (each.act === "retry") outbox.retryParked(each.target);
    else {
      const entry = lanes
        .flatMap((lane) => outbox.take(each.target, lane, { limit: 9, skip: () => false, nowUs: 0 }))
        .find((found) => found.id === each.id);
      if (entry === undefined) return;
      if (each.act === "deliver")
        outbox.settle({ entry, result: "delivered", reference: null, already: false });
      else if (each.act === "park") outbox.settle({ entry, result: "parked", reason: "no" });
      else outbox.settle({ entry, result: "gone" });
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 12 }), async (steps) => {
      await Promise.all(
        steps.map(([each, fails]) =>
          store
            .commit(() => {
              run(each);
              if (fails) throw new Error("on purpose");
            })
            .catch(() => undefined),
        ),
      );
      for (const name of ["s3://a/b", "x"]) {
        for (const lane of lanes) {
          const entries = store.outbox.take(name, lane, { limit: 99, skip: () => false, nowUs: 0 });
          const count = store.outbox.waiting()[name]?.[lane] ?? { entries: 0, bytes: 0 };
          assert.deepEqual(count, {
            entries: entries.length,
            bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
          });
        }
      }
      assert.equal(store.counters.get("parked"), store.outbox.parked().length);
    }),
    { numRuns: 60 },
  );
});

test("take(), isOwed() and waiting() stay quick on a long queue with thousands resting at its head", async (t) => {
  await longQueue(t, 20_000);
});

async function longQueue(t: TestContext, count: number): Promise<void> {
  const store = openTestStore(t);
  for (let n = 0; n < count; n += 2000) {
    await store.commit(() => {
      for (let each = n; each < n + 2000; each += 1) store.outbox.enqueue(draft(String(each)));
    });
  }
  const timed = (what: string, limitMs: number, act: () => unknown): void => {
    act();
    const ms =
      processorMs(() => {
        for (let round = 0; round < 10; round += 1) act();
      }) / 10;
    t.diagnostic(`${what}: ${ms.toFixed(2)} ms`);
    assert.ok(ms < limitMs, `${what} took ${ms} ms`);
  };
  const head = new Set(take(store, { limit: 2000 }).map(({ sequence }) => sequence));
  // Generous bounds: a slow shared machine; reading every value would take ten times as long.
  timed("take 256 behind 2000 that rest", 60, () =>
    take(store, { limit: 256, skip: (sequence) => head.has(sequence) }),
  );
  timed("waiting()", 2, () => store.outbox.waiting());
  timed("isOwed() of 100 things", 20, () => {
    for (let n = 0; n < 100; n += 1) store.outbox.isOwed("picture", String(n * 7));
  });
}
