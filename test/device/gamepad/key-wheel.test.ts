import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createKeyWheel } from "../../../device/gamepad/key-wheel.ts";
import { keyActions } from "../../../device/gamepad/keyboard.ts";

describe("createKeyWheel()", () => {
  const up = keyActions.get("w")!;
  const left = keyActions.get("\x1b[D")!;

  test("createKeyWheel() rises while a key repeats and falls to rest when it stops", () => {
    const wheel = createKeyWheel();
    wheel.take(0);
    let ms = 0;
    let highest = 0;
    for (; ms <= 1500; ms += 20) {
      // Typed at 0, repeated from 500 ms on every 40 ms, as terminals do.
      if (ms === 0 || (ms >= 500 && ms <= 1000 && ms % 40 === 0)) wheel.type(up, ms);
      const state = wheel.take(ms * 1e6);
      highest = Math.max(highest, state?.axes.righttrigger ?? 0);
      if (ms === 600) assert.equal(state?.axes.righttrigger ?? highest, 1);
    }
    assert.equal(highest, 1);
    wheel.type(left, ms);
    assert.deepEqual(wheel.take((ms + 20) * 1e6)?.axes.righttrigger, 0);
  });

  test("createKeyWheel() keeps the gas while a person who held it steers, and no longer", () => {
    const wheel = createKeyWheel();
    wheel.take(0);
    wheel.type(up, 0);
    let gas = 0;
    for (let ms = 0; ms <= 3000; ms += 20) {
      if (ms >= 400 && ms <= 2000 && ms % 40 === 0) wheel.type(left, ms);
      gas = wheel.take(ms * 1e6)?.axes.righttrigger ?? gas;
      if (ms === 1900) assert.equal(gas, 1);
    }
    assert.equal(gas, 0);
    wheel.type(left, 3020);
    assert.equal(wheel.take(3040e6)?.axes.righttrigger, 0);
  });

  test("createKeyWheel() with a short first hold, for a car far away, is at rest 400 ms after a tap or the end of a hold", () => {
    for (const typed of [[0], [0, ...Array.from({ length: 20 }, (_, at) => 500 + at * 33)]]) {
      const wheel = createKeyWheel({ firstHoldMs: 250 });
      wheel.take(0);
      const endMs = typed.at(-1)! + 400;
      let gas = 0;
      for (let ms = 0; ms <= endMs; ms += 1) {
        if (typed.includes(ms)) wheel.type(up, ms);
        gas = wheel.take(ms * 1e6)?.axes.righttrigger ?? gas;
        if (ms === 240) assert.ok(gas > 0.4);
      }
      assert.equal(gas, 0);
    }
  });

  test("createKeyWheel() turns round at once and lets brake end the gas", () => {
    const wheel = createKeyWheel();
    wheel.take(0);
    wheel.type(left, 0);
    wheel.type(up, 0);
    wheel.take(200e6);
    wheel.type(keyActions.get("d")!, 200);
    wheel.type(keyActions.get("s")!, 200);
    const state = wheel.take(220e6);
    assert.ok((state?.axes.leftx ?? 0) > 0);
    assert.equal(state?.axes.righttrigger, 0);
    assert.ok((state?.axes.lefttrigger ?? 0) > 0);
  });

  test("createKeyWheel() stops everything at the space bar", () => {
    const wheel = createKeyWheel();
    wheel.take(0);
    wheel.type(left, 0);
    wheel.type(up, 0);
    wheel.take(300e6);
    wheel.type(keyActions.get(" ")!, 300);
    const state = wheel.take(300e6);
    assert.deepEqual([state?.axes.leftx, state?.axes.righttrigger], [0, 0]);
  });

  test("createKeyWheel() presses a button for one state each time", () => {
    const wheel = createKeyWheel();
    wheel.take(0);
    const start = keyActions.get("\r")!;
    wheel.type(start, 0);
    assert.deepEqual(wheel.take(1)?.pressed, ["start"]);
    wheel.type(start, 0);
    assert.deepEqual(wheel.take(2)?.pressed, ["start"]);
    assert.deepEqual(wheel.take(3)?.down, new Set());
    assert.equal(wheel.take(4), null);
  });
});
