// How warm the machine is, as Linux says it: a Raspberry Pi in a closed box on a mast throttles before it fails.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Zones that are the processor's, on Raspberry Pi, x86 and others. */
const processor = /cpu|soc|x86_pkg|package/i;
const usualFolder = "/sys/class/thermal";

/** Degrees Celsius of the processor, else of the warmest part; null where the machine does not say. */
export function readTemperatureC(folder = usualFolder): number | null {
  const zones = namesIn(folder)
    .filter((name) => name.startsWith("thermal_zone"))
    .flatMap((name) => {
      const milli = readText(join(folder, name, "temp"));
      const celsius = milli === null || milli === "" ? Number.NaN : Number(milli) / 1000;
      // Sensors that are asleep say nonsense.
      if (!(celsius > -60 && celsius < 200)) return [];
      return [{ celsius, isProcessor: processor.test(readText(join(folder, name, "type")) ?? "") }];
    });
  const ofProcessor = zones.filter(({ isProcessor }) => isProcessor);
  const counted = (ofProcessor.length > 0 ? ofProcessor : zones).map(({ celsius }) => celsius);
  return counted.length === 0 ? null : Math.round(Math.max(...counted) * 10) / 10;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No such folder: a machine without sensors, or another system.
    return [];
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    // A zone that cannot be read now (EAGAIN, ENODATA) is one that does not say.
    return null;
  }
}
