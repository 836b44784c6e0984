// The last seconds of gamepad states, so that a frame is joined to the newest state at or before its exposure, never to a loop tick.
import type { GamepadState } from "../../device/gamepad/gamepad.ts";

export type StickHistory = {
  readonly add: (state: GamepadState) => void;
  /** The newest state at or before `monotonicNs`; null when there was none yet. */
  readonly at: (monotonicNs: number) => GamepadState | null;
  readonly newest: () => GamepadState | null;
};

/** Cameras hand frames over late (encoding, pipes), but never this late. */
const keepNs = 5e9;
/** Old states are cleared away when the list has doubled since the last time, so that a pad that storms costs little. */
const firstClearing = 64;

export function createStickHistory(): StickHistory {
  let states: GamepadState[] = [];
  let clearAt = firstClearing;
  return {
    add: (state) => {
      states.push(state);
      if (states.length < clearAt) return;
      // The newest state before the horizon still holds at the horizon, so it stays.
      const first = states.findIndex(({ monotonicNs }) => monotonicNs >= state.monotonicNs - keepNs);
      states = states.slice(Math.max(0, first - 1));
      clearAt = Math.max(firstClearing, states.length * 2);
    },
    at: (monotonicNs) => states.findLast((state) => state.monotonicNs <= monotonicNs) ?? null,
    newest: () => states.at(-1) ?? null,
  };
}
