// Opens what the machine has, as configured: cameras, gamepad and drive; the simulated car's parts share one world.
import type { Camera } from "../device/camera/camera.ts";
import { openCamera } from "../device/camera/open.ts";
import { createSimulation } from "../device/camera/sim/simulation.ts";
import type { Clock } from "../device/clock.ts";
import { parseDeviceUrl } from "../device/device-url.ts";
import { parseBoard } from "../device/drive/board.ts";
import { type Drive, remoteValidMs } from "../device/drive/drive.ts";
import { openGuardedDrive } from "../device/drive/guard.ts";
import { startGuard } from "../device/drive/guard-link.ts";
import { openDrive } from "../device/drive/open.ts";
import { createInputSystem, listGamepads } from "../device/gamepad/discovery.ts";
import type { Gamepad } from "../device/gamepad/gamepad.ts";
import type { KeyboardInput } from "../device/gamepad/keyboard.ts";
import { openGamepad } from "../device/gamepad/open.ts";
import type { Log } from "../device/log.ts";
import { createReplayStart } from "../device/replay-start.ts";
import { createClosing } from "./closing.ts";
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
  // Only a track has a car: a simulated camera post stands still.
  const simulated = config.cameras.find(({ url }) => url.startsWith("sim:track"));
  const simulation = createSimulation({ clock, log });
  const replayStartNs = createReplayStart(clock);
  const automatic = simulated === undefined ? "none:" : "sim:";
  const driveUrl = config.drive.url === "auto" ? automatic : config.drive.url;
  const named = parseDeviceUrl(driveUrl);
  const isSimulated = named.driver === "sim";
  const canMove = isSimulated || parseBoard(named) !== null;
  const closing = createClosing();
  // At once: a process takes a moment to come up, and cameras and gamepad are opened meanwhile.
  const guard = config.drive.guard && canMove ? closing.add(startGuard({ clock, log })) : null;
  try {
    const cameras: Camera[] = [];
    for (const settings of config.cameras) {
      const camera = await openCamera(settings, {
        clock,
        log,
        replayStartNs,
        random: options.random,
        drivers: { sim: simulation.openCamera },
      });
      cameras.push(closing.add(camera));
    }
    // While the guard comes up; later it would take this for a driver who fell silent.
    if (guard !== null && isSimulated) simulation.prepare();
    const gamepadUrl =
      config.gamepad === "auto" && simulated !== undefined && !(await hasGamepad())
        ? handsFor(config, keyboard)
        : config.gamepad;
    const gamepad = closing.add(
      await openGamepad(gamepadUrl, {
        clock,
        log,
        replayStartNs,
        ...(keyboard === null ? {} : { keyboard }),
        drivers: simulation.gamepads,
      }),
    );
    const open = (): Promise<Drive> => openDrive(driveUrl, { clock, log, drivers: simulation.drives });
    const drive = closing.add(
      guard === null
        ? await open()
        : await openGuardedDrive({
            url: driveUrl,
            // The simulated car is in our world: its guard tells us what it may do.
            // It also paints its pictures in this process, which says nothing meanwhile; a real camera's are made elsewhere.
            ...(isSimulated ? { local: await open(), leastValidMs: remoteValidMs } : {}),
            clock,
            log,
            first: guard,
          }),
    );
    return { cameras, gamepad, drive, close: closing.close };
  } catch (cause) {
    // The first failure is the one to tell.
    await closing.close().catch((failure: unknown) => log.debug({ failure }, "closing failed, too"));
    throw cause;
  }
}

/** Who is at the simulated car: a scripted driver; beside a model a person who can take over, if there is one. */
function handsFor({ drive }: Pick<Config, "drive">, keyboard: KeyboardInput | null): string {
  if (drive.pilot === "stick") return "scripted:";
  return keyboard === null ? "none:" : "keyboard:";
}

async function hasGamepad(): Promise<boolean> {
  return (await listGamepads(createInputSystem())).length > 0;
}
