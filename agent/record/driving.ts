// Driving by hand: the stick moves the car, its loss stops it, and moving again needs a stick at rest and a button.
import type { Clock } from "../../device/clock.ts";
import type { Drive } from "../../device/drive/drive.ts";
import {
  type ButtonName,
  disconnectedState,
  type Gamepad,
  type GamepadState,
} from "../../device/gamepad/gamepad.ts";
import type { Log } from "../../device/log.ts";
import { createStickHistory, type StickHistory } from "./stick-history.ts";
import type { StickPosition } from "./stick-label.ts";

export type DrivingOptions = {
  readonly gamepad: Gamepad;
  readonly drive: Drive;
  readonly clock: Clock;
  readonly log: Log;
  /** Share of full throttle that a full trigger means, 0..1. */
  readonly throttleLimit: number;
  /** Whether the car may move now: a run is on and not paused. */
  readonly mayMove: () => boolean;
  /** Told of every button that goes down; must not wait for the disk. */
  readonly onPress: (button: ButtonName) => void;
  /** Told when the gamepad is lost while the car could move; it stands already. */
  readonly onLost: () => void;
};

export type Driving = {
  /** Follows the gamepad until the signal aborts; a gamepad that ends counts as lost. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /** Looks at the newest state again: a pad at rest says nothing by itself, and moving has just been allowed. */
  readonly reconsider: () => Promise<void>;
  readonly sticks: Pick<StickHistory, "at" | "newest">;
  /** What a state of the pad asks of the car. */
  readonly wishOf: (state: GamepadState) => StickPosition;
  /** true: a lost gamepad is back, but nobody confirmed yet that the hand is on it. */
  readonly needsConfirmation: () => boolean;
  /** Confirms; counts only with the trigger at rest. */
  readonly confirm: () => void;
};

export function createDriving(options: DrivingOptions): Driving {
  const { drive, log, clock } = options;
  const sticks = createStickHistory();
  let confirmed = true;

  const wishOf = (state: GamepadState): StickPosition => ({
    steering: state.axes.leftx,
    throttle: state.axes.righttrigger * options.throttleLimit,
  });
  /** Moves the car as the pad says, once it was seen at rest. */
  const obey = async (state: GamepadState): Promise<void> => {
    if (!state.connected || !options.mayMove()) return;
    const wish = wishOf(state);
    if (!drive.state().armed && confirmed && wish.throttle === 0) await drive.arm();
    // Asked again: a stop may have come while the drive was arming.
    if (!options.mayMove()) await drive.neutral("stopped");
    else if (drive.state().armed) await drive.apply(wish);
  };
  const onState = async (state: GamepadState): Promise<void> => {
    sticks.add(state);
    if (!state.connected) {
      const wasArmed = drive.state().armed;
      confirmed = false;
      await drive.neutral("the gamepad is gone");
      if (wasArmed) options.onLost();
      return;
    }
    for (const button of state.pressed) options.onPress(button);
    await obey(state);
  };
  /** A drive that fails once (a glitch on its bus) must not cost us the gamepad: the car is stopped and the next state tries again. */
  const onStateSafely = async (state: GamepadState): Promise<void> => {
    try {
      await onState(state);
    } catch (cause) {
      log.error({ cause }, "the drive failed; it is set to neutral");
      await drive.neutral("the drive failed").catch(() => undefined);
    }
  };

  return {
    follow: async (signal) => {
      try {
        for await (const state of options.gamepad.states(signal)) await onStateSafely(state);
      } catch (cause) {
        if (!signal.aborted) log.error({ cause }, "the gamepad failed");
      }
      // A replay that is over, or a reader that broke: no hand is at the stick.
      if (!signal.aborted) await onStateSafely(disconnectedState(clock.monotonicNs()));
    },
    reconsider: async () => {
      const newest = sticks.newest();
      if (newest !== null) await obey(newest);
    },
    sticks,
    wishOf,
    needsConfirmation: () => !confirmed && sticks.newest()?.connected === true,
    confirm: () => {
      const newest = sticks.newest();
      if (newest?.connected && wishOf(newest).throttle === 0) confirmed = true;
    },
  };
}
