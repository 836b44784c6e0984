// The loss bound of a life is told in time that the agent ran: one that was stopped, stopped again and killed read nothing of either.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ranBetweenMs } from "../../../../agent/bench/faults/standstills.ts";

const ms = (from: number, to: number) => ({ fromNs: from * 1e6, toNs: to * 1e6 });

test("ranBetweenMs() is the time between where it never stood", () => {
  assert.equal(ranBetweenMs(9_500e6, 10_000e6, []), 500);
  assert.equal(ranBetweenMs(9_500e6, 10_000e6, [ms(8_000, 9_400), ms(10_000, 11_000)]), 500);
});

test("ranBetweenMs() leaves out every standstill, and of one that began before or ends later the part between", () => {
  // 5 ms between two standstills are not enough to read what came during the first.
  assert.equal(ranBetweenMs(8_300e6, 10_000e6, [ms(7_000, 8_400), ms(8_405, 9_900)]), 5 + 100);
  assert.equal(ranBetweenMs(8_300e6, 9_000e6, [ms(8_405, 9_900)]), 105);
});

test("ranBetweenMs() takes standstills that overlap for one, in whatever order they are given", () => {
  assert.equal(
    ranBetweenMs(7_000e6, 10_000e6, [ms(9_000, 9_800), ms(8_000, 9_900), ms(9_700, 9_950), ms(8_100, 8_200)]),
    3_000 - 1_950,
  );
});
