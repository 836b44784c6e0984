// Opens a camera by its URL. A new driver is one file beside this one and one line in `builtInCameras`.
import { DeviceUrlError } from "../device-url.ts";
import type { Camera, CameraDeps, CameraSettings } from "./camera.ts";
import { openFfmpegCamera } from "./ffmpeg.ts";
import { openFolderCamera } from "./folder.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { openRpicamCamera } from "./rpicam.ts";
import { openTubCamera } from "./tub.ts";

/** What opening a camera may need beside clock and log. */
export type OpenCameraDeps = CameraDeps & {
  /** 0 ≤ random() < 1, spreads restarts; default Math.random. */
  readonly random?: () => number;
  /** More drivers by name (the agent adds `sim`); one of these wins over a built-in of the same name. */
  readonly drivers?: CameraDrivers;
};

/** Opens a camera of one driver. @throws Error that names the rule and the value when the settings cannot be used. */
export type CameraDriver = (settings: CameraSettings, deps: OpenCameraDeps) => Camera | Promise<Camera>;
export type CameraDrivers = Readonly<Record<string, CameraDriver>>;

/** Everything that needs no simulated world. */
export const builtInCameras: CameraDrivers = {
  ffmpeg: openFfmpegCamera,
  folder: openFolderCamera,
  rpicam: openRpicamCamera,
  tub: openTubCamera,
};

/**
 * Opens a camera. Hardware need not be there yet; the programs that speak to it must.
 * @throws Error that names the URL (without its password) and what was expected.
 */
export async function openCamera(settings: CameraSettings, deps: OpenCameraDeps): Promise<Camera> {
  const drivers: CameraDrivers = { ...builtInCameras, ...deps.drivers };
  const scheme = /^([a-z][a-z0-9-]*):/.exec(settings.url.trim())?.[1] ?? "";
  const driver = Object.hasOwn(drivers, scheme) ? drivers[scheme] : undefined;
  if (driver === undefined) {
    const known = Object.keys(drivers).map((name) => `${name}:`);
    throw new DeviceUrlError(
      `Expected camera ${settings.id} to be one of ${known.sort().join(", ")}, got "${hideSecrets(settings.url)}"`,
    );
  }
  return driver(settings, deps);
}
