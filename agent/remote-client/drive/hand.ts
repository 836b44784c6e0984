// What the hand of somebody who drives from afar asks for, read off a keyboard or a gamepad.
import type { GamepadState } from "../../../device/gamepad/gamepad.ts";

/** A moment of the hand. */
export type Hand = {
  /** −1 left … 1 right. */
  readonly steer: number;
  /** −1 reverse … 1 ahead, within the limit of the throttle. */
  readonly throttle: number;
  /** Hold to run: false stops the car and ends the right to move it. */
  readonly held: boolean;
  /** The explicit button that lets the car move went down. */
  readonly armed: boolean;
};

export type HandOptions = {
  /** A terminal tells of no key that is let go: a keyboard is held as long as it is there, and its wheel goes back to rest by itself. */
  readonly kind: "keyboard" | "gamepad";
  /** Share of full throttle that a full trigger asks for, 0..1. */
  readonly throttleLimit: number;
};

/** A gamepad is held by a shoulder button; pressing it arms. ENTER (or Start) arms, too. */
export function handOf({ axes, down, pressed, connected }: GamepadState, options: HandOptions): Hand {
  const { kind, throttleLimit } = options;
  const isShoulder = (name: string): boolean => name === "rightshoulder" || name === "leftshoulder";
  const held = connected && (kind === "keyboard" || [...down].some(isShoulder));
  return {
    steer: axes.leftx,
    throttle: (axes.righttrigger - axes.lefttrigger) * throttleLimit,
    held,
    armed: pressed.includes("start") || (kind === "gamepad" && pressed.some(isShoulder)),
  };
}

/** How the car is armed, for the panel. */
export function armingWords(kind: HandOptions["kind"]): string {
  return kind === "keyboard"
    ? "press ENTER with no key held"
    : "let go of everything, then press and hold a shoulder button";
}

/** What there is to press, for the panel. */
export function keyWords(kind: HandOptions["kind"]): string {
  return kind === "keyboard"
    ? "w s or ↑ ↓ throttle, a d or ← → steer (hold the key), SPACE lets go, ENTER arms, Ctrl-C leaves"
    : "hold a shoulder button to run; right trigger ahead, left trigger back, left stick steers; Ctrl-C leaves";
}
