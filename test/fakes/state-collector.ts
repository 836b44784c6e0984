// Consumes a gamepad in the background, so that a test can look at what came so far.
import type { Gamepad, GamepadState } from "../../device/gamepad/gamepad.ts";

export type StateCollector = {
  readonly states: GamepadState[];
  readonly last: () => GamepadState | undefined;
  /** Resolves when the gamepad's states end. @throws what they threw. */
  readonly ended: Promise<void>;
  /** Aborts and waits for the end. */
  readonly stop: () => Promise<void>;
};

export function collectStates(gamepad: Gamepad): StateCollector {
  const abort = new AbortController();
  const states: GamepadState[] = [];
  const ended = (async () => {
    for await (const state of gamepad.states(abort.signal)) states.push(state);
  })();
  // A test that expects the failure awaits `ended`; until then it must not count as unhandled.
  ended.catch(() => undefined);
  return {
    states,
    last: () => states.at(-1),
    ended,
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
}
