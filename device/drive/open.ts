// Opens a drive by its name: `none:`, `pca9685:BUS?option=value`, `recording:FILE`, and whatever the agent adds (`sim:`).
import type { Clock } from "../clock.ts";
import { checkOptions, type DeviceUrl, DeviceUrlError, parseDeviceUrl } from "../device-url.ts";
import type { Log } from "../log.ts";
import { parseBoard } from "./board.ts";
import type { Drive } from "./drive.ts";
import { openI2cBus } from "./i2c-bus.ts";
import { createNoDrive } from "./none.ts";
import { openPca9685 } from "./pca9685.ts";
import type { RegisterBus } from "./pulse-board.ts";
import { openRecordingBus } from "./recording-bus.ts";

export type OpenDriveDeps = {
  readonly clock: Clock;
  readonly log: Log;
  /** Opens an I²C bus by number; a test passes its own. */
  readonly openBus?: (number: number) => Promise<RegisterBus>;
  /** More drivers by name; one of these wins over a built-in of the same name. */
  readonly drivers?: DriveDrivers;
};

/** Makes a drive of one driver; it stands at neutral and is not armed. */
export type DriveDriver = (url: DeviceUrl, deps: OpenDriveDeps) => Drive | Promise<Drive>;
export type DriveDrivers = Readonly<Record<string, DriveDriver>>;

const builtIn: DriveDrivers = {
  none: (url) => {
    checkOptions(url, []);
    return createNoDrive();
  },
  pca9685: openBoard,
  recording: openBoard,
};

/** Opens a drive. @throws Error naming the rule and the value when the name or an option is wrong, or what the board said. */
export async function openDrive(text: string, deps: OpenDriveDeps): Promise<Drive> {
  const url = parseDeviceUrl(text);
  const drivers = { ...builtIn, ...deps.drivers };
  const driver = Object.hasOwn(drivers, url.driver) ? drivers[url.driver] : undefined;
  if (driver === undefined)
    throw new DeviceUrlError(`Expected drive to be one of ${Object.keys(drivers).join(", ")}, got "${text}"`);
  return driver(url, deps);
}

async function openBoard(url: DeviceUrl, deps: OpenDriveDeps): Promise<Drive> {
  const { bus, ...board } = parseBoard(url)!;
  const opened =
    "file" in bus ? openRecordingBus(bus.file, deps.clock) : await (deps.openBus ?? openI2cBus)(bus.number);
  return openPca9685(opened, { ...board, clock: deps.clock, log: deps.log });
}
