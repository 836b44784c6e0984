import assert from "node:assert/strict";
import { test } from "node:test";
import type { DriveReport } from "../../../../agent/remote/drive-messages.ts";
import { handOf } from "../../../../agent/remote-client/drive/hand.ts";
import {
  type PanelState,
  renderPanel,
  renderPanelLine,
} from "../../../../agent/remote-client/drive/panel.ts";
import { openScreen } from "../../../../agent/remote-client/drive/screen.ts";
import { type ButtonName, type GamepadState, restingAxes } from "../../../../device/gamepad/gamepad.ts";

const report: DriveReport = {
  driver: "remote",
  holder: "me",
  armed: true,
  steering: -0.5,
  throttle: 0.31,
  remote: { allowed: true, why: null },
  pilot: { model: null, state: "off", reason: null },
  shadow: null,
  failSafe: { cause: "stale", reason: "nothing fresh came", at: "2024-05-01T10:11:12.000Z" },
  failSafes: { stale: 2 },
  ignored: {},
};
const state: PanelState = {
  device: "car",
  kind: "keyboard",
  link: { isConnected: true, problem: null, isBehind: false },
  roundTripMs: 41.7,
  silentMs: 210,
  phase: "driving",
  note: null,
  wish: { steer: -0.5, throttle: 0.4 },
  report,
  record: { state: "recording", frames: 412 },
  health: { queue: { a: { alert: 1, labelled: 11 } }, disk: { freeBytes: 81e9, hoursLeft: 30 } },
};

test("renderPanel() tells link, round trip, wheel, fail-safes, frames and queue", () => {
  const text = renderPanel(state).join("\n");
  for (const words of [
    /round trip 42 ms, heard 0\.2 s ago/,
    /DRIVING/,
    /throttle .* 0\.31/,
    /held by me/,
    /fail-safes stale 2/,
    /412 frames; queue 12; disk 81\.0 GB free, 30\.0 h/,
  ])
    assert.match(text, words);
});

test("renderPanel() says at once that the link is lost, that the car is silent, and how to arm again", () => {
  const lost = renderPanelLine({
    ...state,
    link: { isConnected: false, problem: "connect: no way", isBehind: false },
    phase: "idle",
    note: "the link is lost: the car stops by itself",
  });
  assert.match(lost, /NO LINK \(connect: no way\); the car stops by itself/);
  const behind = { isConnected: true, problem: null, isBehind: true };
  assert.match(renderPanelLine({ ...state, link: behind }), /DOES NOT KEEP UP/);
  assert.match(renderPanelLine({ ...state, silentMs: 4_000 }), /SILENT for 4 s/);
  const stopped = renderPanelLine({ ...state, phase: "idle", note: "fail-safe stale: nothing fresh came" });
  assert.match(
    stopped,
    /STANDING: fail-safe stale: nothing fresh came; to arm: press ENTER with no key held/,
  );
  const remote = { allowed: false, why: "somebody drives at the car" };
  const refused = renderPanelLine({ ...state, phase: "idle", report: { ...report, remote } });
  assert.match(refused, /STANDING; not allowed: somebody drives at the car/);
  assert.doesNotMatch(refused, /to arm/);
});

test("openScreen() says a line at every change of a word where there is no terminal, and leaves one as it was", () => {
  const lines: string[] = [];
  const plain = openScreen({ write: (text) => lines.push(text) });
  plain.show(state);
  plain.show({ ...state, silentMs: 300, record: { state: "recording", frames: 413 } });
  plain.show({ ...state, phase: "idle", note: "let go" });
  assert.equal(lines.length, 2);
  const painted: string[] = [];
  const screen = openScreen({ isTTY: true, columns: 40, write: (text) => painted.push(text) });
  screen.show(state);
  screen.close();
  screen.close();
  assert.ok(painted.at(-1)!.endsWith("\x1b[?1049l"));
  assert.equal(painted.filter((text) => text.includes("\x1b[?1049l")).length, 1);
});

function pad(changes: Partial<GamepadState>): GamepadState {
  return { monotonicNs: 1, connected: true, axes: restingAxes, down: new Set(), pressed: [], ...changes };
}

test("handOf() holds a gamepad by its shoulder button and a keyboard always; an unplugged pad is not held", () => {
  const options = { kind: "gamepad", throttleLimit: 0.5 } as const;
  const down = new Set<ButtonName>(["rightshoulder"]);
  const axes = { ...restingAxes, righttrigger: 1, leftx: -0.3 };
  assert.deepEqual(handOf(pad({ axes }), options), { steer: -0.3, throttle: 0.5, held: false, armed: false });
  assert.deepEqual(handOf(pad({ down, pressed: ["rightshoulder"] }), options), {
    steer: 0,
    throttle: 0,
    held: true,
    armed: true,
  });
  assert.equal(handOf(pad({ down, connected: false }), options).held, false);
  const keys = { kind: "keyboard", throttleLimit: 0.5 } as const;
  assert.deepEqual(handOf(pad({ pressed: ["start"] }), keys), {
    steer: 0,
    throttle: 0,
    held: true,
    armed: true,
  });
  assert.equal(handOf(pad({ axes: { ...restingAxes, lefttrigger: 1 } }), keys).throttle, -0.5);
});
