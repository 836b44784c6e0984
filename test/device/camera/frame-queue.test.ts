import assert from "node:assert/strict";
import { test } from "node:test";
import { createFrameQueue } from "../../../device/camera/frame-queue.ts";

const never = new AbortController().signal;

test("createFrameQueue() gives up the oldest when it is full, and hands it back", () => {
  const queue = createFrameQueue<number>({ capacity: 2 });
  assert.deepEqual([1, 2, 3, 4].map(queue.push), [null, null, 1, 2]);
  assert.equal(queue.waiting(), 2);
});

test("createFrameQueue() gives what waits before it ends or fails", async () => {
  const ending = createFrameQueue<number>({ capacity: 9 });
  ending.push(1);
  ending.push(2);
  ending.end();
  assert.deepEqual(await takeAll(ending.take(never)), [1, 2]);

  const failing = createFrameQueue<number>({ capacity: 9 });
  failing.push(1);
  failing.fail(new Error("gone"));
  const items = failing.take(never);
  assert.equal((await items.next()).value, 1);
  await assert.rejects(items.next(), /gone/);
});

test("createFrameQueue() wakes a waiting consumer on push, end and abort", async () => {
  const queue = createFrameQueue<number>({ capacity: 9 });
  const items = queue.take(never);
  const first = items.next();
  queue.push(5);
  assert.equal((await first).value, 5);
  const second = items.next();
  queue.end();
  assert.equal((await second).done, true);

  const stop = new AbortController();
  const waiting = createFrameQueue<number>({ capacity: 9 }).take(stop.signal).next();
  stop.abort();
  assert.equal((await waiting).done, true);
});

test("createFrameQueue() counts only what was taken", async () => {
  let taken = 0;
  const queue = createFrameQueue<number>({ capacity: 9, onTake: () => (taken += 1) });
  queue.push(1);
  queue.push(2);
  await queue.take(never).next();
  assert.equal(taken, 1);
});

async function takeAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
