// hardware_conf.json: what this car is. One file per machine; its content goes into every label.
import { describeValue, readJsonFile, type SettingsFileOptions } from "./settings-file.ts";

/** The machine as its labels describe it; more fields are allowed and copied. */
export type HardwareConf = {
  readonly car: string;
  readonly version: number;
  readonly computer: string;
  readonly camera: string;
  readonly [extra: string]: unknown;
};

export const hardwareConfName = "hardware_conf.json";

/**
 * Reads hardware_conf.json.
 * With `lenient` a missing or invalid file is told to it, and the empty object stands in.
 * @throws SettingsFileError naming the file and every problem.
 */
export function readHardwareConf(
  path: string,
  options: SettingsFileOptions = {},
): HardwareConf | Readonly<Record<string, never>> {
  return readJsonFile(path, parseHardwareConf, options, {});
}

/** Checks parsed JSON; the problems come back as a list, empty when there is none. */
export function parseHardwareConf(
  json: Readonly<Record<string, unknown>>,
): HardwareConf | { problems: readonly string[] } {
  const problems: string[] = [];
  for (const field of ["car", "computer", "camera"]) {
    if (typeof json[field] !== "string")
      problems.push(`${field}: expected text, got ${describeValue(json[field])}`);
  }
  const { version } = json;
  // The index keeps it as a 16-bit number.
  if (!Number.isInteger(version) || Math.abs(version as number) > 32_767)
    problems.push(`version: expected an integer −32767–32767, got ${describeValue(version)}`);
  return problems.length > 0 ? { problems } : (json as HardwareConf);
}
