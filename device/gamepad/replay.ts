// `replay:FILE?speed=1`: plays a file of stick states (see state-file.ts) as a gamepad.
import type { Gamepad, GamepadDeps } from "./gamepad.ts";
import { readStateFile } from "./state-file.ts";
import { createTimedGamepad } from "./timed-gamepad.ts";

/** Makes a gamepad of a recorded file; a broken file is told when the states are read. */
export function createReplayGamepad(options: { path: string; speed: number }, deps: GamepadDeps): Gamepad {
  return createTimedGamepad(
    {
      name: `replay of ${options.path}`,
      read: () => readStateFile(options.path, (problem) => deps.log.warn({ gamepad: options.path }, problem)),
      speed: options.speed,
      // The recorder's own last line says when the pad was put away; without one nothing after it is known.
      lastMs: 1,
    },
    deps,
  );
}
