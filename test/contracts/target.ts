// What every target promises: one outcome per entry in order, the same entry twice is one thing, what is gone is gone.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Lane, OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import type { Target } from "../../sync/targets/target.ts";
import { frameEntry, frameId, openTestStore } from "../fakes/store.ts";

export type TargetUnderTest = {
  readonly target: Target;
  /** Ids of what it has, in any order. */
  readonly has: () => Promise<readonly string[]>;
};

/** What a target takes: how thing `n` waits for it, and how it vanishes. */
export type TargetThings = {
  readonly lane: Lane;
  /** Keeps thing `n` on frame `n`, waiting for the target. */
  readonly keep: (store: Store, n: number, target: string) => Promise<void>;
  /** There is no such thing any more. */
  readonly drop: (store: Store, n: number) => Promise<void>;
  /** The frame of thing `n`, which a person erases. */
  readonly frameOf: (n: number) => string;
};

const frameThings = (kind: "pictureTargets" | "labelTargets"): TargetThings => ({
  lane: "labelled",
  keep: (store, n, target) => store.keep(frameEntry(n, { [kind]: [target] })),
  drop: (store, n) => store.commit(() => void store.frames.remove(frameId(n))),
  frameOf: frameId,
});

export type TargetContract = {
  readonly name: string;
  readonly kind: "picture" | "label" | TargetThings;
  /** false: what it has it keeps. Default true. */
  readonly takesBack?: boolean;
  /** A target that sends out of `store`; what it waits for has arrived. Closed by the contract. */
  readonly open: (t: TestContext, store: Store) => Promise<TargetUnderTest> | TargetUnderTest;
};

const signal = new AbortController().signal;

/** Runs the contract. */
export function testTarget({ name, kind, open, takesBack = true }: TargetContract): void {
  const things = typeof kind === "string" ? frameThings(`${kind}Targets`) : kind;
  const setUp = async (t: TestContext, frames: number) => {
    const store = openTestStore(t);
    const { target, has } = await open(t, store);
    t.after(() => target.close());
    await Promise.all(Array.from({ length: frames }, (_, n) => things.keep(store, n, target.name)));
    const entries = (): OutboxEntry[] => [
      ...store.outbox.take(target.name, things.lane, {
        limit: 1000,
        skip: () => false,
        nowUs: Number.MAX_SAFE_INTEGER,
      }),
    ];
    const deliver = async (given: readonly OutboxEntry[]) => {
      const outcomes = [];
      for (let at = 0; at < given.length; at += target.maxBatch)
        outcomes.push(...(await target.deliver(given.slice(at, at + target.maxBatch), signal)));
      return outcomes;
    };
    return { store, target, has, entries, deliver };
  };
  const erase = (store: Store, n: number): Promise<void> =>
    store.commit(() => store.frames.update({ ...store.frames.get(things.frameOf(n))!, erasedAtUs: 1 }));

  test(`${name}: deliver() gives one outcome per entry, in order, and the target has them`, async (t) => {
    const { entries, deliver, has, target } = await setUp(t, 7);
    const outcomes = await deliver(entries());
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      Array.from({ length: 7 }, () => "delivered"),
    );
    assert.equal((await has()).length, 7);
    assert.ok(target.maxBatch >= 1 && target.concurrency >= 1);
    await target.probe(signal);
  });

  test(`${name}: deliver() of the same entry twice leaves one thing and says that it was there`, async (t) => {
    const { entries, deliver, has } = await setUp(t, 3);
    await deliver(entries());
    const again = await deliver(entries());
    assert.ok(again.every((outcome) => outcome.result === "delivered" && outcome.already));
    assert.equal((await has()).length, 3);
  });

  test(`${name}: deliver() calls an erased or dropped thing gone, and sends the others`, async (t) => {
    const { store, entries, deliver, has } = await setUp(t, 4);
    await erase(store, 1);
    await things.drop(store, 2);
    const outcomes = await deliver(entries());
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ["delivered", "gone", "gone", "delivered"],
    );
    assert.equal((await has()).length, 2);
  });

  test(`${name}: deliver() takes back what was erased, also what is not there any more`, async (t) => {
    if (!takesBack) return t.skip("what it has it keeps");
    const { store, entries, deliver, has } = await setUp(t, 3);
    const [first, second] = entries();
    await deliver([first!]);
    await erase(store, 0);
    const back = await deliver([
      { ...first!, operation: "remove" },
      { ...second!, operation: "remove" },
    ]);
    assert.deepEqual(
      back.map((outcome) => outcome.result === "delivered" && outcome.already),
      [false, true],
    );
    assert.deepEqual(await has(), []);
  });

  test(`${name}: close() may be called twice`, async (t) => {
    const { target } = await setUp(t, 0);
    await target.close();
    await target.close();
  });
}
