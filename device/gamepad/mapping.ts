// A mapping: which control of a pad (by evdev code) moves which axis or button of the positional layout. Data, no I/O.
import type { AxisName, ButtonName } from "./gamepad.ts";

/** A control, or the part of an axis between `from` and `to` (−1..1): {from: 1, to: −1} is inverted, {from: 0, to: −1} the negative half. */
export type ControlSource =
  | { readonly kind: "button"; readonly code: number }
  | { readonly kind: "axis"; readonly code: number; readonly from: number; readonly to: number };

/** What a control moves: a button, or an axis between `from` (control at rest or at its start) and `to`. */
export type ControlTarget =
  | { readonly kind: "button"; readonly name: ButtonName }
  | { readonly kind: "axis"; readonly name: AxisName; readonly from: number; readonly to: number };

export type Binding = { readonly target: ControlTarget; readonly source: ControlSource };

/** How a pad's controls become the positional layout. Several bindings of one target add up. */
export type GamepadMapping = { readonly name: string; readonly bindings: readonly Binding[] };

export const buttonNames: readonly ButtonName[] = [
  "a",
  "b",
  "x",
  "y",
  "back",
  "guide",
  "start",
  "leftstick",
  "rightstick",
  "leftshoulder",
  "rightshoulder",
  "dpup",
  "dpdown",
  "dpleft",
  "dpright",
];

export const axisNames: readonly AxisName[] = [
  "leftx",
  "lefty",
  "rightx",
  "righty",
  "lefttrigger",
  "righttrigger",
];

/** Whether an axis is one-sided: 0..1, at rest at its start. */
export function isTrigger(name: AxisName): boolean {
  return name === "lefttrigger" || name === "righttrigger";
}

/** A button of the pad as a button. */
export function buttonBinding(name: ButtonName, code: number): Binding {
  return { target: { kind: "button", name }, source: { kind: "button", code } };
}

/** An axis of the pad as a whole axis: a stick around its centre, a trigger from its start. */
export function axisBinding(name: AxisName, code: number): Binding {
  return {
    target: { kind: "axis", name, from: isTrigger(name) ? 0 : -1, to: 1 },
    source: { kind: "axis", code, from: -1, to: 1 },
  };
}

/** Half of an axis (a hat's direction) as a button. */
export function halfAxisBinding(name: ButtonName, code: number, direction: -1 | 1): Binding {
  return { target: { kind: "button", name }, source: { kind: "axis", code, from: 0, to: direction } };
}

/** A digital trigger. */
export function triggerButtonBinding(name: AxisName, code: number): Binding {
  return { target: { kind: "axis", name, from: 0, to: 1 }, source: { kind: "button", code } };
}

/** The axis codes that a mapping uses as one-sided triggers. */
export function triggerCodes(mapping: GamepadMapping): ReadonlySet<number> {
  return new Set(
    mapping.bindings.flatMap(({ target, source }) =>
      target.kind === "axis" && isTrigger(target.name) && source.kind === "axis" && source.from !== 0
        ? [source.code]
        : [],
    ),
  );
}
