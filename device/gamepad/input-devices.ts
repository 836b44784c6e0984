// Reads the kernel's list of input devices (/proc/bus/input/devices): names, ids, device files and controls of each. Pure.
import { abs, absCount, btn, keyCount } from "./input-codes.ts";

/** One input device as the kernel describes it. */
export type InputDevice = {
  readonly name: string;
  readonly bus: number;
  readonly vendor: number;
  readonly product: number;
  readonly version: number;
  /** Path below /sys, e.g. "/devices/…/input/input5"; "" when not told. */
  readonly sysfs: string;
  /** Bluetooth address or serial number; "" when the pad has none. */
  readonly unique: string;
  /** Device file names below /dev/input: "event5", "js0", … */
  readonly handlers: readonly string[];
  readonly keys: ReadonlySet<number>;
  readonly axes: ReadonlySet<number>;
};

/** Bits of one word in the capability bitmaps: the size of `long` of the reading program. */
export type WordBits = 32 | 64;

/** Parses the whole list. Blocks that make no sense are left out: a strange keyboard must not hide the pad. */
export function parseInputDevices(text: string, wordBits: WordBits): readonly InputDevice[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => parseBlock(block, wordBits))
    .filter((device) => device !== null);
}

function parseBlock(block: string, wordBits: WordBits): InputDevice | null {
  const line = (prefix: string): string | null => {
    const found = block.split("\n").find((candidate) => candidate.startsWith(prefix));
    return found === undefined ? null : found.slice(prefix.length).trim();
  };
  const ids = /Bus=([0-9a-f]+) Vendor=([0-9a-f]+) Product=([0-9a-f]+) Version=([0-9a-f]+)/i.exec(
    line("I:") ?? "",
  );
  if (ids === null) return null;
  const hex = (index: number): number => Number.parseInt(ids[index] ?? "0", 16);
  return {
    name: (line("N: Name=") ?? "").replace(/^"|"$/g, "") || "unnamed device",
    bus: hex(1),
    vendor: hex(2),
    product: hex(3),
    version: hex(4),
    sysfs: line("S: Sysfs=") ?? "",
    unique: line("U: Uniq=") ?? "",
    handlers: (line("H: Handlers=") ?? "").split(/\s+/).filter((handler) => handler !== ""),
    keys: parseBitmap(line("B: KEY=") ?? "", wordBits, keyCount),
    axes: parseBitmap(line("B: ABS=") ?? "", wordBits, absCount),
  };
}

/**
 * The numbers of the set bits of a capability bitmap: hexadecimal words, the highest first, not padded, so that the
 * word size has to be known. A word of more than 8 digits proves 64 bits.
 */
export function parseBitmap(text: string, wordBits: WordBits, count: number): ReadonlySet<number> {
  const words = text.split(/\s+/).filter((word) => /^[0-9a-f]{1,16}$/i.test(word));
  const bits = words.some((word) => word.length > 8) ? 64 : wordBits;
  const set = new Set<number>();
  for (const [index, word] of words.reverse().entries()) {
    const value = BigInt(`0x${word}`);
    for (let bit = 0; bit < bits; bit += 1) {
      const number = index * bits + bit;
      if (number < count && ((value >> BigInt(bit)) & 1n) === 1n) set.add(number);
    }
  }
  return set;
}

/** Whether a device is a gamepad or joystick: BTN_SOUTH marks a gamepad, old drivers use the joystick buttons with a stick. */
export function isGamepad(device: InputDevice): boolean {
  if (!device.handlers.some((handler) => /^(event|js)\d+$/.test(handler))) return false;
  const hasStick = device.axes.has(abs.x) && device.axes.has(abs.y);
  return device.keys.has(btn.south) || (device.keys.has(btn.joystick) && hasStick);
}

/** Path of the device's evdev or joydev file below `folder`; null where it has none. */
export function deviceFile(device: InputDevice, kind: "event" | "js", folder = "/dev/input"): string | null {
  const handler = device.handlers.find((name) => new RegExp(`^${kind}\\d+$`).test(name));
  return handler === undefined ? null : `${folder}/${handler}`;
}
