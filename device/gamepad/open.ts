// Opens a gamepad by its name: `auto`, `evdev:PATH`, `joydev:PATH`, `replay:FILE`, `tub:DIR`, `keyboard:`, `none:`, and
// whatever drivers the agent adds (the simulator's scripted one).
import { readFile } from "node:fs/promises";
import { checkOptions, type DeviceUrl, DeviceUrlError, numberOption, parseDeviceUrl } from "../device-url.ts";
import { connectAny, connectPath } from "./connect.ts";
import type { OpenDeviceFile } from "./device-file.ts";
import { createInputSystem, type InputSystem } from "./discovery.ts";
import type { Gamepad, GamepadDeps } from "./gamepad.ts";
import { createKeyboardGamepad, type KeyboardInput } from "./keyboard.ts";
import { createLiveGamepad } from "./live-gamepad.ts";
import { createNoGamepad } from "./none.ts";
import { defaultPadSettings } from "./pad.ts";
import { createReplayGamepad } from "./replay.ts";
import { parseSdlMappings, type SdlMapping } from "./sdl-mapping.ts";
import { createTubGamepad, parseTubOptions } from "./tub.ts";

/** What opening a gamepad may need beside clock and log; all of it has a default or is asked for when it is missing. */
export type OpenGamepadDeps = GamepadDeps & {
  /** The terminal for `keyboard:`. */
  readonly keyboard?: KeyboardInput;
  readonly system?: InputSystem;
  readonly openFile?: OpenDeviceFile;
  /** More drivers by name; one of these wins over a built-in of the same name. */
  readonly drivers?: GamepadDrivers;
};

/** Makes a gamepad of one driver. */
export type GamepadDriver = (url: DeviceUrl, deps: OpenGamepadDeps) => Gamepad | Promise<Gamepad>;
export type GamepadDrivers = Readonly<Record<string, GamepadDriver>>;

const builtIn: GamepadDrivers = {
  auto: openReal,
  evdev: openReal,
  joydev: openReal,
  replay: (url, deps) => createReplayGamepad({ path: needPlace(url, "a file"), speed: speedOf(url) }, deps),
  tub: (url, deps) => createTubGamepad(parseTubOptions(url), deps),
  keyboard: (url, deps) => {
    checkOptions(url, []);
    if (deps.keyboard === undefined)
      throw new Error("Expected keyboard: to be opened from a terminal, got a program without one");
    return createKeyboardGamepad(deps.keyboard, deps);
  },
  none: (url, deps) => {
    checkOptions(url, []);
    return createNoGamepad(deps);
  },
};

/**
 * Opens a gamepad. Real pads need not be there yet (`mapping=FILE` holds SDL lines, `deadzone=0.1` is a share of the way).
 * @throws Error naming the rule and the value when the name, an option or a file is wrong.
 */
export async function openGamepad(text: string, deps: OpenGamepadDeps): Promise<Gamepad> {
  const url = parseDeviceUrl(text);
  const drivers = { ...builtIn, ...deps.drivers };
  const driver = Object.hasOwn(drivers, url.driver) ? drivers[url.driver] : undefined;
  if (driver === undefined)
    throw new DeviceUrlError(
      `Expected gamepad to be one of ${Object.keys(drivers).join(", ")}, got "${text}"`,
    );
  return driver(url, deps);
}

async function openReal(url: DeviceUrl, deps: OpenGamepadDeps): Promise<Gamepad> {
  checkOptions(url, ["mapping", "deadzone"]);
  const stickDeadzone = numberOption(url, "deadzone", {
    min: 0,
    max: 0.9,
    fallback: defaultPadSettings.stickDeadzone,
  });
  const mappingFile = url.options.get("mapping");
  const connectOptions = {
    system: deps.system ?? createInputSystem(),
    mappings: mappingFile === undefined ? [] : await readMappingFile(mappingFile, deps),
    settings: { stickDeadzone },
    clock: deps.clock,
    log: deps.log,
    openFile: deps.openFile,
  };
  if (url.driver === "auto")
    return createLiveGamepad({ name: "any gamepad", connect: () => connectAny(connectOptions) }, deps);
  const path = needPlace(
    url,
    url.driver === "evdev" ? "a path like /dev/input/event3" : "a path like /dev/input/js0",
  );
  const kind = url.driver === "evdev" ? "event" : "js";
  return createLiveGamepad({ name: path, connect: () => connectPath(path, kind, connectOptions) }, deps);
}

/** Reads a file of SDL lines. Bad lines are warned of; a file without any good one is an error. */
export async function readMappingFile(
  path: string,
  { log }: Pick<GamepadDeps, "log">,
): Promise<readonly SdlMapping[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Error(`Expected mapping to name a readable file of SDL mapping lines, got "${path}"`, {
      cause,
    });
  }
  const { mappings, problems } = parseSdlMappings(text);
  for (const problem of problems) log.warn({ mapping: path }, `${path} ${problem}`);
  if (mappings.length === 0) throw new Error(`${path}: expected at least one SDL mapping line, got none`);
  return mappings;
}

function speedOf(url: DeviceUrl): number {
  checkOptions(url, ["speed"]);
  return numberOption(url, "speed", { min: 0.01, max: 1000, fallback: 1 });
}

function needPlace(url: DeviceUrl, what: string): string {
  if (url.place === "")
    throw new DeviceUrlError(`Expected ${url.driver}: to be followed by ${what}, got nothing`);
  return url.place;
}
