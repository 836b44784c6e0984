// What every gamepad promises. Each driver calls this with a way to open one whose clock the test turns.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Gamepad, GamepadState } from "../../device/gamepad/gamepad.ts";
import { axisNames, buttonNames, isTrigger } from "../../device/gamepad/mapping.ts";
import { eventually } from "../fakes/eventually.ts";
import { collectStates } from "../fakes/state-collector.ts";

/** A gamepad to test. */
export type GamepadFixture = {
  readonly gamepad: Gamepad;
  /** Lets the clock of the gamepad run for `ms`; meanwhile it should say something. */
  readonly advance: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Declares the contract's tests for `name`; `open` runs once for each. */
export function testGamepad(name: string, open: () => Promise<GamepadFixture>): void {
  describe(`${name} keeps the gamepad contract`, () => {
    let fixture: GamepadFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture.close());

    test("states() says whole states within their bounds, in order of time", async () => {
      const collector = collectStates(fixture.gamepad);
      await fixture.advance(1000);
      // What is read from a disk takes its time, whatever the clock says.
      await eventually("a state", async () => {
        await fixture.advance(20);
        return collector.states.length > 0;
      });
      await collector.stop();
      let beforeNs = 0;
      for (const state of collector.states) {
        checkState(state);
        assert.ok(state.monotonicNs >= beforeNs, "expected times not to run backwards");
        beforeNs = state.monotonicNs;
      }
    });

    test("states() ends when its signal aborts", async () => {
      const collector = collectStates(fixture.gamepad);
      await fixture.advance(50);
      await collector.stop();
    });

    test("states() with a signal that has aborted already ends without a state", async () => {
      const seen: GamepadState[] = [];
      for await (const state of fixture.gamepad.states(AbortSignal.abort())) seen.push(state);
      assert.deepEqual(seen, []);
    });

    test("close() ends the states and may be called twice", async () => {
      const collector = collectStates(fixture.gamepad);
      await fixture.advance(50);
      await fixture.gamepad.close();
      await fixture.gamepad.close();
      await fixture.advance(1000);
      await collector.ended;
    });

    test("name says something to a person", () => {
      assert.ok(fixture.gamepad.name.length > 0);
    });
  });
}

function checkState(state: GamepadState): void {
  assert.deepEqual(Object.keys(state.axes).sort(), [...axisNames].sort());
  for (const axis of axisNames) {
    const value = state.axes[axis];
    assert.ok(value >= (isTrigger(axis) ? 0 : -1) && value <= 1, `${axis} is ${value}`);
    assert.ok(!Object.is(value, -0), `${axis} is −0`);
    if (!state.connected) assert.equal(value, 0, `${axis} of a gamepad that is not there`);
  }
  for (const button of [...state.down, ...state.pressed]) assert.ok(buttonNames.includes(button));
  if (!state.connected) assert.deepEqual([state.down.size, state.pressed.length], [0, 0]);
}
