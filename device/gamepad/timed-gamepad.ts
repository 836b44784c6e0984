// A gamepad that plays states back at the pace they had: the common half of replays and tubs.
import type { AxisName, ButtonName, Gamepad, GamepadDeps, GamepadState } from "./gamepad.ts";
import { disconnectedState } from "./gamepad.ts";

/** A state and its time since the first one. */
export type TimedState = {
  readonly ms: number;
  readonly connected: boolean;
  readonly axes: Readonly<Record<AxisName, number>>;
  readonly down: readonly ButtonName[];
};

export type TimedGamepadOptions = {
  readonly name: string;
  readonly read: () => AsyncIterable<TimedState>;
  /** How much faster than recorded, e.g. 2. */
  readonly speed: number;
  /** How long the last state holds, ms of the recording. */
  readonly lastMs: number;
};

/**
 * Makes a gamepad of recorded states. Each is stamped with the moment it was due, so that a late timer does not shift it
 * against the pictures. After the last it says "disconnected", as a pad that was put away does, and ends.
 */
export function createTimedGamepad(
  options: TimedGamepadOptions,
  { clock, replayStartNs }: GamepadDeps,
): Gamepad {
  const closing = new AbortController();

  async function* states(outer: AbortSignal): AsyncGenerator<GamepadState> {
    const signal = AbortSignal.any([outer, closing.signal]);
    let startNs: number | null = null;
    let down: ReadonlySet<ButtonName> = new Set();
    let dueNs = 0;
    const isDue = async (ms: number): Promise<boolean> => {
      startNs ??= (replayStartNs ?? clock.monotonicNs)();
      dueNs = startNs + Math.round((ms * 1e6) / options.speed);
      const waitMs = (dueNs - clock.monotonicNs()) / 1e6;
      try {
        // Timers are exact to a millisecond: half of one early is nearer than a whole one late.
        if (waitMs > 0.5) await clock.sleep(waitMs, signal);
      } catch (cause) {
        if (!signal.aborted) throw cause;
      }
      return !signal.aborted;
    };

    let endMs = 0;
    for await (const state of options.read()) {
      if (!(await isDue(state.ms))) return;
      endMs = state.ms + options.lastMs;
      if (!state.connected) {
        down = new Set();
        yield disconnectedState(dueNs);
        continue;
      }
      const pressed = state.down.filter((name) => !down.has(name));
      down = new Set(state.down);
      yield { monotonicNs: dueNs, connected: true, axes: state.axes, down, pressed };
    }
    if (await isDue(endMs)) yield disconnectedState(dueNs);
  }

  return { name: options.name, states, close: async () => closing.abort() };
}
