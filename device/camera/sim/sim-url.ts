// Reads `sim:track?seed=1&pace=asap&frames=600`: which world a simulated camera looks at, and how it runs.

import { DeviceUrlError, parseDeviceUrl } from "../../device-url.ts";

/** What the address of a simulated camera says. */
export type SimUrl = {
  readonly world: "track";
  /** null: not said; the simulation's own. */
  readonly seed: number | null;
  /** clock: `fps` frames a second. asap: as fast as the consumer takes them, time following the frames. */
  readonly pace: "clock" | "asap";
  /** Ends after so many frames, dropped ones included; null: never. */
  readonly frames: number | null;
};

const form = "sim:track?seed=1&pace=asap&frames=600";

/** @throws Error that lists every problem. */
export function parseSimUrl(url: string): SimUrl {
  const problems: string[] = [];
  const { driver, place, options } = parseDeviceUrl(url);
  if (driver !== "sim" || place !== "track") {
    throw new DeviceUrlError(`Expected a simulated camera to be of the form ${form}, got "${url}"`);
  }
  for (const name of options.keys()) {
    if (!["seed", "pace", "frames"].includes(name)) {
      problems.push(`Expected only seed, pace and frames, got "${name}"`);
    }
  }
  const pace = options.get("pace") ?? "clock";
  if (pace !== "clock" && pace !== "asap") problems.push(`Expected pace to be clock or asap, got "${pace}"`);
  const seed = wholeNumber(options, "seed", 0, problems);
  const frames = wholeNumber(options, "frames", 1, problems);
  if (problems.length > 0)
    throw new DeviceUrlError(`${url} cannot be used:\n${problems.map((p) => `  ${p}`).join("\n")}`);
  return { world: "track", seed, pace: pace === "asap" ? "asap" : "clock", frames };
}

function wholeNumber(
  options: ReadonlyMap<string, string>,
  name: string,
  least: number,
  problems: string[],
): number | null {
  const text = options.get(name);
  if (text === undefined) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > 4_294_967_295) {
    problems.push(`Expected ${name} to be a whole number ${least}–4294967295, got "${text}"`);
  }
  return value;
}
