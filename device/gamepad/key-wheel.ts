// The wheel and pedals that typed keys turn. A terminal tells only that a key was typed, never that it was let go: what is
// not typed again goes back to rest by itself. Pure: time is passed in.
import type { AxisName, ButtonName, GamepadState } from "./gamepad.ts";
import { restingAxes } from "./gamepad.ts";
import { axisNames } from "./mapping.ts";
import { roundAxis } from "./pad.ts";

/** What a key does: moves an axis towards a value, presses a button, or stops everything. */
export type KeyAction =
  | { readonly kind: "axis"; readonly axis: AxisName; readonly to: number }
  | { readonly kind: "button"; readonly name: ButtonName }
  | { readonly kind: "stop" | "interrupt" };

// A held key repeats after some 500 ms, then every 33 ms: the first press lasts until the repeats begin.
const usualFirstHoldMs = 550;
const repeatHoldMs = 120;
/** Part of the full way per second: towards the key, and back to rest. */
const risePerS = 2.5;
const fallPerS = 5;

type Held = { readonly to: number; readonly untilMs: number };

/** Wheel, pedals and buttons. */
export type KeyWheel = {
  readonly type: (action: KeyAction, nowMs: number) => void;
  /** The state when it changed since the last call (always at the first); null otherwise. */
  readonly take: (monotonicNs: number) => GamepadState | null;
};

const opposite = { righttrigger: "lefttrigger", lefttrigger: "righttrigger" } as const;

export type KeyWheelOptions = {
  /** How long one press counts, ms. Less than until a held key repeats makes a held key stutter once, and a tapped one end sooner. */
  readonly firstHoldMs?: number;
};

/** Makes a wheel at rest. */
export function createKeyWheel({ firstHoldMs = usualFirstHoldMs }: KeyWheelOptions = {}): KeyWheel {
  const axes: Record<AxisName, number> = { ...restingAxes };
  const held = new Map<AxisName, Held>();
  let pressed: ButtonName[] = [];
  let lastMs: number | null = null;
  let told = "";

  const holdOf = (axis: AxisName, nowMs: number): Held | null => {
    const hold = held.get(axis);
    return hold !== undefined && hold.untilMs >= nowMs ? hold : null;
  };
  const release = (axis: AxisName): void => {
    held.delete(axis);
    axes[axis] = 0;
  };
  const push = (axis: AxisName, to: number, nowMs: number): void => {
    const before = holdOf(axis, nowMs);
    // The other direction counts at once: a person who corrects does not want to wait for the wheel to come back.
    if (Math.sign(axes[axis]) === -Math.sign(to)) axes[axis] = 0;
    if (axis === "righttrigger" || axis === "lefttrigger") release(opposite[axis]);
    const untilMs = before?.to === to ? Math.max(before.untilMs, nowMs + repeatHoldMs) : nowMs + firstHoldMs;
    held.set(axis, { to, untilMs });
  };
  /** A terminal repeats only the key typed last: who steers with the gas held would lose the gas. */
  const keepPedals = (nowMs: number): void => {
    for (const pedal of ["righttrigger", "lefttrigger"] as const) {
      const hold = holdOf(pedal, nowMs);
      if (hold !== null) held.set(pedal, { ...hold, untilMs: Math.max(hold.untilMs, nowMs + firstHoldMs) });
    }
  };
  const step = (axis: AxisName, nowMs: number, elapsedS: number): void => {
    const hold = holdOf(axis, nowMs);
    const goal = hold?.to ?? 0;
    const most = (hold === null ? fallPerS : risePerS) * elapsedS;
    axes[axis] += Math.min(most, Math.max(-most, goal - axes[axis]));
  };

  return {
    type: (action, nowMs) => {
      if (action.kind === "button") pressed.push(action.name);
      if (action.kind === "stop") for (const axis of axisNames) release(axis);
      if (action.kind !== "axis") return;
      push(action.axis, action.to, nowMs);
      if (action.axis === "leftx") keepPedals(nowMs);
    },
    take: (monotonicNs) => {
      const nowMs = monotonicNs / 1e6;
      const elapsedS = lastMs === null ? 0 : (nowMs - lastMs) / 1000;
      lastMs = nowMs;
      const rounded: Record<AxisName, number> = { ...restingAxes };
      for (const axis of axisNames) {
        step(axis, nowMs, elapsedS);
        rounded[axis] = roundAxis(axes[axis]);
      }
      const names = [...new Set(pressed)];
      pressed = [];
      const key = JSON.stringify([rounded, names]);
      if (key === told && names.length === 0) return null;
      told = key;
      return { monotonicNs, connected: true, axes: rounded, down: new Set(names), pressed: names };
    },
  };
}
