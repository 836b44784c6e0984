// Opens what the machine has, as configured: cameras, gamepad and drive; the simulated ones share one world.
import type { Camera } from "../device/camera/camera.ts";
import { openCamera } from "../device/camera/open.ts";
import { createSimulation } from "../device/camera/sim/simulation.ts";
import type { Clock } from "../device/clock.ts";
import type { Drive } from "../device/drive/drive.ts";
import { openDrive } from "../device/drive/open.ts";
import { createInputSystem, listGamepads } from "../device/gamepad/discovery.ts";
import type { Gamepad } from "../device/gamepad/gamepad.ts";
import type { KeyboardInput } from "../device/gamepad/keyboard.ts";
import { openGamepad } from "../device/gamepad/open.ts";
import type { Log } from "../device/log.ts";
import type { Config } from "./config.ts";

export type Devices = {
  readonly cameras: readonly Camera[];
  readonly gamepad: Gamepad;
  readonly drive: Drive;
  /** Drive first, so that the car stands before anything else goes. May be called twice. */
  readonly close: () => Promise<void>;
};

export type DevicesOptions = {
  readonly config: Pick<Config, "cameras" | "gamepad" | "drive">;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** The terminal, for `keyboard:`; null where there is none. */
  readonly keyboard: KeyboardInput | null;
};

/** Opens all devices; when one fails, those opened before are closed again. */
export async function openDevices(options: DevicesOptions): Promise<Devices> {
  const { config, clock, log, keyboard } = options;
  const simulated = config.cameras.find(({ url }) => url.startsWith("sim:"));
  const simulation = createSimulation({ clock, log });
  const opened: { close: () => Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const device of opened.splice(0).reverse()) await device.close();
  };
  try {
    const cameras: Camera[] = [];
    for (const settings of config.cameras) {
      const camera = await openCamera(settings, {
        clock,
        log,
        random: options.random,
        drivers: { sim: simulation.openCamera },
      });
      cameras.push(camera);
      opened.push(camera);
    }
    const gamepadUrl =
      config.gamepad === "auto" && simulated !== undefined && !(await hasGamepad())
        ? "scripted:"
        : config.gamepad;
    const gamepad = await openGamepad(gamepadUrl, {
      clock,
      log,
      ...(keyboard === null ? {} : { keyboard }),
      drivers: simulation.gamepads,
    });
    opened.push(gamepad);
    const driveUrl = config.drive === "auto" ? (simulated === undefined ? "none:" : "sim:") : config.drive;
    const drive = await openDrive(driveUrl, { clock, log, drivers: simulation.drives });
    opened.push(drive);
    return { cameras, gamepad, drive, close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function hasGamepad(): Promise<boolean> {
  return (await listGamepads(createInputSystem())).length > 0;
}
