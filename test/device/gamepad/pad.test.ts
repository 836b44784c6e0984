import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { normalise, ranges } from "../../../device/gamepad/axis-range.ts";
import { restingAxes } from "../../../device/gamepad/gamepad.ts";
import { abs, btn } from "../../../device/gamepad/input-codes.ts";
import {
  axisBinding,
  buttonBinding,
  type GamepadMapping,
  halfAxisBinding,
} from "../../../device/gamepad/mapping.ts";
import { applyDeadzone, createPad, roundAxis } from "../../../device/gamepad/pad.ts";
import type { RawChange, RawInput } from "../../../device/gamepad/raw-input.ts";
import { pythonRound } from "../../../device/python-number.ts";

const mapping: GamepadMapping = {
  name: "test pad",
  bindings: [
    buttonBinding("a", btn.south),
    buttonBinding("b", btn.east),
    halfAxisBinding("dpup", abs.hat0y, -1),
    halfAxisBinding("dpdown", abs.hat0y, 1),
    buttonBinding("dpup", btn.dpadUp),
    axisBinding("leftx", abs.x),
    axisBinding("righttrigger", abs.rz),
  ],
};
const changes = (...list: RawChange[]): RawInput => ({ kind: "changes", changes: list });
const button = (code: number, value: number): RawChange => ({ kind: "button", code, value });
const axis = (code: number, value: number): RawChange => ({ kind: "axis", code, value });

describe("createPad()", () => {
  test("createPad() begins connected and at rest", () => {
    const pad = createPad(mapping);
    assert.deepEqual(pad.take(5), {
      monotonicNs: 5,
      connected: true,
      axes: restingAxes,
      down: new Set(),
      pressed: [],
    });
    assert.equal(pad.take(6), null);
  });

  test("createPad() says a trigger as existing recordings do, for every raw value", () => {
    for (let raw = 0; raw <= 255; raw += 1) {
      const pad = createPad(mapping);
      pad.apply(changes(axis(abs.rz, normalise(raw, ranges.unsigned8))));
      assert.equal(pad.take(0)?.axes.righttrigger, pythonRound(raw / 255, 2));
    }
  });

  test("createPad() says nothing about movements below two decimals", () => {
    const pad = createPad(mapping);
    pad.apply(changes(axis(abs.x, 0.5)));
    pad.take(0);
    pad.apply(changes(axis(abs.x, 0.5001)));
    assert.equal(pad.take(1), null);
  });

  test("createPad() keeps a press that was let go between two looks", () => {
    const pad = createPad(mapping);
    pad.take(0);
    pad.apply(changes(button(btn.south, 1)));
    pad.apply(changes(button(btn.south, 0)));
    const state = pad.take(1);
    assert.deepEqual([state?.pressed, state?.down], [["a"], new Set()]);
    assert.equal(pad.take(2), null);
  });

  test("createPad() presses a button once for both forms of d-pad", () => {
    const pad = createPad(mapping);
    pad.apply(changes(axis(abs.hat0y, -1)));
    assert.deepEqual(pad.take(0)?.pressed, ["dpup"]);
    pad.apply(changes(button(btn.dpadUp, 1)));
    assert.equal(pad.take(1), null);
    pad.apply(changes(axis(abs.hat0y, 1)));
    assert.deepEqual(pad.take(2)?.down, new Set(["dpup", "dpdown"]));
  });

  test("createPad() goes to rest when events were lost", () => {
    const pad = createPad(mapping);
    pad.apply(changes(axis(abs.rz, 1), button(btn.south, 1)));
    pad.take(0);
    pad.apply({ kind: "lost" });
    const state = pad.take(1);
    assert.deepEqual([state?.axes.righttrigger, state?.down], [0, new Set()]);
  });

  test("createPad() does not believe a stick or trigger at its end that nobody has moved", () => {
    const pad = createPad(mapping);
    pad.apply({
      kind: "initial",
      changes: [axis(abs.x, -1), axis(abs.rz, 0.2), axis(abs.hat0y, 1), button(btn.south, 1)],
    });
    const state = pad.take(0);
    assert.deepEqual([state?.axes, state?.down, state?.pressed], [restingAxes, new Set(["dpdown", "a"]), []]);
  });

  test("createPad() believes the kernel's state once the pad has moved", () => {
    const pad = createPad(mapping);
    pad.apply(changes(button(btn.east, 1)));
    pad.apply({ kind: "lost" });
    pad.apply({ kind: "initial", changes: [axis(abs.x, -1), axis(abs.rz, 1)] });
    assert.deepEqual([pad.take(0)?.axes.leftx, pad.take(1)], [-1, null]);
  });

  test("createPad() ignores a value that is no number", () => {
    const pad = createPad(mapping);
    pad.apply(changes(axis(abs.rz, Number.NaN), axis(abs.x, Number.POSITIVE_INFINITY)));
    assert.deepEqual(pad.take(0)?.axes, restingAxes);
  });

  test("createPad() never leaves the bounds of an axis, whatever comes", () => {
    const change = fc.oneof(
      fc
        .tuple(fc.constantFrom<number>(abs.x, abs.rz, abs.hat0y), fc.double())
        .map(([code, value]) => axis(code, value)),
      fc
        .tuple(fc.constantFrom<number>(btn.south, btn.dpadUp), fc.constantFrom(0, 1))
        .map(([code, value]) => button(code, value)),
    );
    const input = fc.oneof(
      fc.array(change, { maxLength: 5 }).map((list) => changes(...list)),
      fc.array(change, { maxLength: 5 }).map((list): RawInput => ({ kind: "initial", changes: list })),
      fc.constant<RawInput>({ kind: "lost" }),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 20 }), (inputs) => {
        const pad = createPad(mapping);
        for (const one of inputs) {
          pad.apply(one);
          const state = pad.take(0);
          if (state === null) continue;
          assert.ok(Math.abs(state.axes.leftx) <= 1);
          assert.ok(state.axes.righttrigger >= 0 && state.axes.righttrigger <= 1);
        }
      }),
    );
  });
});

describe("applyDeadzone()", () => {
  test("applyDeadzone() cuts the middle, keeps the ends and does not jump", () => {
    const zone = 4000 / 32767;
    assert.equal(applyDeadzone(3999 / 32767, zone), 0);
    assert.equal(applyDeadzone(-1, zone), -1);
    assert.equal(applyDeadzone(1.2, zone), 1);
    assert.ok(applyDeadzone(4001 / 32767, zone) < 0.001);
  });

  test("applyDeadzone() and roundAxis() say a 16-bit stick as existing recordings do", () => {
    for (let raw = -32767; raw <= 32767; raw += 13) {
      const far = Math.abs(raw) < 4000 ? 0 : (Math.abs(raw) - 4000) / (32767 - 4000);
      const expected = pythonRound(Math.sign(raw) * far, 2) || 0;
      assert.equal(roundAxis(applyDeadzone(raw / 32767, 4000 / 32767)), expected);
    }
  });
});

test("roundAxis() rounds both sides alike and never says −0", () => {
  assert.deepEqual(
    [roundAxis(-0.125), roundAxis(0.125), Object.is(roundAxis(-0.001), 0)],
    [-0.13, 0.13, true],
  );
});
