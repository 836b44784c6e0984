// The gamepads of a machine in words: what they are, where, and by which mapping they would be read.
import { type IdentifiedDevice, pickController } from "../device/gamepad/controllers.ts";
import { deviceFile } from "../device/gamepad/input-devices.ts";
import { sdlGuid } from "../device/gamepad/sdl-binding.ts";

/** A gamepad as `gamepad list --json` tells it. */
export type ListedGamepad = {
  readonly name: string;
  readonly connection: "usb" | "bluetooth" | "other";
  /** "045e:028e" */
  readonly id: string;
  readonly driver: string | null;
  readonly evdev: string | null;
  readonly joydev: string | null;
  readonly mapping: string;
  /** false: without joydev the pad must be moved to its ends once. */
  readonly rangesKnown: boolean;
  readonly sdlGuid: string;
};

/** The list for people and programs. */
export function listedGamepads(
  devices: readonly IdentifiedDevice[],
  folder: string,
): readonly ListedGamepad[] {
  const hex = (value: number): string => value.toString(16).padStart(4, "0");
  return devices.map((device) => {
    const { mapping, stickRange, triggerRange } = pickController(device);
    return {
      name: device.name,
      connection: device.bus === 3 ? "usb" : device.bus === 5 ? "bluetooth" : "other",
      id: `${hex(device.vendor)}:${hex(device.product)}`,
      driver: device.driver,
      evdev: deviceFile(device, "event", folder),
      joydev: deviceFile(device, "js", folder),
      mapping: mapping.name,
      rangesKnown: stickRange !== null && triggerRange !== null,
      sdlGuid: sdlGuid(device),
    };
  });
}

/** The list as text. */
export function describeGamepads(pads: readonly ListedGamepad[]): string {
  if (pads.length === 0)
    return "no gamepad found: plug one in or pair it (bluetoothctl), or drive with the keyboard (keyboard:)";
  return pads
    .map((pad, index) =>
      [
        `${index + 1}. ${pad.name} (${pad.connection}, ${pad.id}, driver ${pad.driver ?? "unknown"})`,
        `   ${[pad.evdev && `evdev:${pad.evdev}`, pad.joydev && `joydev:${pad.joydev}`].filter(Boolean).join("  ")}`,
        `   mapping: ${pad.mapping}`,
      ].join("\n"),
    )
    .join("\n");
}
