// The whole seat, hand to wheels: a real agent on the simulated car behind its own broker, and a hand the test moves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drive } from "../../../../agent/remote-client/drive/drive.ts";
import type { PanelState } from "../../../../agent/remote-client/drive/panel.ts";
import { openRemoteClient } from "../../../../agent/remote-client/open-client.ts";
import { createSystemClock } from "../../../../device/clock.ts";
import { type ButtonName, type Gamepad, restingAxes } from "../../../../device/gamepad/gamepad.ts";
import { silentLog } from "../../../../device/log.ts";
import { openTestAgent } from "../../../fakes/agent.ts";
import { eventually } from "../../../fakes/eventually.ts";

const clock = createSystemClock();

/** A gamepad in the test's hand. */
function createHeldPad(): Gamepad & { trigger: number; press: (name: ButtonName) => void } {
  let pressed: ButtonName[] = [];
  const pad = {
    name: "held",
    trigger: 0,
    press: (name: ButtonName) => {
      pressed = [name];
    },
    states: async function* (signal: AbortSignal) {
      while (!signal.aborted) {
        const names = pressed;
        pressed = [];
        const axes = { ...restingAxes, righttrigger: pad.trigger, leftx: 0.2 };
        yield {
          monotonicNs: clock.monotonicNs(),
          connected: true,
          axes,
          down: new Set(names),
          pressed: names,
        };
        await clock.sleep(20, signal).catch(() => undefined);
      }
    },
    close: async () => undefined,
  };
  return pad;
}

test("drive() arms, moves the car, shows what is applied, and gives the wheel back", async (t) => {
  const agent = await openTestAgent(t, {
    gamepad: "none:",
    mqtt: { url: "embedded:0", healthEveryMs: 1000 },
  });
  const running = new AbortController();
  const ended = agent.run(running.signal);
  t.after(async () => {
    running.abort();
    await ended;
  });
  await eventually("a run", () => agent.recorder.state().run !== null);
  const mqtt = { url: agent.link!.url, base: "outrider", caFile: null, certFile: null, keyFile: null };
  const client = openRemoteClient({ mqtt, env: {}, clock, random: Math.random, log: silentLog });
  t.after(client.close);
  const pad = createHeldPad();
  const stop = new AbortController();
  let panel: PanelState | null = null;
  const driving = drive(client, {
    device: "car",
    gamepad: pad,
    hand: { kind: "keyboard", throttleLimit: 0.4 },
    clock,
    onState: (state) => {
      panel = state;
    },
    signal: stop.signal,
  });
  const shown = (): PanelState | null => panel;
  /** Drives with so much trigger, and arms again where the machine was too busy to drive in time. */
  const drives = (what: string, trigger: number, isSo: (state: PanelState) => boolean) =>
    eventually(what, () => {
      const phase = shown()?.phase;
      pad.trigger = phase === "driving" ? trigger : 0;
      if (phase === "idle") pad.press("start");
      return phase === "driving" && isSo(shown()!);
    });
  await drives("an armed car", 0, () => agent.driving.report().holder === client.id);
  await drives("what is applied on the panel", 1, ({ report, roundTripMs }) => {
    const isShown = roundTripMs !== null && Math.abs((report?.throttle ?? 0) - 0.4) < 0.01;
    return isShown && agent.devices.drive.state().applied.throttle > 0.3;
  });
  await drives("frames on the panel", 1, ({ record }) => Number(record.frames) > 0);
  stop.abort();
  const { arms, stops, sent } = await driving;
  assert.ok(arms >= 1 && arms >= stops && sent > 10, JSON.stringify({ arms, stops, sent }));
  await eventually("a free wheel", () => agent.driving.report().holder === null);
  const { armed, driver } = agent.driving.report();
  assert.deepEqual([armed, driver], [false, null]);
});
