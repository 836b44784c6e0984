// No gamepad: says once that nothing is connected, then waits to be stopped.
import { once } from "node:events";
import { disconnectedState, type Gamepad, type GamepadDeps } from "./gamepad.ts";

/** Makes a gamepad that is never there. */
export function createNoGamepad({ clock }: GamepadDeps): Gamepad {
  const closing = new AbortController();
  return {
    name: "no gamepad",
    states: async function* (outer) {
      const signal = AbortSignal.any([outer, closing.signal]);
      if (signal.aborted) return;
      yield disconnectedState(clock.monotonicNs());
      if (!signal.aborted) await once(signal, "abort");
    },
    close: async () => closing.abort(),
  };
}
