// No gamepad: says once that nothing is connected, then waits to be stopped.
import { disconnectedState, type Gamepad, type GamepadDeps } from "./gamepad.ts";

const longMs = 3_600_000;

/** Makes a gamepad that is never there. */
export function createNoGamepad({ clock }: GamepadDeps): Gamepad {
  const closing = new AbortController();
  return {
    name: "no gamepad",
    states: async function* (outer) {
      const signal = AbortSignal.any([outer, closing.signal]);
      if (signal.aborted) return;
      yield disconnectedState(clock.monotonicNs());
      while (!signal.aborted) {
        // A sleep rather than the signal's event alone: it also keeps a program alive that waits for nothing else.
        await clock.sleep(longMs, signal).catch((cause: unknown) => {
          if (!signal.aborted) throw cause;
        });
      }
    },
    close: async () => closing.abort(),
  };
}
