// The pads we know: which codes their controls send and how far their axes go, chosen by bus, vendor, product, driver.
import { type AxisRange, ranges } from "./axis-range.ts";
import type { AxisName, ButtonName } from "./gamepad.ts";
import { abs, btn, bus } from "./input-codes.ts";
import type { InputDevice } from "./input-devices.ts";
import {
  axisBinding,
  type Binding,
  buttonBinding,
  type GamepadMapping,
  halfAxisBinding,
  triggerButtonBinding,
} from "./mapping.ts";

/** What is known of a model. */
export type Controller = {
  readonly mapping: GamepadMapping;
  /** Raw ranges of its axes; null: not known, to be learned. */
  readonly stickRange: AxisRange | null;
  readonly triggerRange: AxisRange | null;
};

/** A pad as the kernel lists it, with the kernel driver behind it ("xpad", "playstation", …) where that could be read. */
export type IdentifiedDevice = InputDevice & { readonly driver: string | null };

type ButtonCodes = Readonly<Partial<Record<ButtonName, readonly number[]>>>;
type AxisCodes = Readonly<Record<AxisName, number | { readonly button: number } | null>>;

// Both forms of d-pad occur, on some pads both at once; a binding whose control is not there costs nothing.
const dpad: readonly Binding[] = [
  buttonBinding("dpup", btn.dpadUp),
  buttonBinding("dpdown", btn.dpadDown),
  buttonBinding("dpleft", btn.dpadLeft),
  buttonBinding("dpright", btn.dpadRight),
  buttonBinding("dpup", btn.happyUp),
  buttonBinding("dpdown", btn.happyDown),
  buttonBinding("dpleft", btn.happyLeft),
  buttonBinding("dpright", btn.happyRight),
  halfAxisBinding("dpup", abs.hat0y, -1),
  halfAxisBinding("dpdown", abs.hat0y, 1),
  halfAxisBinding("dpleft", abs.hat0x, -1),
  halfAxisBinding("dpright", abs.hat0x, 1),
];

function layout(name: string, buttons: ButtonCodes, axes: AxisCodes): GamepadMapping {
  const buttonBindings = Object.entries(buttons).flatMap(([button, codes]) =>
    codes.map((code) => buttonBinding(button as ButtonName, code)),
  );
  const axisBindings = Object.entries(axes).flatMap(([axis, source]) => {
    if (source === null) return [];
    if (typeof source === "number") return [axisBinding(axis as AxisName, source)];
    return [triggerButtonBinding(axis as AxisName, source.button)];
  });
  return { name, bindings: [...buttonBindings, ...axisBindings, ...dpad] };
}

/** Buttons of the kernel's gamepad rule, but for the two whose names drivers disagree about. */
const standardButtons: ButtonCodes = {
  a: [btn.south],
  b: [btn.east],
  back: [btn.select, btn.keyBack],
  guide: [btn.mode, btn.keyHome],
  start: [btn.start],
  leftstick: [btn.thumbl],
  rightstick: [btn.thumbr],
  leftshoulder: [btn.tl],
  rightshoulder: [btn.tr],
};
/** By the rule north is the upper button. Microsoft's drivers call their X (which lies west) BTN_X, the same code as north. */
const byPosition: ButtonCodes = { ...standardButtons, x: [btn.west], y: [btn.north] };
const byMicrosoftLetter: ButtonCodes = { ...standardButtons, x: [btn.north], y: [btn.west] };

/** Buttons that a plain HID driver numbers one after the other from `first`. */
function sequential(first: number, order: readonly (ButtonName | null)[]): ButtonCodes {
  return Object.fromEntries(
    order.flatMap((name, index) => (name === null ? [] : [[name, [first + index]]])),
  ) as ButtonCodes;
}

const leftStick = { leftx: abs.x, lefty: abs.y } as const;
const xpadAxes: AxisCodes = {
  ...leftStick,
  rightx: abs.rx,
  righty: abs.ry,
  lefttrigger: abs.z,
  righttrigger: abs.rz,
};
const hidXboxAxes: AxisCodes = {
  ...leftStick,
  rightx: abs.z,
  righty: abs.rz,
  lefttrigger: abs.brake,
  righttrigger: abs.gas,
};
const hidSonyAxes: AxisCodes = {
  ...leftStick,
  rightx: abs.z,
  righty: abs.rz,
  lefttrigger: abs.rx,
  righttrigger: abs.ry,
};
const directInputOrder: readonly ButtonName[] = ["x", "a", "b", "y", "leftshoulder", "rightshoulder"];

const microsoft = 0x045e;
const sony = 0x054c;
const logitech = 0x046d;
const xbox360Products = new Set([0x028e, 0x028f, 0x0291, 0x02a0, 0x02a1, 0x0719]);
const xboxUsbProducts = new Set([0x02d1, 0x02dd, 0x02e3, 0x02ea, 0x0b00, 0x0b0a, 0x0b12, ...xbox360Products]);
const xboxOldFirmware = 0x02e0;
const ps4Products = new Set([0x05c4, 0x09cc, 0x0ba0]);
const ps5Products = new Set([0x0ce6, 0x0df2]);
const logitechXInput = new Map([
  [0xc21d, "F310"],
  [0xc21e, "F510"],
  [0xc21f, "F710"],
]);
const logitechDirect = new Map([
  [0xc216, "F310"],
  [0xc218, "F510"],
  [0xc219, "F710"],
]);

