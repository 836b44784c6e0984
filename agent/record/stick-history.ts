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

export function createStickHistory(): StickHistory {
  let states: GamepadState[] = [];
  return {
    add: (state) => {
      states.push(state);
      // The newest state before the horizon still holds at the horizon, so it stays.
      const horizon = state.monotonicNs - keepNs;
      if (states.length > 64 && states[1]!.monotonicNs < horizon) {
        const first = states.findIndex((each) => each.monotonicNs >= horizon);
        states = states.slice(Math.max(0, first - 1));
      }
    },
    at: (monotonicNs) => states.findLast((state) => state.monotonicNs <= monotonicNs) ?? null,
    newest: () => states.at(-1) ?? null,
  };
}
