// The way a person names a device: "driver:place?option=value". Text only; each driver says what it understands.

/** A device is named in a way that nobody understands; one that is not there or fails is another matter. */
export class DeviceUrlError extends Error {
  override readonly name = "DeviceUrlError";
}

/** A device as named. */
export type DeviceUrl = {
  readonly driver: string;
  /** A path, a number, or "". */
  readonly place: string;
  readonly options: ReadonlyMap<string, string>;
};

/** Parses "replay:run.jsonl?speed=2", "evdev:/dev/input/event3", "auto". @throws DeviceUrlError naming the rule and the text. */
export function parseDeviceUrl(text: string): DeviceUrl {
  const match = /^([a-z][a-z0-9-]*)(?::([^?]*))?(?:\?(.*))?$/.exec(text.trim());
  if (match === null)
    throw new DeviceUrlError(`Expected a device like "driver:place?option=value", got "${text}"`);
  const [, driver = "", place = "", query = ""] = match;
  return { driver, place, options: new Map(new URLSearchParams(query)) };
}

/** Checks that only options the driver knows are given. @throws DeviceUrlError naming the unknown ones. */
export function checkOptions(url: DeviceUrl, known: readonly string[]): void {
  const unknown = [...url.options.keys()].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const allowed = known.length === 0 ? "no options" : `only the options ${known.join(", ")}`;
  throw new DeviceUrlError(`Expected ${allowed} for "${url.driver}:", got ${unknown.join(", ")}`);
}

/** A number option between two bounds. @throws DeviceUrlError naming the rule and the value. */
export function numberOption(
  url: DeviceUrl,
  name: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  const text = url.options.get(name);
  if (text === undefined) return range.fallback;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value >= range.min && value <= range.max))
    throw new DeviceUrlError(
      `Expected ${url.driver}:?${name} to be ${range.min}–${range.max}, got "${text}"`,
    );
  return value;
}
