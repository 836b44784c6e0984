// The loss bound of a life is told in time that the agent ran: one that was stopped, stopped again and killed read nothing of either.
import assert from "node:assert/strict";
import { test } from "node:test";
import { spanOfRunning } from "../../../../agent/bench/faults/standstills.ts";

const ms = (from: number, to: number) => ({ fromNs: from * 1e6, toNs: to * 1e6 });

test("spanOfRunning() is the time that it ran where it never stood", () => {
  assert.equal(spanOfRunning(500, 10_000e6, []), 500);
});

test("spanOfRunning() takes a standstill in when it ended within that time, and leaves one out that was over before", () => {
  assert.equal(spanOfRunning(500, 10_000e6, [ms(8_000, 9_900)]), 500 + 1_900);
  assert.equal(spanOfRunning(500, 10_000e6, [ms(7_000, 9_500)]), 500);
});

test("spanOfRunning() takes in all that followed each other with less running between them", () => {
  // 5 ms between two standstills are not enough to read what came during the first.
  const stalls = [ms(1_000, 2_000), ms(7_000, 8_400), ms(8_405, 9_900)];
  assert.equal(spanOfRunning(500, 10_000e6, stalls), 500 + 1_400 + 1_495);
});

test("spanOfRunning() takes standstills that overlap for one, in whatever order they are given", () => {
  const stalls = [ms(9_000, 9_800), ms(8_000, 9_900), ms(9_700, 9_950)];
  assert.equal(spanOfRunning(500, 10_000e6, stalls), 500 + 1_950);
});
