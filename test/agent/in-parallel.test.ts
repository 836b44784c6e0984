import assert from "node:assert/strict";
import { test } from "node:test";
import { inBatches, inParallel } from "../../agent/in-parallel.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const { signal } = new AbortController();

test("inParallel() does everything, never more than the limit at once", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel(Array.from({ length: 50 }, (_, n) => n).values(), 7, signal, async (n) => {
    running += 1;
    most = Math.max(most, running);
    await turn();
    running -= 1;
    done.push(n);
  });
  assert.equal(most, 7);
  assert.deepEqual(
    done.sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, n) => n),
  );
});

test("inParallel() waits for what runs when one fails, starts no more, and throws that failure", async () => {
  let ended = 0;
  let started = 0;
  await assert.rejects(
    inParallel([1, 2, 3, 4, 5, 6], 2, signal, async (n) => {
      started += 1;
      if (n === 1) throw new Error("first");
      await turn();
      ended += 1;
    }),
    /first/,
  );
  assert.deepEqual([started, ended], [2, 1]);
});

test("inParallel() stops when the signal aborts", async () => {
  const stop = new AbortController();
  let started = 0;
  await assert.rejects(
    inParallel(Array.from({ length: 100 }).values(), 3, stop.signal, async () => {
      started += 1;
      if (started === 3) stop.abort(new Error("enough"));
      await turn();
    }),
    /enough/,
  );
  assert.equal(started, 3);
});

test("inBatches() cuts without losing", () => {
  assert.deepEqual([...inBatches([1, 2, 3, 4, 5], 2)], [[1, 2], [3, 4], [5]]);
  assert.deepEqual([...inBatches([], 2)], []);
});
