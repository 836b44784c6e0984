import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecent } from "../../../agent/drive/recent.ts";
import { disconnectedState, type GamepadState } from "../../../device/gamepad/gamepad.ts";
import { processorMs } from "../../fakes/processor-time.ts";

test("at() gives the newest state at or before a moment, none before the first, and the one that still holds after a long rest", () => {
  const history = createRecent<GamepadState>();
  assert.equal(history.at(1e18), null);
  for (const ms of [10, 20, 30]) history.add(disconnectedState(ms * 1e6));
  assert.equal(history.at(9.9e6), null);
  assert.equal(history.at(10e6)?.monotonicNs, 10e6);
  assert.equal(history.at(29.9e6)?.monotonicNs, 20e6);
  assert.equal(history.at(3600e9)?.monotonicNs, 30e6);
  assert.equal(history.newest()?.monotonicNs, 30e6);
});

test("add() keeps the last seconds of a pad that storms, whole, and costs little", () => {
  const history = createRecent<GamepadState>();
  const ms = processorMs(() => {
    // 10 kHz for 60 s.
    for (let n = 0; n < 600_000; n += 1) history.add(disconnectedState(n * 1e5));
  });
  assert.ok(ms < 3000, `${ms} ms`);
  for (const secondsAgo of [0, 1, 2.5, 4.9]) {
    const ns = 599_999e5 - secondsAgo * 1e9;
    assert.equal(history.at(ns)?.monotonicNs, Math.floor(ns / 1e5) * 1e5);
  }
});
