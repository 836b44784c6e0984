// Reads a pad through joydev (/dev/input/jsN): the kernel calibrates its axes and tells the present state at open.

import type { Clock } from "../clock.ts";
import { type Controller, type IdentifiedDevice, pickController } from "./controllers.ts";
import { type DeviceFile, type OpenDeviceFile, openDeviceFile } from "./device-file.ts";
import { createJoydevParser, type JoydevNumbers, numberJoydevControls } from "./joydev-events.ts";
import type { Connection } from "./live-gamepad.ts";
import type { GamepadMapping } from "./mapping.ts";
import { createPad, type PadSettings } from "./pad.ts";
import type { RawInput } from "./raw-input.ts";

/** What a reader of a device file needs. */
export type ReaderOptions = {
  readonly path: string;
  /** null: the kernel's list does not know the path (a FIFO, a container without /proc). */
  readonly device: IdentifiedDevice | null;
  readonly mapping: GamepadMapping;
  readonly controller: Controller;
  readonly settings: PadSettings;
  readonly clock: Clock;
  readonly openFile?: OpenDeviceFile;
};

// Reads per look; more than a full kernel queue, so only a FIFO under a storm leaves something for the next look.
const maxReads = 4;

/** Opens a joydev device. @throws the system's error when it cannot be opened. */
export function connectJoydev(options: ReaderOptions): Connection {
  const file = (options.openFile ?? openDeviceFile)(options.path);
  const parser = createJoydevParser(numbersOf(options.device));
  const pad = createPad(options.mapping, options.settings);
  return {
    name: `${options.device?.name ?? options.mapping.name} (${options.path})`,
    note: () => `mapping: ${options.mapping.name}`,
    poll: () => {
      readAll(file, (bytes) => {
        for (const input of parser.push(bytes)) pad.apply(input);
      });
      return pad.take(options.clock.monotonicNs());
    },
    close: file.close,
  };
}

/** Hands every waiting piece of a device file to `take`. @throws when the device is gone. */
export function readAll(file: DeviceFile, take: (bytes: Uint8Array) => void): void {
  for (let reads = 0; reads < maxReads; reads += 1) {
    const bytes = file.read();
    if (bytes === null) return;
    take(bytes);
  }
}

/**
 * The state of all controls as joydev tells it at open: the one way to it without ioctl.
 * null when the device says nothing. @throws the system's error when it cannot be opened.
 */
export function readJoydevState(
  path: string,
  device: IdentifiedDevice,
  openFile: OpenDeviceFile = openDeviceFile,
): RawInput | null {
  const file = openFile(path);
  try {
    const parser = createJoydevParser(numbersOf(device));
    const changes: RawInput[] = [];
    readAll(file, (bytes) => changes.push(...parser.push(bytes)));
    return changes.find(({ kind }) => kind === "initial") ?? null;
  } finally {
    file.close();
  }
}

// An unlisted device is taken for a wired Xbox pad, which joydev numbers in this order.
const xpadNumbers: JoydevNumbers = {
  buttons: [0x130, 0x131, 0x133, 0x134, 0x136, 0x137, 0x13a, 0x13b, 0x13c, 0x13d, 0x13e],
  axes: [0, 1, 2, 3, 4, 5, 0x10, 0x11],
};

function numbersOf(device: IdentifiedDevice | null): JoydevNumbers {
  return device === null ? xpadNumbers : numberJoydevControls(device.keys, device.axes);
}

/** The controller behind a device the kernel's list does not have. */
export const unlistedController = (): Controller =>
  pickController({
    name: "unknown gamepad",
    bus: 0,
    vendor: 0,
    product: 0,
    version: 0,
    sysfs: "",
    unique: "",
    handlers: [],
    keys: new Set(),
    axes: new Set(),
    driver: "xpad",
  });
