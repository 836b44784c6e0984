// The hand of the proof: a gamepad that steers the simulated car along its road, by what the eyes see, and presses what it is told to.
import type { Clock } from "../../device/clock.ts";
import { type ButtonName, type Gamepad, restingAxes } from "../../device/gamepad/gamepad.ts";
import type { Eyes } from "./remote-drive-eyes.ts";

export type ScriptedHand = Gamepad & {
  /** Drives along the road with this trigger, 0..1; 0: at rest. */
  readonly drive: (trigger: number) => void;
  /** Presses the button that arms. */
  readonly arm: () => void;
};

const tickMs = 40;

export function createScriptedHand(eyes: Pick<Eyes, "newest">, clock: Clock): ScriptedHand {
  let trigger = 0;
  let pressed: ButtonName[] = [];
  return {
    name: "the proof's hand",
    drive: (next) => {
      trigger = next;
    },
    arm: () => {
      pressed = ["start"];
    },
    states: async function* (signal) {
      while (!signal.aborted) {
        const leftx = trigger === 0 ? 0 : (eyes.newest()?.steering ?? 0);
        const names = pressed;
        pressed = [];
        const axes = { ...restingAxes, leftx, righttrigger: trigger };
        yield {
          monotonicNs: clock.monotonicNs(),
          connected: true,
          axes,
          down: new Set(names),
          pressed: names,
        };
        await clock.sleep(tickMs, signal).catch(() => undefined);
      }
    },
    close: async () => undefined,
  };
}
