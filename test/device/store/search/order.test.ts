// The order of results.
import assert from "node:assert/strict";
import { test } from "node:test";
import { byFingerprint, orderByTime } from "../../../../device/store/search/order.ts";

function order(times: readonly number[]): number[][] {
  return [...orderByTime(times.keys(), (document) => times[document]!)].map((group) => [...group]);
}

test("orderByTime() groups by time, those without a time last", () => {
  assert.deepEqual(order([5, 7, 7, 9]), [[0], [1, 2], [3]]);
  assert.deepEqual(order([9, Number.NaN, 7, Number.NaN, 9, -1]), [[5], [2], [0, 4], [1, 3]]);
  assert.deepEqual(order([Number.NaN, Number.NaN]), [[0, 1]]);
  assert.deepEqual(order([]), []);
});

test("orderByTime() reads every time before the first group is asked for", () => {
  let reads = 0;
  orderByTime([1, 2, 3], () => {
    reads += 1;
    return 0;
  });
  assert.equal(reads, 3);
});

test("byFingerprint() sorts by UTF-8 bytes", () => {
  const sorted = byFingerprint(["b", "\u{1F600}", "\uFFEE", "B"].map((fingerprint) => ({ fingerprint })));
  assert.deepEqual(
    sorted.map(({ fingerprint }) => fingerprint),
    ["B", "b", "\uFFEE", "\u{1F600}"],
  );
});
