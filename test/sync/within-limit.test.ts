import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { withinLimit } from "../../sync/within-limit.ts";

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("withinLimit() gives and throws what the call does, and leaves nothing at the signal", async () => {
  const { signal } = new AbortController();
  const options = { limitMs: 60_000, doing: "GET http://host/", signal };
  assert.equal(await withinLimit(async () => 7, options), 7);
  await assert.rejects(
    withinLimit(() => Promise.reject(new Error("mine")), options),
    /^Error: mine$/,
  );
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("withinLimit() is offline when the time is over", async () => {
  const { signal } = new AbortController();
  const call = withinLimit(untilAborted, { limitMs: 20, doing: "GET http://host/", signal });
  await assert.rejects(call, { kind: "offline", message: "GET http://host/: not done within 1 s" });
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("withinLimit() ends with the outer signal's reason, also one that was aborted before", async () => {
  const stop = new AbortController();
  const options = { limitMs: Number.POSITIVE_INFINITY, doing: "GET http://host/", signal: stop.signal };
  const call = withinLimit(untilAborted, options);
  stop.abort(new Error("enough"));
  await assert.rejects(call, /enough/);
  await assert.rejects(
    withinLimit(() => assert.fail("nothing may begin"), options),
    /enough/,
  );
});
