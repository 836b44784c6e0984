// Opens a drive by its name: `none:`, `pca9685:BUS?option=value`, and whatever the agent adds (`sim:`).
import type { Clock } from "../clock.ts";
import { checkOptions, type DeviceUrl, DeviceUrlError, numberOption, parseDeviceUrl } from "../device-url.ts";
import type { Log } from "../log.ts";
import type { Drive } from "./drive.ts";
import { openI2cBus } from "./i2c-bus.ts";
import { createNoDrive } from "./none.ts";
import {
  checkPca9685Settings,
  defaultPca9685Settings,
  openPca9685,
  type Pca9685Settings,
} from "./pca9685.ts";
import type { RegisterBus } from "./pulse-board.ts";

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
  pca9685: async (url, deps) => {
    const settings = parsePca9685Options(url);
    const number = url.place === "" ? 1 : Number(url.place);
    if (!Number.isInteger(number) || number < 0)
      throw new DeviceUrlError(
        `Expected pca9685: to be followed by the number of an I²C bus, got "${url.place}"`,
      );
    const bus = await (deps.openBus ?? openI2cBus)(number);
    const name = `PCA9685 at address 0x${settings.address.toString(16)} of I²C bus ${number}`;
    return openPca9685(bus, { settings, clock: deps.clock, log: deps.log, name });
  },
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

/** A car's calibration as options: `pca9685:1?left-us=1850&right-us=1150&throttle-limit=0.4`. */
export function parsePca9685Options(url: DeviceUrl): Pca9685Settings {
  const fallback = defaultPca9685Settings;
  const known: string[] = [];
  const number = (name: string, value: number): number => {
    known.push(name);
    // Bounds are checked once for all ways of configuring, in checkPca9685Settings.
    return numberOption(url, name, { min: -1e9, max: 1e9, fallback: value });
  };
  const settings: Pca9685Settings = {
    address: number("address", fallback.address),
    steeringChannel: number("steering-channel", fallback.steeringChannel),
    throttleChannel: number("throttle-channel", fallback.throttleChannel),
    steering: {
      lowUs: number("left-us", fallback.steering.lowUs),
      neutralUs: number("centre-us", fallback.steering.neutralUs),
      highUs: number("right-us", fallback.steering.highUs),
    },
    throttle: {
      lowUs: number("reverse-us", fallback.throttle.lowUs),
      neutralUs: number("stop-us", fallback.throttle.neutralUs),
      highUs: number("forward-us", fallback.throttle.highUs),
    },
    throttleLimit: number("throttle-limit", fallback.throttleLimit),
    steeringSlewUsPerS: number("steering-slew", fallback.steeringSlewUsPerS),
    throttleSlewUsPerS: number("throttle-slew", fallback.throttleSlewUsPerS),
    armMs: number("arm-ms", fallback.armMs),
    timing: {
      frequencyHz: number("frequency", fallback.timing.frequencyHz),
      oscillatorHz: number("oscillator", fallback.timing.oscillatorHz),
    },
  };
  checkOptions(url, known);
  try {
    checkPca9685Settings(settings);
  } catch (cause) {
    throw new DeviceUrlError((cause as Error).message, { cause });
  }
  return settings;
}