/** The layout and ranges for a pad: its model's where we know it, else what its controls suggest. */
export function pickController(device: IdentifiedDevice): Controller {
  return (
    pickXboxBluetooth(device) ??
    pickXpad(device) ??
    pickSony(device) ??
    pickLogitech(device) ??
    pickByControls(device)
  );
}

function pickXboxBluetooth({
  vendor,
  product,
  bus: attached,
  axes,
  keys,
}: IdentifiedDevice): Controller | null {
  if (vendor !== microsoft || attached !== bus.bluetooth) return null;
  const hid = { stickRange: ranges.unsigned16, triggerRange: ranges.unsigned10 };
  if (axes.has(abs.gas))
    return { mapping: layout("Xbox (Bluetooth)", byMicrosoftLetter, hidXboxAxes), ...hid };
  if (product === xboxOldFirmware && keys.has(btn.c)) {
    const buttons = sequential(btn.south, [
      "a",
      "b",
      "x",
      "y",
      "leftshoulder",
      "rightshoulder",
      "back",
      "start",
      "leftstick",
      "rightstick",
    ]);
    const guide = [btn.keyMenu, btn.keyHome, btn.select];
    return { mapping: layout("Xbox (Bluetooth, old firmware)", { ...buttons, guide }, xpadAxes), ...hid };
  }
  // The xpadneo driver makes a Bluetooth pad look like a wired one.
  return {
    mapping: layout("Xbox (Bluetooth, as wired)", byMicrosoftLetter, xpadAxes),
    stickRange: ranges.signed16,
    triggerRange: ranges.unsigned10,
  };
}

function pickXpad({ vendor, product, driver }: IdentifiedDevice): Controller | null {
  const model = vendor === logitech ? logitechXInput.get(product) : undefined;
  const isKnown = model !== undefined || (vendor === microsoft && xboxUsbProducts.has(product));
  if (!isKnown && driver !== "xpad") return null;
  const is360 = model !== undefined || (vendor === microsoft && xbox360Products.has(product));
  const name = model === undefined ? `Xbox (USB${is360 ? ", 360" : ""})` : `Logitech ${model} (switch at X)`;
  return {
    mapping: layout(name, byMicrosoftLetter, xpadAxes),
    stickRange: ranges.signed16,
    // Other makers' pads speak either of the two protocols.
    triggerRange: is360 ? ranges.unsigned8 : isKnown ? ranges.unsigned10 : null,
  };
}

function pickSony({ vendor, product, keys }: IdentifiedDevice): Controller | null {
  const name = ps4Products.has(product) ? "PS4" : ps5Products.has(product) ? "PS5" : null;
  if (vendor !== sony || name === null) return null;
  const range = { stickRange: ranges.unsigned8, triggerRange: ranges.unsigned8 };
  // Sony's own driver leaves BTN_C out; the plain HID driver numbers the buttons one after the other.
  if (!keys.has(btn.c)) return { mapping: layout(name, byPosition, xpadAxes), ...range };
  const buttons = sequential(btn.south, [
    "x",
    "a",
    "b",
    "y",
    "leftshoulder",
    "rightshoulder",
    null,
    null,
    "back",
    "start",
    "leftstick",
    "rightstick",
    "guide",
  ]);
  return { mapping: layout(`${name} (plain HID driver)`, buttons, hidSonyAxes), ...range };
}

function pickLogitech({ vendor, product }: IdentifiedDevice): Controller | null {
  const model = vendor === logitech ? logitechDirect.get(product) : undefined;
  if (model === undefined) return null;
  return {
    mapping: directInput(`Logitech ${model} (switch at D)`),
    stickRange: ranges.unsigned8,
    triggerRange: ranges.unsigned8,
  };
}

function directInput(name: string): GamepadMapping {
  const buttons = sequential(btn.joystick, [
    ...directInputOrder,
    null,
    null,
    "back",
    "start",
    "leftstick",
    "rightstick",
    "guide",
  ]);
  return layout(name, buttons, {
    ...leftStick,
    rightx: abs.z,
    righty: abs.rz,
    lefttrigger: { button: btn.joystick + 6 },
    righttrigger: { button: btn.joystick + 7 },
  });
}

/** An unknown pad: the kernel's gamepad rule where it has BTN_SOUTH, the old DirectInput order where not. */
function pickByControls({ keys, axes }: IdentifiedDevice): Controller {
  const unknown = { stickRange: null, triggerRange: null };
  if (keys.size > 0 && !keys.has(btn.south)) return { mapping: directInput("unknown joystick"), ...unknown };
  return { mapping: layout("unknown gamepad", byPosition, guessAxes(axes)), ...unknown };
}

function guessAxes(axes: ReadonlySet<number>): AxisCodes {
  if (axes.has(abs.gas) && axes.has(abs.brake)) return hidXboxAxes;
  const hasTriggerAxes = axes.size === 0 || (axes.has(abs.z) && axes.has(abs.rz));
  if (axes.has(abs.rx) || axes.size === 0) {
    if (hasTriggerAxes) return xpadAxes;
    // The rule's own place for triggers, which few drivers keep to.
    if (axes.has(abs.hat2x) && axes.has(abs.hat2y))
      return { ...xpadAxes, lefttrigger: abs.hat2y, righttrigger: abs.hat2x };
    return { ...xpadAxes, lefttrigger: { button: btn.tl2 }, righttrigger: { button: btn.tr2 } };
  }
  return {
    ...leftStick,
    rightx: hasTriggerAxes ? abs.z : null,
    righty: hasTriggerAxes ? abs.rz : null,
    lefttrigger: { button: btn.tl2 },
    righttrigger: { button: btn.tr2 },
  };
}
