// The pad in our hands: applies raw changes through a mapping and says the whole state when it differs from the last one.
import { type AxisName, type ButtonName, type GamepadState, restingAxes } from "./gamepad.ts";
import { isHat } from "./input-codes.ts";
import { axisNames, type Binding, type GamepadMapping, isTrigger, triggerCodes } from "./mapping.ts";
import type { RawChange, RawInput } from "./raw-input.ts";

/** How raw movements are smoothed. */
export type PadSettings = {
  /** Part of a stick's way around its centre that counts as centre, 0–0.9; the rest is stretched to −1..1. */
  readonly stickDeadzone: number;
};

/** 4000 of 32767, the figure existing recordings were made with. */
export const defaultPadSettings: PadSettings = { stickDeadzone: 4000 / 32767 };

export type Pad = {
  /** Takes one piece of input whose axes are −1..1. */
  readonly apply: (input: RawInput) => void;
  /** The state, stamped, when it changed since the last call (always at the first); null otherwise. */
  readonly take: (monotonicNs: number) => GamepadState | null;
};

// Half the way makes an axis a pressed button, as SDL does.
const pressThreshold = 0.5;
const endOfWay = 0.99;

/** Makes a pad at rest. */
export function createPad(mapping: GamepadMapping, settings: PadSettings = defaultPadSettings): Pad {
  const controls = new Map<string, number>();
  const triggers = triggerCodes(mapping);
  let down: ReadonlySet<ButtonName> = new Set();
  let pressed: ButtonName[] = [];
  let moved = false;
  let told: { axes: Readonly<Record<AxisName, number>>; down: ReadonlySet<ButtonName> } | null = null;

  const set = ({ kind, code, value }: RawChange): void => {
    if (Number.isFinite(value)) controls.set(`${kind}${code}`, value);
  };
  const updateButtons = (): void => {
    const before = down;
    down = downButtons(mapping.bindings, controls);
    for (const name of down) if (!before.has(name)) pressed.push(name);
  };
  // Until the first report of a Bluetooth pad the kernel tells zeros, which may mean "full left" or "half throttle":
  // a trigger, or a stick at its very end, that no hand has moved yet is taken to be at rest.
  const isBelievable = ({ kind, code, value }: RawChange): boolean =>
    moved || kind === "button" || isHat(code) || (!triggers.has(code) && Math.abs(value) < endOfWay);

  return {
    apply: (input) => {
      if (input.kind === "lost") {
        // Without the events that were lost, a stick that went home would seem held for ever: rest is the safe belief.
        controls.clear();
        updateButtons();
        return;
      }
      if (input.kind === "initial") {
        for (const change of input.changes) if (isBelievable(change)) set(change);
        const before = [...pressed];
        updateButtons();
        // A button that was down before we looked was not pressed now.
        pressed = before;
        return;
      }
      moved = true;
      for (const change of input.changes) set(change);
      updateButtons();
    },
    take: (monotonicNs) => {
      const axes = axisValues(mapping.bindings, controls, settings);
      if (told !== null && pressed.length === 0 && sameAxes(told.axes, axes) && sameSet(told.down, down))
        return null;
      const state: GamepadState = {
        monotonicNs,
        connected: true,
        axes,
        down,
        pressed: [...new Set(pressed)],
      };
      told = { axes, down };
      pressed = [];
      return state;
    },
  };
}

/** Where a binding's source stands, 0..1 of its way; null when the control never said anything. */
function progress({ source }: Binding, controls: ReadonlyMap<string, number>): number | null {
  const value = controls.get(`${source.kind}${source.code}`);
  if (value === undefined) return null;
  if (source.kind === "button") return value === 0 ? null : 1;
  return Math.min(1, Math.max(0, (value - source.from) / (source.to - source.from)));
}

function downButtons(
  bindings: readonly Binding[],
  controls: ReadonlyMap<string, number>,
): ReadonlySet<ButtonName> {
  const down = new Set<ButtonName>();
  for (const binding of bindings) {
    if (binding.target.kind === "button" && (progress(binding, controls) ?? 0) > pressThreshold)
      down.add(binding.target.name);
  }
  return down;
}

function axisValues(
  bindings: readonly Binding[],
  controls: ReadonlyMap<string, number>,
  settings: PadSettings,
): Readonly<Record<AxisName, number>> {
  const axes: Record<AxisName, number> = { ...restingAxes };
  for (const binding of bindings) {
    const { target } = binding;
    const way = target.kind === "axis" ? progress(binding, controls) : null;
    if (target.kind === "axis" && way !== null)
      axes[target.name] += target.from + way * (target.to - target.from);
  }
  for (const name of axisNames) {
    axes[name] = isTrigger(name)
      ? roundAxis(Math.min(1, Math.max(0, axes[name])))
      : roundAxis(applyDeadzone(axes[name], settings.stickDeadzone));
  }
  return axes;
}

/** Cuts out the middle of a stick's way and stretches the rest, so that it still begins at 0 and ends at ±1. */
export function applyDeadzone(value: number, deadzone: number): number {
  const distance = Math.min(1, Math.abs(value));
  if (distance < deadzone) return 0;
  return (Math.sign(value) * (distance - deadzone)) / (1 - deadzone);
}

/** Two decimals, the same on both sides of 0, never −0. */
export function roundAxis(value: number): number {
  return (Math.sign(value) * Math.round(Math.abs(value) * 100)) / 100 || 0;
}

function sameAxes(a: Readonly<Record<AxisName, number>>, b: Readonly<Record<AxisName, number>>): boolean {
  return axisNames.every((name) => a[name] === b[name]);
}

function sameSet(a: ReadonlySet<ButtonName>, b: ReadonlySet<ButtonName>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
