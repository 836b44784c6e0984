// Finds the pad that is there now and opens it by the better of its two device files, with the mapping that fits it.
import { realpathSync } from "node:fs";
import { basename } from "node:path";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { type Controller, type IdentifiedDevice, pickController } from "./controllers.ts";
import { codeOf, type OpenDeviceFile } from "./device-file.ts";
import { type InputSystem, listGamepads, listInputDevices } from "./discovery.ts";
import { connectEvdev } from "./evdev.ts";
import { deviceFile } from "./input-devices.ts";
import { connectJoydev, type ReaderOptions, readJoydevState, unlistedController } from "./joydev.ts";
import type { Connection } from "./live-gamepad.ts";
import type { GamepadMapping } from "./mapping.ts";
import type { PadSettings } from "./pad.ts";
import type { RawInput } from "./raw-input.ts";
import { bindSdlMapping, findSdlMapping, numberSdlControls } from "./sdl-binding.ts";
import type { SdlMapping } from "./sdl-mapping.ts";

export type ConnectOptions = {
  readonly system: InputSystem;
  /** A person's own mapping lines; they win over the built-in ones. */
  readonly mappings: readonly SdlMapping[];
  readonly settings: PadSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly openFile?: OpenDeviceFile;
};

/** Opens the first gamepad of the machine that lets itself be opened; null when there is none. @throws when all refuse. */
export async function connectAny(options: ConnectOptions): Promise<Connection | null> {
  let refusal: unknown = null;
  for (const device of await listGamepads(options.system)) {
    for (const kind of preferredFiles(device)) {
      const path = deviceFile(device, kind, options.system.folder);
      if (path === null) continue;
      try {
        const connection = openKind(kind, path, device, options);
        if (connection !== null) return connection;
      } catch (cause) {
        refusal = cause;
      }
    }
  }
  if (refusal !== null) throw refusal;
  return null;
}

/** Opens the pad behind a path; null while the path is not there. @throws when it is there but refuses. */
export async function connectPath(
  path: string,
  kind: "event" | "js",
  options: ConnectOptions,
): Promise<Connection | null> {
  let real: string;
  try {
    // /dev/input/by-id/… are links; the kernel's list knows only event5 or js0.
    real = realpathSync(path);
  } catch {
    return null;
  }
  const devices = await listInputDevices(options.system);
  const device = devices.find(({ handlers }) => handlers.includes(basename(real))) ?? null;
  return openKind(kind, path, device, options);
}

/**
 * A model whose ranges we know is read by evdev, exactly as it is. Of the others only joydev knows the ranges (at the
 * price of its dead spot in the middle of the axes, triggers too).
 */
function preferredFiles(device: IdentifiedDevice): readonly ("event" | "js")[] {
  const { stickRange, triggerRange } = pickController(device);
  return stickRange !== null && triggerRange !== null ? ["event", "js"] : ["js", "event"];
}

function openKind(
  kind: "event" | "js",
  path: string,
  device: IdentifiedDevice | null,
  options: ConnectOptions,
): Connection | null {
  const controller = device === null ? unlistedController() : pickController(device);
  const reader: ReaderOptions = {
    path,
    device,
    controller,
    mapping: chooseMapping(device, controller, options),
    settings: options.settings,
    clock: options.clock,
    openFile: options.openFile,
  };
  try {
    if (kind === "js") return connectJoydev(reader);
    return connectEvdev({ ...reader, readState: () => joydevState(device, options) });
  } catch (cause) {
    const code = codeOf(cause);
    // ENODEV and ENXIO: the file is still there, the pad is not.
    if (code === "ENOENT" || code === "ENODEV" || code === "ENXIO") return null;
    if (code === "EACCES" || code === "EPERM")
      throw new Error(`No permission to read ${path}: run "sudo usermod -aG input $USER" and log in again`, {
        cause,
      });
    throw new Error(`Cannot open ${path}`, { cause });
  }
}

/** A person's line for this pad, or the built-in mapping. */
export function chooseMapping(
  device: IdentifiedDevice | null,
  controller: Controller,
  { mappings, log }: Pick<ConnectOptions, "mappings" | "log">,
): GamepadMapping {
  const line = device === null ? null : findSdlMapping(mappings, device);
  if (device === null || line === null) return controller.mapping;
  const { mapping, missing } = bindSdlMapping(line, numberSdlControls(device.keys, device.axes));
  if (missing.length > 0)
    log.warn(
      { gamepad: device.name },
      `the mapping "${line.name}" names controls this pad lacks: ${missing.join(", ")}`,
    );
  return mapping;
}

function joydevState(
  device: IdentifiedDevice | null,
  { system, openFile, log }: ConnectOptions,
): RawInput | null {
  const path = device === null ? null : deviceFile(device, "js", system.folder);
  if (device === null || path === null) return null;
  try {
    return readJoydevState(path, device, openFile);
  } catch (cause) {
    log.debug(
      { cause, gamepad: device.name },
      "joydev does not tell the pad's present state; it counts as at rest",
    );
    return null;
  }
}
