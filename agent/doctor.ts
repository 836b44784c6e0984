// The doctor: what this machine has, what is missing for what, and the command that mends it. It changes nothing.
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Clock } from "../device/clock.ts";
import { deadline } from "../device/deadline.ts";
import { readDiskSpace } from "../device/disk.ts";
import { silentLog } from "../device/log.ts";
import { writerOf } from "../device/store/lock.ts";
import { openStore } from "../device/store/store.ts";
import { loadInferenceRuntime } from "../models/session.ts";
import type { Config } from "./config.ts";
import { storeFolder } from "./folders.ts";
import { formatBytes } from "./stats.ts";

/** `missing`: not there, and the configuration does not need it. `broken`: needed and not working. */
export type Finding = {
  readonly part: string;
  readonly state: "ok" | "missing" | "broken";
  readonly found: string;
  /** What mends it; null when nothing has to be. */
  readonly fix: string | null;
};

/** Something that must answer: a bucket, an index, a broker. */
export type Probe = {
  readonly part: string;
  readonly url: string;
  readonly probe: (signal: AbortSignal) => Promise<void>;
};

export type DoctorOptions = {
  readonly config: Config;
  readonly clock: Clock;
  /** Folders where programs are looked for, as in PATH. */
  readonly path: string;
  readonly probes: readonly Probe[];
  readonly signal: AbortSignal;
};

const probeTimeoutMs = 10_000;

/** Looks at every part; never throws for a part that is broken. */
export async function examine(options: DoctorOptions): Promise<readonly Finding[]> {
  const { config } = options;
  return [
    nodeVersion(),
    await nativePackage("lmdb (store)", async () => void (await import("../device/store/environment.ts"))),
    await nativePackage("sharp (pictures)", async () => void (await import("sharp"))),
    await nativePackage("onnxruntime-node (models)", loadInferenceRuntime),
    ...cameraPrograms(options),
    videoDevices(config),
    gamepads(config),
    servoBus(config),
    dataFolder(config.data),
    await store(options),
    clockFinding(options.clock),
    ...(await Promise.all(options.probes.map((probe) => answer(probe, options.signal)))),
  ];
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 15);
  return finding(
    "Node.js",
    isEnough,
    `${process.versions.node} on ${process.platform}-${process.arch}`,
    "install Node.js 20.15 or newer (https://nodejs.org)",
  );
}

async function nativePackage(part: string, load: () => Promise<unknown>): Promise<Finding> {
  try {
    const version = await load();
    return finding(part, true, typeof version === "string" ? `loads, version ${version}` : "loads", null);
  } catch (cause) {
    return finding(
      part,
      false,
      firstLine(cause),
      "npm ci   (on the machine itself: the binaries are chosen by its processor)",
    );
  }
}

function cameraPrograms({ config, path }: DoctorOptions): readonly Finding[] {
  const needs = (driver: string): boolean => config.cameras.some(({ url }) => url.startsWith(`${driver}:`));
  const rpicam = findProgram("rpicam-vid", path) ?? findProgram("libcamera-vid", path);
  const ffmpeg = findProgram("ffmpeg", path);
  return [
    optional("rpicam-vid (Pi camera)", rpicam, needs("rpicam"), "sudo apt-get install -y rpicam-apps"),
    optional("ffmpeg (USB and network cameras)", ffmpeg, needs("ffmpeg"), "sudo apt-get install -y ffmpeg"),
  ];
}

function videoDevices(config: Config): Finding {
  const devices = namesIn("/dev")
    .filter((name) => /^video\d+$/.test(name))
    .map((name) => join("/dev", name));
  const closed = devices.filter((path) => !isReadable(path));
  const isNeeded = config.cameras.some(({ url }) => /^(rpicam:|ffmpeg:\/dev\/video)/.test(url));
  if (closed.length > 0)
    return {
      part: "video devices",
      state: isNeeded ? "broken" : "missing",
      found: `${closed.join(", ")}: no permission`,
      fix: "sudo usermod -aG video $USER   (then log in again)",
    };
  return optional(
    "video devices",
    devices.length > 0 ? devices.join(", ") : null,
    isNeeded,
    "connect a camera; see dmesg when it does not appear",
  );
}

function gamepads(config: Config): Finding {
  const devices = namesIn("/dev/input")
    .filter((name) => /^(event|js)\d+$/.test(name))
    .map((name) => join("/dev/input", name));
  const closed = devices.filter((path) => !isReadable(path));
  const isNeeded = /^(evdev|joydev):/.test(config.gamepad);
  if (closed.length > 0)
    return {
      part: "gamepad",
      state: isNeeded ? "broken" : "missing",
      found: `${closed.length} of ${devices.length} input devices: no permission`,
      fix: "sudo usermod -aG input $USER   (then log in again)",
    };
  return optional(
    "gamepad",
    devices.length > 0 ? `${devices.length} input devices (outrider gamepad list names them)` : null,
    isNeeded,
    "connect a gamepad, or pair it with bluetoothctl",
  );
}

