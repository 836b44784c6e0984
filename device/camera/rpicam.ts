// `rpicam:0?hflip=1`: the Raspberry Pi's camera by rpicam-vid, or libcamera-vid as it was called before.
import { checkOptions, type DeviceUrl, DeviceUrlError, parseDeviceUrl } from "../device-url.ts";
import type { Camera, CameraDeps, CameraSettings } from "./camera.ts";
import { askProgram } from "./program.ts";
import { createSupervisedCamera, type SupervisorOptions } from "./supervisor.ts";
import { defaultWatchdogLimits, type WatchdogLimits } from "./watchdog.ts";

/** Options of the program that a person may set; all else would break the stream. */
const passedOn = [
  "hflip",
  "vflip",
  "rotation",
  "roi",
  "mode",
  "shutter",
  "gain",
  "ev",
  "exposure",
  "metering",
  "awb",
  "awbgains",
  "brightness",
  "contrast",
  "saturation",
  "sharpness",
  "denoise",
  "hdr",
  "autofocus-mode",
  "autofocus-range",
  "autofocus-speed",
  "lens-position",
  "tuning-file",
  "buffer-count",
  "flicker-period",
] as const;
const switches: readonly string[] = ["hflip", "vflip"];

export type RpicamDeps = CameraDeps & { readonly random?: () => number };

export type RpicamOptions = {
  /** Names or paths to try, in order. */
  readonly programs?: readonly string[];
  readonly limits?: Partial<WatchdogLimits>;
} & Pick<SupervisorOptions, "graceMs" | "checkMs" | "maxFrameBytes" | "sendSignal">;

/**
 * Opens a Raspberry Pi camera; it need not be plugged in yet.
 * @throws Error when an option is wrong or the program is not installed.
 */
export async function openRpicamCamera(
  settings: CameraSettings,
  deps: RpicamDeps,
  options: RpicamOptions = {},
): Promise<Camera> {
  const { programs = ["rpicam-vid", "libcamera-vid"], limits, ...tuning } = options;
  const args = rpicamArguments(settings);
  const { program, help } = await findProgram(programs);
  return createSupervisedCamera(
    {
      id: settings.id,
      program,
      args,
      kind: "live",
      limits: { ...defaultWatchdogLimits, fps: settings.fps, ...limits },
      explain,
      // Text metadata came in late 2022; libcamera-vid before that has none.
      hasExposures: help.includes("--metadata-format"),
      ...tuning,
    },
    { ...deps, random: deps.random ?? Math.random },
  );
}

/** The command line. @throws Error naming the rule and the value. */
export function rpicamArguments(settings: CameraSettings): string[] {
  const url = parseDeviceUrl(settings.url);
  checkOptions(url, passedOn);
  const number = url.place === "" ? "0" : url.place;
  if (!/^\d{1,2}$/.test(number)) {
    throw new DeviceUrlError(`Expected rpicam: to be followed by the number of a camera, got "${url.place}"`);
  }
  return [
    // No preview, no end (the default is 5 s), every frame flushed whole (stdio would keep back a part of it).
    ...["--nopreview", "--timeout", "0", "--flush", "--codec", "mjpeg"],
    ...["--camera", number, "--quality", String(settings.quality)],
    ...["--width", String(settings.width), "--height", String(settings.height)],
    ...["--framerate", String(settings.fps)],
    ...optionArguments(url),
    ...["--output", "-"],
  ];
}

function optionArguments(url: DeviceUrl): string[] {
  return [...url.options].flatMap(([name, value]) => {
    if (!switches.includes(name)) {
      if (value === "" || (value.startsWith("-") && !/^-[\d.]+$/.test(value))) {
        throw new DeviceUrlError(`Expected rpicam:?${name} to have a value, got "${value}"`);
      }
      return [`--${name}`, value];
    }
    if (value !== "1" && value !== "0") {
      throw new DeviceUrlError(`Expected rpicam:?${name} to be 0 or 1, got "${value}"`);
    }
    return value === "1" ? [`--${name}`] : [];
  });
}

async function findProgram(programs: readonly string[]): Promise<{ program: string; help: string }> {
  for (const program of programs) {
    const help = await askProgram(program, ["--help"]);
    if (help !== null) return { program, help };
  }
  throw new Error(
    `Expected one of ${programs.join(", ")} to be installed, got none. Try: sudo apt install rpicam-apps-lite`,
  );
}

/** What the program's own words mean, from rpicam-apps' and libcamera's sources. */
function explain(line: string): string | null {
  if (/no cameras available/i.test(line)) return "No camera was found: check the ribbon cable and its side";
  if (/failed to acquire camera/i.test(line)) {
    return "Another program holds the camera; if none does, only a reboot frees it";
  }
  if (/frontend has timed out|Dequeue timer|Device timeout detected/i.test(line)) {
    return "The sensor sends nothing: check the ribbon cable and the power supply";
  }
  return /ERROR: \*\*\*/.test(line) ? line.trim() : null;
}
