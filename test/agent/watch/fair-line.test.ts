import assert from "node:assert/strict";
import { test } from "node:test";
import { createFairLine } from "../../../agent/watch/fair-line.ts";

const { signal } = new AbortController();

test("take() gives each camera its turn, however often another offers", async () => {
  const line = createFairLine<string>();
  line.offer("busy", "b1");
  line.offer("calm", "c1");
  const taken: (string | null)[] = [];
  for (let n = 2; n < 8; n += 1) {
    taken.push(await line.take(signal));
    line.offer("busy", `b${n}`);
    if (n % 3 === 0) line.offer("calm", `c${n}`);
  }
  assert.deepEqual(taken, ["b1", "c1", "b3", "c3", "b5", "c6"]);
});

test("offer() lets the newest frame of a camera take the place of an older one, and returns that", async () => {
  const line = createFairLine<number>();
  assert.equal(line.offer("a", 1), null);
  assert.equal(line.offer("a", 2), 1);
  assert.equal(line.waiting(), 1);
  assert.equal(await line.take(signal), 2);
});

test("take() waits for what comes, and ends with the signal or the line", async () => {
  const line = createFairLine<number>();
  const stop = new AbortController();
  const first = line.take(stop.signal);
  line.offer("a", 1);
  assert.equal(await first, 1);
  const second = line.take(stop.signal);
  stop.abort();
  assert.equal(await second, null);
  line.offer("a", 2);
  line.end();
  assert.equal(await line.take(signal), 2);
  assert.equal(await line.take(signal), null);
});
