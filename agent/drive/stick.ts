// The person at the car: the stick moves it, its loss stops it, and moving again needs a stick at rest and a button. Whoever else
// drives, a stick that is moved takes over at once.
import type { Clock } from "../../device/clock.ts";
import type { DriveCommand } from "../../device/drive/drive.ts";
import {
  type ButtonName,
  disconnectedState,
  type Gamepad,
  type GamepadState,
} from "../../device/gamepad/gamepad.ts";
import type { Log } from "../../device/log.ts";
import type { Driver, Wheel } from "./wheel.ts";

export type StickOptions = {
  readonly gamepad: Gamepad;
  readonly wheel: Wheel;
  readonly clock: Clock;
  readonly log: Log;
  /** Share of full throttle that a full trigger means, 0..1. */
  readonly throttleLimit: number;
};

export type StickFollow = {
  readonly signal: AbortSignal;
  /** Told of every button that goes down; must not wait for the disk. */
  readonly onPress: (button: ButtonName) => void;
  /** Told when the gamepad is lost while it could move the car, which stands already. */
  readonly onLost: () => void;
};

export type Stick = {
  /** For a person. */
  readonly name: string;
  /** Follows the gamepad until the signal aborts; a gamepad that ends counts as lost. */
  readonly follow: (options: StickFollow) => Promise<void>;
  /** The newest state; null: the pad said nothing yet. */
  readonly newest: () => GamepadState | null;
  /** How long nobody has touched the stick, ms; endless without a pad. */
  readonly idleMs: () => number;
  /** When its axes were last beyond rest, monotonic ns; long ago when never. */
  readonly movedNs: () => number;
  /** When a gamepad that was there went, monotonic ns; long ago when none did. */
  readonly lostNs: () => number;
  /** true: a lost gamepad is back, but nobody confirmed yet that the hand is on it. */
  readonly needsConfirmation: () => boolean;
  /** Confirms; counts only with the trigger at rest. */
  readonly confirm: () => void;
  /** The car was stopped for a reason that the hand at the stick may not know: it has to confirm before it moves the car again. */
  readonly hold: () => void;
};

/** Half of how long the guard waits for a driver on the machine, and then some: one beat may be lost. */
const beatMs = 50;
/** A stick beyond this was moved by a hand; less is wear and trembling. */
const movedBeyond = 0.15;

const self: Driver = { kind: "stick", createdBy: null };

export function createStick({ gamepad, wheel, clock, log, throttleLimit }: StickOptions): Stick {
  let newest: GamepadState | null = null;
  let confirmed = true;
  let wasConnected = false;
  let touchedNs = Number.NEGATIVE_INFINITY;
  let movedNs = Number.NEGATIVE_INFINITY;
  let lostNs = Number.NEGATIVE_INFINITY;

  const wishOf = (state: GamepadState): DriveCommand => ({
    steering: state.axes.leftx,
    throttle: state.axes.righttrigger * throttleLimit,
  });
  const command = (state: GamepadState): boolean =>
    wheel.command("stick", wishOf(state), { atNs: state.monotonicNs });
  /** Arms with the trigger at rest; a trigger that was pulled meanwhile would make the car jump. */
  const arm = async (): Promise<void> => {
    if (!(await wheel.arm(self)) || newest === null) return;
    if (wishOf(newest).throttle === 0) command(newest);
    else await wheel.stop("the trigger was pulled while the car was arming");
  };
  /** Moves the car as the pad says, once it was seen at rest. */
  const obey = async (state: GamepadState): Promise<void> => {
    if (!state.connected) return;
    const driver = wheel.driver();
    if (driver !== null && driver.kind !== "stick") {
      if (!isTouched(state)) return;
      await wheel.stop("somebody took the stick");
    }
    if (command(state) && wheel.driver() !== null) return;
    if (confirmed && wishOf(state).throttle === 0) await arm();
  };
  const obeySafely = (state: GamepadState): Promise<void> =>
    obey(state).catch((cause: unknown) => log.error({ cause }, "the car could not be stopped"));

  const onState = (state: GamepadState, { onPress, onLost }: StickFollow): void => {
    if (newest?.connected && !state.connected) lostNs = state.monotonicNs;
    newest = state;
    if (isTouched(state)) touchedNs = state.monotonicNs;
    if (isMoved(state)) movedNs = state.monotonicNs;
    if (state.connected) {
      wasConnected = true;
      for (const button of state.pressed) onPress(button);
      // The stick never waits for the board: an unplugged pad is heard while the car is arming.
      void obeySafely(state);
      return;
    }
    const driver = wheel.driver();
    confirmed = false;
    // Somebody far away does not need the pad; a model must not drive when nobody can take over any more.
    const drove = driver !== null && (driver.kind === "stick" || (driver.kind === "model" && wasConnected));
    const stopped = drove
      ? wheel.failSafe("gamepad", "the gamepad is gone")
      : driver === null
        ? wheel.stop("the gamepad is gone")
        : Promise.resolve();
    stopped.catch((cause: unknown) => log.error({ cause }, "the car could not be stopped"));
    if (drove) onLost();
  };
  /** A hand at rest says nothing by itself, and the guard stops the car when we say nothing. */
  const beat = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(beatMs, signal).catch((cause: unknown) => {
        if (!signal.aborted) throw cause;
      });
      if (!signal.aborted && newest?.connected === true) wheel.refresh("stick");
    }
  };

  wheel.onChange(async (change) => {
    if (change.kind === "allowed" && newest !== null) await obeySafely(newest);
    if (change.kind === "failSafe" && change.stop.driver?.kind === "stick") confirmed = false;
  });

  return {
    name: gamepad.name,
    follow: async (options) => {
      const { signal } = options;
      const over = new AbortController();
      const beating = beat(AbortSignal.any([signal, over.signal]));
      try {
        for await (const state of gamepad.states(signal)) onState(state, options);
      } catch (cause) {
        if (!signal.aborted) log.error({ cause }, "the gamepad failed");
      }
      // A replay that is over, or a reader that broke: no hand is at the stick.
      if (!signal.aborted) onState(disconnectedState(clock.monotonicNs()), options);
      over.abort();
      await beating;
    },
    newest: () => newest,
    idleMs: () => {
      if (newest === null || !newest.connected) return Number.POSITIVE_INFINITY;
      return isTouched(newest) ? 0 : (clock.monotonicNs() - touchedNs) / 1e6;
    },
    movedNs: () => (newest !== null && isMoved(newest) ? clock.monotonicNs() : movedNs),
    lostNs: () => lostNs,
    needsConfirmation: () => !confirmed && newest?.connected === true,
    confirm: () => {
      if (newest?.connected && wishOf(newest).throttle === 0) confirmed = true;
    },
    hold: () => {
      confirmed = false;
    },
  };
}

function isTouched(state: GamepadState): boolean {
  return state.pressed.length > 0 || state.down.size > 0 || isMoved(state);
}

function isMoved({ axes }: GamepadState): boolean {
  return [axes.leftx, axes.righttrigger, axes.lefttrigger].some((value) => Math.abs(value) > movedBeyond);
}
