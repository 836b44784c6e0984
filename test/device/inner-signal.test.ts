import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { innerSignal } from "../../device/inner-signal.ts";

test("innerSignal() ends with the outer signal, for its reason, also with one that was aborted before", () => {
  const outer = new AbortController();
  const before = innerSignal(outer.signal);
  outer.abort(new Error("enough"));
  for (const { signal } of [before, innerSignal(outer.signal)]) assert.match(String(signal.reason), /enough/);
});

test("innerSignal() ends alone, and leaves nothing at the outer signal", () => {
  const outer = new AbortController();
  const inner = innerSignal(outer.signal);
  inner.abort(new Error("mine"));
  assert.deepEqual([inner.signal.aborted, outer.signal.aborted], [true, false]);
  inner.release();
  inner.release();
  assert.equal(getEventListeners(outer.signal, "abort").length, 0);
});
