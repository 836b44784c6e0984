// Reads `sim:track?seed=1&pace=asap&frames=600`: which world a simulated camera looks at, and how it runs.
import { DeviceUrlError, parseDeviceUrl } from "../../device-url.ts";
import type { Night } from "./reserve/light.ts";

/** What the address of a simulated camera says. */
export type SimUrl = {
  /** null: not said; the simulation's own. */
  readonly seed: number | null;
  /** clock: `fps` frames a second. asap: as fast as the consumer takes them, time following the frames. */
  readonly pace: "clock" | "asap";
  /** Ends after so many frames, dropped ones included; null: never. */
  readonly frames: number | null;
} & (
  | { readonly world: "track" }
  | { readonly world: "ridge" }
  | {
      readonly world: "reserve";
      /** How many animals live there; null: not said. */
      readonly animals: number | null;
      /** Whether it is day, night (infrared) or both in turns. */
      readonly night: Night;
    }
);

const form =
  "sim:track?seed=1&pace=asap&frames=600, sim:reserve?seed=1&animals=8&night=cycle or sim:ridge?seed=1";
const common = ["seed", "pace", "frames"];
const nights: readonly Night[] = ["never", "always", "cycle"];
const mostAnimals = 60;

/** @throws Error that lists every problem. */
export function parseSimUrl(url: string): SimUrl {
  const problems: string[] = [];
  const { driver, place, options } = parseDeviceUrl(url);
  if (driver !== "sim" || (place !== "track" && place !== "reserve" && place !== "ridge")) {
    throw new DeviceUrlError(`Expected a simulated camera to be of the form ${form}, got "${url}"`);
  }
  const known = place === "reserve" ? [...common, "animals", "night"] : common;
  for (const name of options.keys()) {
    if (!known.includes(name)) {
      problems.push(`Expected only ${known.join(", ").replace(/, (\w+)$/, " and $1")}, got "${name}"`);
    }
  }
  const pace = options.get("pace") ?? "clock";
  if (pace !== "clock" && pace !== "asap") problems.push(`Expected pace to be clock or asap, got "${pace}"`);
  const seed = wholeNumber(options, "seed", [0, 4_294_967_295], problems);
  const frames = wholeNumber(options, "frames", [1, 4_294_967_295], problems);
  const run = { seed, pace: pace === "asap" ? "asap" : "clock", frames } as const;
  const read: SimUrl =
    place === "reserve"
      ? { world: place, ...run, ...readReserve(options, problems) }
      : { world: place, ...run };
  if (problems.length > 0)
    throw new DeviceUrlError(`${url} cannot be used:\n${problems.map((p) => `  ${p}`).join("\n")}`);
  return read;
}

function readReserve(
  options: ReadonlyMap<string, string>,
  problems: string[],
): { readonly animals: number | null; readonly night: Night } {
  const text = options.get("night") ?? "never";
  const night = nights.find((name) => name === text);
  if (night === undefined) problems.push(`Expected night to be never, always or cycle, got "${text}"`);
  return { animals: wholeNumber(options, "animals", [1, mostAnimals], problems), night: night ?? "never" };
}

function wholeNumber(
  options: ReadonlyMap<string, string>,
  name: string,
  [least, most]: readonly [number, number],
  problems: string[],
): number | null {
  const text = options.get(name);
  if (text === undefined) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    problems.push(`Expected ${name} to be a whole number ${least}–${most}, got "${text}"`);
  }
  return value;
}
