import assert from "node:assert/strict";
import test from "node:test";
import { createSimTime } from "../../../device/camera/sim/sim-time.ts";
import { createTrackWorld } from "../../../device/camera/sim/track.ts";
import { parseDeviceUrl } from "../../../device/device-url.ts";
import type { GamepadState } from "../../../device/gamepad/gamepad.ts";
import { createScriptedGamepad, type Press, parseScriptedUrl } from "../../../device/gamepad/scripted.ts";
import { silentLog } from "../../../device/log.ts";
import { testGamepad } from "../../contracts/gamepad.ts";
import { createManualClock } from "../../fakes/manual-clock.ts";

function openGamepad(presses: readonly Press[] = []) {
  const clock = createManualClock();
  const time = createSimTime(clock);
  const world = createTrackWorld({ seed: 1 });
  const gamepad = createScriptedGamepad({ world, time, presses }, { clock, log: silentLog });
  const stop = new AbortController();
  const states: GamepadState[] = [];
  const over = (async () => {
    for await (const state of gamepad.states(stop.signal)) states.push(state);
  })();
  return { clock, world, gamepad, stop, states, over };
}

test("createScriptedGamepad() says 30 states a second, each stamped when it was read", async () => {
  const { clock, stop, states, over } = openGamepad();
  const startNs = clock.monotonicNs();
  await clock.advance(2000);
  stop.abort();
  await over;
  assert.ok(states.length >= 60 && states.length <= 61, `${states.length}`);
  states.forEach((state, n) => {
    assert.ok(Math.abs(state.monotonicNs - startNs - (n * 1e9) / 30) < 2e6, `state ${n}`);
    assert.equal(state.connected, true);
    assert.equal(state.down.size, 0);
  });
  assert.ok(states.some((state) => state.axes.righttrigger > 0.5));
});

test("createScriptedGamepad() lets go of the trigger of a car that does not answer, so that it can be armed, and tries again", async () => {
  const { clock, stop, states, over } = openGamepad();
  await clock.advance(4000);
  stop.abort();
  await over;
  const pressedAgain = states.filter(
    ({ axes }, n) => n > 0 && axes.righttrigger > 0 && states[n - 1]!.axes.righttrigger === 0,
  );
  assert.ok(pressedAgain.length >= 3, `${pressedAgain.length}`);
});

test("createScriptedGamepad() says that a hand is there, with the trigger at rest, when the car does not answer for long", async () => {
  const { clock, stop, states, over } = openGamepad();
  await clock.advance(6000);
  stop.abort();
  await over;
  const confirming = states.filter(({ pressed }) => pressed.includes("guide"));
  assert.ok(confirming.length >= 1 && confirming.length <= 8, `${confirming.length}`);
  for (const { axes } of confirming) assert.equal(axes.righttrigger, 0);
});

test("createScriptedGamepad() presses each button once, for a tenth of a second, at its time", async () => {
  const presses = [
    { atS: 0.5, button: "y" },
    { atS: 1, button: "b" },
    { atS: 1.5, button: "y" },
  ] as const;
  const { clock, stop, states, over } = openGamepad(presses);
  const startNs = clock.monotonicNs();
  await clock.advance(2500);
  stop.abort();
  await over;
  const pressed = states.flatMap((state) =>
    state.pressed.map((button) => [button, Math.round((state.monotonicNs - startNs) / 1e8) / 10]),
  );
  assert.deepEqual(pressed, [
    ["y", 0.5],
    ["b", 1],
    ["y", 1.5],
  ]);
  const held = states.filter((state) => state.down.has("b")).length;
  assert.ok(held >= 3 && held <= 4, `${held}`);
});

test("createScriptedGamepad() does not make up for what its consumer slept through", async () => {
  const clock = createManualClock();
  const time = createSimTime(clock);
  const world = createTrackWorld({ seed: 1 });
  const presses = [{ atS: 0.5, button: "y" }] as const;
  const gamepad = createScriptedGamepad({ world, time, presses }, { clock, log: silentLog });
  const states = gamepad.states(new AbortController().signal)[Symbol.asyncIterator]();
  await states.next();
  await clock.advance(1000);
  const stamps: number[] = [];
  const pressed: string[] = [];
  for (let n = 0; n < 2; n++) {
    const next = states.next();
    await clock.advance(40);
    const state = (await next).value!;
    stamps.push(state.monotonicNs);
    pressed.push(...state.pressed);
  }
  const gapNs = stamps[1]! - stamps[0]!;
  assert.deepEqual(pressed, ["y"], "a button is pressed late rather than never");
  assert.ok(gapNs > 2e7 && gapNs < 5e7, `${gapNs}`);
  await gamepad.close();
  assert.equal((await states.next()).done, true);
  await gamepad.close();
});

test("createScriptedGamepad() ends without a state when the signal is already aborted", async () => {
  const clock = createManualClock();
  const world = createTrackWorld({ seed: 1 });
  const gamepad = createScriptedGamepad({ world, time: createSimTime(clock) }, { clock, log: silentLog });
  const states = gamepad.states(AbortSignal.abort())[Symbol.asyncIterator]();
  assert.equal((await states.next()).done, true);
});

test("parseScriptedUrl() reads when each button is pressed, and refuses what is no button or no time", () => {
  const parse = (text: string) => parseScriptedUrl(parseDeviceUrl(text));
  assert.deepEqual(parse("scripted:"), { presses: [] });
  assert.deepEqual(parse("scripted:?seed=3&y=5,12.5&b=30"), {
    seed: 3,
    presses: [
      { atS: 30, button: "b" },
      { atS: 5, button: "y" },
      { atS: 12.5, button: "y" },
    ],
  });
  assert.throws(() => parse("scripted:?mark=5"), /only the options .* got mark/);
  assert.throws(() => parse("scripted:?y=soon"), /scripted:\?y to be seconds .* got "soon"/);
  assert.throws(() => parse("scripted:?seed=x"), /seed/);
});

testGamepad("createScriptedGamepad()", async () => {
  const clock = createManualClock();
  const world = createTrackWorld({ seed: 1 });
  const gamepad = createScriptedGamepad({ world, time: createSimTime(clock) }, { clock, log: silentLog });
  return { gamepad, advance: clock.advance, close: gamepad.close };
});
