// Which servo board an address means, and the car's calibration that goes with it: all that can be said before a bus is opened.
import { checkOptions, type DeviceUrl, DeviceUrlError, numberOption } from "../device-url.ts";
import { checkPca9685Settings, defaultPca9685Settings, escArmMs, type Pca9685Settings } from "./pca9685.ts";

/** A board as named. */
export type Board = {
  /** For a person. */
  readonly name: string;
  readonly settings: Pca9685Settings;
  /** The least `armMs` it may have, ms. */
  readonly leastArmMs: number;
  /** Where it is: an I²C bus of the machine, or a file that keeps what would have been written. */
  readonly bus: { readonly number: number } | { readonly file: string };
};

/**
 * `pca9685:1?left-us=1850&right-us=1150&throttle-limit=0.4`, `recording:FILE?…` with the same options; null: another driver's address.
 * @throws DeviceUrlError naming rule and value.
 */
export function parseBoard(url: DeviceUrl): Board | null {
  if (url.driver === "pca9685") return parseI2cBoard(url);
  if (url.driver === "recording") return parseRecording(url);
  return null;
}

function parseI2cBoard(url: DeviceUrl): Board {
  const settings = parseSettings(url, escArmMs);
  const number = url.place === "" ? 1 : Number(url.place);
  if (!Number.isInteger(number) || number < 0)
    throw new DeviceUrlError(
      `Expected pca9685: to be followed by the number of an I²C bus, got "${url.place}"`,
    );
  const name = `PCA9685 at address 0x${settings.address.toString(16)} of I²C bus ${number}`;
  return { name, settings, leastArmMs: escArmMs, bus: { number } };
}

function parseRecording(url: DeviceUrl): Board {
  if (url.place === "") throw new DeviceUrlError(`Expected recording: to be followed by a file, got ""`);
  // There is no ESC that has to arm.
  const leastArmMs = 0;
  const name = `no car (register writes go to ${url.place})`;
  return { name, settings: parseSettings(url, leastArmMs), leastArmMs, bus: { file: url.place } };
}

function parseSettings(url: DeviceUrl, leastArmMs: number): Pca9685Settings {
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
    checkPca9685Settings(settings, { leastArmMs });
  } catch (cause) {
    throw new DeviceUrlError((cause as Error).message, { cause });
  }
  return settings;
}
