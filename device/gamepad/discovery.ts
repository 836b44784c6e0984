// Which gamepads this machine has, from what the kernel tells about its input devices.
import { readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import type { IdentifiedDevice } from "./controllers.ts";
import { type InputDevice, isGamepad, parseInputDevices, type WordBits } from "./input-devices.ts";

/** Where to look; a test passes its own machine. */
export type InputSystem = {
  /** The text of /proc/bus/input/devices; "" where there is none (no Linux, or a container). */
  readonly readDevices: () => Promise<string>;
  /** Name of the kernel driver of a device; null when it cannot be told. */
  readonly readDriver: (device: InputDevice) => Promise<string | null>;
  /** Folder of the device files. */
  readonly folder: string;
  readonly wordBits: WordBits;
};

/** The input devices of the machine we run on. */
export function createInputSystem(): InputSystem {
  return {
    readDevices: async () => {
      try {
        return await readFile("/proc/bus/input/devices", "utf8");
      } catch {
        // No list is the answer of a machine without Linux's input system: it has no gamepads for us.
        return "";
      }
    },
    readDriver: async (device) => {
      for (const link of ["device/driver", "device/device/driver"]) {
        try {
          return basename(await readlink(`/sys${device.sysfs}/${link}`));
        } catch {
          // Devices made in user space (uinput) have no driver; the controls decide then.
        }
      }
      return null;
    },
    folder: "/dev/input",
    wordBits: process.arch === "arm" || process.arch === "ia32" ? 32 : 64,
  };
}

/** All input devices of a machine, pads or not, with their drivers. */
export async function listInputDevices(system: InputSystem): Promise<readonly IdentifiedDevice[]> {
  const devices = parseInputDevices(await system.readDevices(), system.wordBits);
  return Promise.all(
    devices.map(async (device) => ({
      ...device,
      driver: isGamepad(device) ? await system.readDriver(device) : null,
    })),
  );
}

/** The gamepads and joysticks of a machine, in the kernel's order. */
export async function listGamepads(system: InputSystem): Promise<readonly IdentifiedDevice[]> {
  return (await listInputDevices(system)).filter(isGamepad);
}
