import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { axisBar, renderLine, renderScreen, showGamepad } from "../../agent/gamepad-screen.ts";
import {
  disconnectedState,
  type Gamepad,
  type GamepadState,
  restingAxes,
} from "../../device/gamepad/gamepad.ts";

const driving: GamepadState = {
  monotonicNs: 2_500_000_000,
  connected: true,
  axes: { ...restingAxes, leftx: -0.5, righttrigger: 1 },
  down: new Set(["a", "dpup"]),
  pressed: ["a"],
};

function fakeGamepad(states: readonly GamepadState[]): Gamepad {
  return {
    name: "test pad",
    note: () => "mapping: test",
    states: async function* () {
      yield* states;
    },
    close: async () => undefined,
  };
}

async function show(as: "screen" | "lines" | "json", states: readonly GamepadState[]) {
  const pieces: string[] = [];
  const output = { write: (piece: string) => pieces.push(piece) };
  const seen: GamepadState[] = [];
  const shown = await showGamepad({
    gamepad: fakeGamepad(states),
    output,
    as,
    signal: new AbortController().signal,
    onState: async (state) => void seen.push(state),
  });
  return { text: pieces.join(""), shown, seen };
}

describe("showGamepad()", () => {
  test("showGamepad() writes a line a state where there is no terminal, and counts", async () => {
    const { text, shown, seen } = await show("lines", [driving, disconnectedState(3e9)]);
    assert.equal(
      text,
      "2.500 s  leftx -0.50  righttrigger 1.00  +a  dpup\n3.000 s  test pad: not connected\n",
    );
    assert.deepEqual(shown, { states: 2, presses: 1, unplugged: 1 });
    assert.equal(seen.length, 2);
  });

  test("showGamepad() writes whole states as JSON", async () => {
    const { text } = await show("json", [driving]);
    assert.deepEqual(JSON.parse(text), {
      gamepad: "test pad",
      monotonicNs: 2_500_000_000,
      connected: true,
      axes: driving.axes,
      down: ["a", "dpup"],
      pressed: ["a"],
    });
  });

  test("showGamepad() leaves the terminal as it was, with the last state painted", async () => {
    const { text } = await show("screen", [driving, { ...driving, down: new Set(), pressed: ["b"] }]);
    assert.ok(text.startsWith("\x1b[?1049h\x1b[?25l"));
    assert.ok(text.endsWith("\x1b[?25h\x1b[?1049l"));
    assert.match(text, /\[a\].*\[b\]/);
  });
});

test("renderScreen() says name, mapping, axes and buttons", () => {
  const lines = renderScreen(fakeGamepad([]), driving);
  assert.deepEqual(lines.slice(0, 2), ["● test pad", "  mapping: test"]);
  assert.match(lines.join("\n"), / leftx \[.*\] -0\.50/);
  assert.match(lines.join("\n"), /\[dpup\]/);
  assert.match(renderScreen(fakeGamepad([]), disconnectedState(0))[1] ?? "", /not connected/);
});

test("axisBar() fills from the middle or from the left", () => {
  assert.equal(axisBar("leftx", 0), `[${"·".repeat(20)}┃${"·".repeat(20)}]`);
  assert.equal(axisBar("leftx", -1), `[${"█".repeat(20)}┃${"·".repeat(20)}]`);
  assert.equal(axisBar("righttrigger", 1), `[${"█".repeat(41)}]`);
});

test("renderLine() says a pad at rest is at rest", () => {
  assert.match(
    renderLine(fakeGamepad([]), { ...driving, axes: restingAxes, down: new Set(), pressed: [] }),
    /at rest$/,
  );
});
