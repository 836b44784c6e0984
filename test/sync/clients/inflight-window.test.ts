import assert from "node:assert/strict";
import { test } from "node:test";
import { createInflightWindow } from "../../../sync/clients/inflight-window.ts";
import { SyncError } from "../../../sync/errors.ts";

const never = new AbortController().signal;

test("createInflightWindow() gives places in order of arrival and never more than the limit", async () => {
  const window = createInflightWindow(2, 10);
  const order: number[] = [];
  const first = await window.acquire(never);
  const second = await window.acquire(never);
  const third = window.acquire(never).then((release) => {
    order.push(3);
    return release;
  });
  const fourth = window.acquire(never).then((release) => {
    order.push(4);
    return release;
  });
  assert.equal(window.inflight(), 2);
  first();
  first();
  (await third)();
  (await fourth)();
  assert.deepEqual(order, [3, 4]);
  second();
  assert.equal(window.inflight(), 0);
});

test("createInflightWindow() refuses those who would wait beyond the limit, and forgets those who gave up", async () => {
  const window = createInflightWindow(1, 1);
  const release = await window.acquire(never);
  const gaveUp = new AbortController();
  const waiting = window.acquire(gaveUp.signal);
  await assert.rejects(
    window.acquire(never),
    (error) => error instanceof SyncError && error.kind === "retryable",
  );
  gaveUp.abort(new Error("gave up"));
  await assert.rejects(waiting, /gave up/);
  const next = window.acquire(never);
  release();
  (await next)();
  assert.equal(window.inflight(), 0);
});

test("createInflightWindow() fails everybody who waits when it is closed", async () => {
  const window = createInflightWindow(1, 5);
  await window.acquire(never);
  const waiting = window.acquire(never);
  window.close(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(window.acquire(never), /gone/);
});
