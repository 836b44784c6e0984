// The gamepad interface: whole states in SDL's positional names, stamped with the monotonic clock when they were read.
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { ReplayStart } from "../replay-start.ts";

/** Buttons by position (a = south), names as in SDL_GameControllerDB. */
export type ButtonName =
  | "a"
  | "b"
  | "x"
  | "y"
  | "back"
  | "guide"
  | "start"
  | "leftstick"
  | "rightstick"
  | "leftshoulder"
  | "rightshoulder"
  | "dpup"
  | "dpdown"
  | "dpleft"
  | "dpright";

/** Axes, names as in SDL_GameControllerDB. Sticks −1..1 (left and up negative), triggers 0..1. */
export type AxisName = "leftx" | "lefty" | "rightx" | "righty" | "lefttrigger" | "righttrigger";

/** Everything the pad says at one moment. */
export type GamepadState = {
  /** Monotonic ns at which the change was read. */
  readonly monotonicNs: number;
  /** false: unplugged or silent beyond hope; all axes are 0 and no button is down. */
  readonly connected: boolean;
  readonly axes: Readonly<Record<AxisName, number>>;
  /** Buttons that are down. */
  readonly down: ReadonlySet<ButtonName>;
  /** Buttons that went down with this very state. */
  readonly pressed: readonly ButtonName[];
};

/** A gamepad. Life: open → states() once → close(). */
export type Gamepad = {
  /** For a person: "Xbox Wireless Controller (/dev/input/event5)". */
  readonly name: string;
  /** More for a person: the mapping in use, axes still to be learned; null when there is nothing to say now. */
  readonly note?: () => string | null;
  /**
   * Every change, as a whole state; one consumer. On unplug it says `connected: false` at once and waits for the pad to
   * return (hot-plug); it ends when the signal aborts or a replay is over.
   */
  readonly states: (signal: AbortSignal) => AsyncIterable<GamepadState>;
  /** May be called twice. */
  readonly close: () => Promise<void>;
};

/** What every gamepad driver is given. */
export type GamepadDeps = {
  readonly clock: Clock;
  readonly log: Log;
  /** When replays begin, shared with the cameras; not given: a replay begins with its own first state. */
  readonly replayStartNs?: ReplayStart;
};

/** All axes at rest. */
export const restingAxes: Readonly<Record<AxisName, number>> = {
  leftx: 0,
  lefty: 0,
  rightx: 0,
  righty: 0,
  lefttrigger: 0,
  righttrigger: 0,
};

/** The state of no gamepad at all. */
export function disconnectedState(monotonicNs: number): GamepadState {
  return { monotonicNs, connected: false, axes: restingAxes, down: new Set(), pressed: [] };
}