function servoBus(config: Config): Finding {
  const buses = namesIn("/dev")
    .filter((name) => /^i2c-\d+$/.test(name))
    .map((name) => join("/dev", name));
  const isNeeded = config.drive.startsWith("pca9685");
  const closed = buses.filter((path) => !isReadable(path));
  if (closed.length > 0)
    return {
      part: "servo board bus",
      state: isNeeded ? "broken" : "missing",
      found: `${closed.join(", ")}: no permission`,
      fix: "sudo usermod -aG i2c $USER   (then log in again)",
    };
  return optional(
    "servo board bus",
    buses.length > 0 ? buses.join(", ") : null,
    isNeeded,
    "sudo raspi-config nonint do_i2c 0 && npm install --ignore-scripts=false i2c-bus",
  );
}

function dataFolder(data: string): Finding {
  // The nearest folder that exists says whether ours can be made in it.
  let place = data;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const isWritable = canAccess(place, constants.W_OK) && statSync(place).isDirectory();
  if (!isWritable)
    return finding(
      "data folder",
      false,
      `${data}: no permission to write in ${place}`,
      `sudo install -d -o $USER ${data}`,
    );
  const { freeBytes } = readDiskSpace(place);
  return finding(
    "data folder",
    freeBytes > 100e6,
    `${data}, ${formatBytes(freeBytes)} free`,
    "free some disk space, or set `data` to another disk",
  );
}

async function store({ config, clock }: DoctorOptions): Promise<Finding> {
  const directory = storeFolder(config.data);
  if (!existsSync(directory))
    return { part: "store", state: "missing", found: "nothing recorded yet", fix: null };
  try {
    const opened = openStore({ directory, clock, log: silentLog, readOnly: true });
    const frames = opened.frames.count();
    const damaged = opened.counters.get("damaged");
    await opened.close();
    const writer = writerOf(directory, clock.now().bootId);
    const held = writer === null ? "" : `, being written by process ${writer.pid}`;
    return finding(
      "store",
      true,
      `${frames} frames${damaged > 0 ? `, ${damaged} damaged values set aside` : ""}${held}`,
      null,
    );
  } catch (cause) {
    return finding(
      "store",
      false,
      firstLine(cause),
      "move the folder away and keep it; a new store is made at the next start",
    );
  }
}

function clockFinding(clock: Clock): Finding {
  const { clockSynchronised } = clock.now();
  return finding(
    "clock",
    clockSynchronised,
    clockSynchronised ? "synchronised" : "not synchronised: frames are stamped, and marked as such",
    "sudo timedatectl set-ntp true",
  );
}

async function answer({ part, url, probe }: Probe, signal: AbortSignal): Promise<Finding> {
  const limit = deadline(probeTimeoutMs);
  try {
    await probe(AbortSignal.any([signal, limit.signal]));
    return finding(part, true, `${url} answers`, null);
  } catch (cause) {
    return finding(
      part,
      false,
      `${url}: ${firstLine(cause)}`,
      "check address, credentials and link; what waits is kept meanwhile",
    );
  } finally {
    limit.clear();
  }
}

function finding(part: string, isOk: boolean, found: string, fix: string | null): Finding {
  return { part, state: isOk ? "ok" : "broken", found, fix: isOk ? null : fix };
}

function optional(part: string, found: string | null, isNeeded: boolean, fix: string): Finding {
  if (found !== null) return { part, state: "ok", found, fix: null };
  return {
    part,
    state: isNeeded ? "broken" : "missing",
    found: isNeeded ? "not there" : "not there, and not needed by this configuration",
    fix,
  };
}

function findProgram(name: string, path: string): string | null {
  return (
    path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, name))
      .find((file) => canAccess(file, constants.X_OK)) ?? null
  );
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

function isReadable(path: string): boolean {
  return canAccess(path, constants.R_OK);
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

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
}

/** The findings for a person: one line a part, then what to do. */
export function describeFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ part }) => part.length));
  const sign = { ok: "✓", missing: "·", broken: "✗" } as const;
  const lines = findings.flatMap(({ part, state, found, fix }) => [
    `${sign[state]} ${part.padEnd(width)}  ${found}`,
    ...(fix === null ? [] : [`${" ".repeat(width + 4)}→ ${fix}`]),
  ]);
  const broken = findings.filter(({ state }) => state === "broken").length;
  return [
    ...lines,
    "",
    broken === 0
      ? "Everything this configuration needs is there."
      : `${broken} ${broken === 1 ? "part does" : "parts do"} not work.`,
  ].join("\n");
}
