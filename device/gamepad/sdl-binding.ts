// Ties SDL mapping lines to a pad of this machine: SDL's control numbers to evdev codes, SDL's GUID to the pad's ids.
import { abs, absCount, btn, isHat, keyCount } from "./input-codes.ts";
import type { InputDevice } from "./input-devices.ts";
import type { Binding, ControlSource, GamepadMapping } from "./mapping.ts";
import { formatSdlSource, formatTarget, type SdlMapping, type SdlSource } from "./sdl-mapping.ts";

/** The codes behind SDL's button, axis and hat numbers of one pad. */
export type SdlNumbers = {
  readonly buttons: readonly number[];
  readonly axes: readonly number[];
  /** The horizontal code of each hat; the vertical one follows it. */
  readonly hats: readonly number[];
};

/** Numbers the controls as SDL does on Linux: buttons from BTN_JOYSTICK up, then the keys below it; axes ascending without hats. */
export function numberSdlControls(keys: ReadonlySet<number>, axes: ReadonlySet<number>): SdlNumbers {
  const sorted = [...keys].sort((a, b) => a - b).filter((code) => code < keyCount);
  const sortedAxes = [...axes].sort((a, b) => a - b).filter((code) => code < absCount);
  const hatPairs = sortedAxes.filter(isHat).map((code) => code - ((code - abs.hat0x) % 2));
  return {
    buttons: [
      ...sorted.filter((code) => code >= btn.joystick),
      ...sorted.filter((code) => code < btn.joystick),
    ],
    axes: sortedAxes.filter((code) => !isHat(code)),
    hats: [...new Set(hatPairs)],
  };
}

/** Ties a line to the codes of a pad. Fields whose control the pad does not have are returned as `missing`. */
export function bindSdlMapping(
  mapping: SdlMapping,
  numbers: SdlNumbers,
): { mapping: GamepadMapping; missing: readonly string[] } {
  const bindings: Binding[] = [];
  const missing: string[] = [];
  for (const { target, source } of mapping.fields) {
    const bound = bindSource(source, numbers);
    if (bound === null) missing.push(`${formatTarget(target)}:${formatSdlSource(source)}`);
    else bindings.push({ target, source: bound });
  }
  return { mapping: { name: mapping.name, bindings }, missing };
}

function bindSource(source: SdlSource, numbers: SdlNumbers): ControlSource | null {
  if (source.kind === "button") {
    const code = numbers.buttons[source.index];
    return code === undefined ? null : { kind: "button", code };
  }
  if (source.kind === "hat") {
    const horizontal = numbers.hats[source.index];
    if (horizontal === undefined) return null;
    // Masks: 1 up, 2 right, 4 down, 8 left.
    const code = source.mask === 1 || source.mask === 4 ? horizontal + 1 : horizontal;
    return { kind: "axis", code, from: 0, to: source.mask === 1 || source.mask === 8 ? -1 : 1 };
  }
  const code = numbers.axes[source.index];
  if (code === undefined) return null;
  const [from, to] = source.half === 0 ? [-1, 1] : [0, source.half];
  return source.inverted ? { kind: "axis", code, from: to, to: from } : { kind: "axis", code, from, to };
}

/** The GUID SDL gives a pad on Linux (its CRC left 0). */
export function sdlGuid(device: Pick<InputDevice, "bus" | "vendor" | "product" | "version">): string {
  const word = (value: number): string =>
    (value & 0xff).toString(16).padStart(2, "0") + ((value >> 8) & 0xff).toString(16).padStart(2, "0");
  return [device.bus, 0, device.vendor, 0, device.product, 0, device.version, 0].map(word).join("");
}

/**
 * The line for a pad: the same bus, vendor, product and version first, then any version of them; the last such line of
 * the list wins, so that what a person appends counts. Lines for other platforms are left aside. null: none.
 */
export function findSdlMapping(
  mappings: readonly SdlMapping[],
  device: Pick<InputDevice, "bus" | "vendor" | "product" | "version">,
): SdlMapping | null {
  const guid = sdlGuid(device);
  const here = mappings.filter(({ platform }) => platform === null || platform === "Linux");
  // Digits 4–7 are a CRC of the name that newer lines carry; digits 24–31 are version and driver.
  const isSameModel = (other: string): boolean =>
    other.slice(0, 4) === guid.slice(0, 4) && other.slice(8, 24) === guid.slice(8, 24);
  return (
    here.findLast((line) => isSameModel(line.guid) && line.guid.slice(24, 28) === guid.slice(24, 28)) ??
    here.findLast((line) => isSameModel(line.guid)) ??
    null
  );
}

/** SDL's name of a control of this pad, for writing a line; null when it has none. */
export function sdlSourceOf(source: ControlSource, numbers: SdlNumbers): SdlSource | null {
  if (source.kind === "button") {
    const index = numbers.buttons.indexOf(source.code);
    return index < 0 ? null : { kind: "button", index };
  }
  if (isHat(source.code)) {
    const isVertical = (source.code - abs.hat0x) % 2 === 1;
    const index = numbers.hats.indexOf(isVertical ? source.code - 1 : source.code);
    const mask = isVertical ? (source.to < 0 ? 1 : 4) : source.to < 0 ? 8 : 2;
    return index < 0 ? null : { kind: "hat", index, mask };
  }
  const index = numbers.axes.indexOf(source.code);
  if (index < 0) return null;
  // The half is the sign of the end that is not 0; inverted when it runs from that end.
  if (source.from !== 0 && source.to !== 0)
    return { kind: "axis", index, half: 0, inverted: source.to < source.from };
  const half = source.from + source.to > 0 ? 1 : -1;
  return { kind: "axis", index, half, inverted: source.to === 0 };
}
