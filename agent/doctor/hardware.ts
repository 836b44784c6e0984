// Cameras, gamepads and servo boards as the operating system shows them, and whether this user may use them.
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Config } from "../config.ts";
import { type Finding, optional } from "./finding.ts";

/** Where programs and devices are looked for; a test has its own. */
export type Machine = {
  /** Folders of programs, as in PATH. */
  readonly path: string;
  /** Normally /dev. */
  readonly devices: string;
  /** Normally /etc/group. */
  readonly groupFile: string;
  /** Ids of the groups this process is in; null where the system has none. */
  readonly groupIds: readonly number[] | null;
  /** Whether this is the superuser, who may do everything. */
  readonly isRoot: boolean;
};

/** Looks at everything that cameras, gamepad and drive may need. */
export function examineHardware(
  config: Pick<Config, "cameras" | "gamepad" | "drive">,
  machine: Machine,
): readonly Finding[] {
  const needs = (pattern: RegExp): boolean => config.cameras.some(({ url }) => pattern.test(url));
  const needsVideo = needs(/^(rpicam:|ffmpeg:\/dev\/video)/);
  const needsInput = /^(evdev|joydev):/.test(config.gamepad);
  const needsBus = config.drive.url.startsWith("pca9685");
  return [
    optional(
      "rpicam-vid (Pi camera)",
      findProgram("rpicam-vid", machine.path) ?? findProgram("libcamera-vid", machine.path),
      needs(/^rpicam:/),
      "sudo apt-get install -y rpicam-apps",
    ),
    optional(
      "ffmpeg (USB, network)",
      findProgram("ffmpeg", machine.path),
      needs(/^ffmpeg:/),
      "sudo apt-get install -y ffmpeg",
    ),
    devices(machine, {
      part: "video devices",
      folder: "",
      pattern: /^video\d+$/,
      group: "video",
      isNeeded: needsVideo,
      fix: "connect a camera; dmesg says why one does not appear",
    }),
    devices(machine, {
      part: "gamepad",
      folder: "input",
      pattern: /^(event|js)\d+$/,
      group: "input",
      isNeeded: needsInput,
      fix: "connect a gamepad, or pair one with bluetoothctl; outrider gamepad list names them",
    }),
    devices(machine, {
      part: "servo board bus",
      folder: "",
      pattern: /^i2c-\d+$/,
      group: "i2c",
      isNeeded: needsBus,
      fix: "sudo raspi-config nonint do_i2c 0 && npm install --ignore-scripts=false i2c-bus",
    }),
    groups(machine, [
      ...(needsVideo ? ["video"] : []),
      ...(needsInput || config.gamepad === "auto" ? ["input"] : []),
      ...(needsBus ? ["i2c"] : []),
    ]),
  ];
}

type DeviceKind = {
  readonly part: string;
  readonly folder: string;
  readonly pattern: RegExp;
  readonly group: string;
  readonly isNeeded: boolean;
  readonly fix: string;
};

function devices(machine: Machine, kind: DeviceKind): Finding {
  const folder = join(machine.devices, kind.folder);
  const found = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => kind.pattern.test(name))
    .sort()
    .map((name) => join(folder, name));
  const closed = found.filter((path) => !canAccess(path, constants.R_OK));
  if (closed.length > 0)
    return {
      part: kind.part,
      state: kind.isNeeded ? "broken" : "warning",
      found: `${closed.length} of ${found.length} may not be read: ${listSome(closed)}`,
      fix: `sudo usermod -aG ${kind.group} $USER   (then log in again)`,
    };
  return optional(kind.part, found.length === 0 ? null : listSome(found), kind.isNeeded, kind.fix);
}

/** Whether the user is in the groups that give access to devices, so that a camera plugged in later works at once. */
function groups({ groupFile, groupIds, isRoot }: Machine, needed: readonly string[]): Finding {
  const part = "user groups";
  if (isRoot) return { part, state: "ok", found: "root, who may use every device", fix: null };
  const known =
    groupIds === null || !existsSync(groupFile) ? null : parseGroups(readFileSync(groupFile, "utf8"));
  if (known === null) return { part, state: "missing", found: "this system has none", fix: null };
  const ofInterest = ["video", "input", "i2c"].filter((name) => known.has(name));
  const lacking = ofInterest.filter((name) => !groupIds!.includes(known.get(name)!));
  const has = ofInterest.filter((name) => !lacking.includes(name));
  const found = `in ${has.join(", ") || "none of them"}${lacking.length === 0 ? "" : `; not in ${lacking.join(", ")}`}`;
  if (lacking.length === 0) return { part, state: "ok", found, fix: null };
  return {
    part,
    state: lacking.some((name) => needed.includes(name)) ? "warning" : "missing",
    found,
    fix: `sudo usermod -aG ${lacking.join(",")} $USER   (then log in again)`,
  };
}

/** Names and ids of /etc/group. */
function parseGroups(text: string): ReadonlyMap<string, number> {
  return new Map(
    text
      .split("\n")
      .map((line) => line.split(":"))
      .filter((fields) => fields.length >= 3)
      .map(([name, , id]) => [name!, Number(id)] as const),
  );
}

function listSome(paths: readonly string[]): string {
  return paths.length <= 4
    ? paths.join(", ")
    : `${paths.slice(0, 3).join(", ")} and ${paths.length - 3} more`;
}

function findProgram(name: string, path: string): string | null {
  const files = path.split(delimiter).filter(Boolean);
  return files.map((folder) => join(folder, name)).find((file) => canAccess(file, constants.X_OK)) ?? null;
}

function canAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    // The one question access(2) answers: not there and not allowed are the same to the caller.
    return false;
  }
}
