// Opens the signs of life of the cameras that an alert platform is told of.
import type { Clock } from "../device/clock.ts";
import type { Log } from "../device/log.ts";
import type { Drain } from "../sync/drain.ts";
import { type Closing, createClosing } from "./closing.ts";
import type { Config } from "./config.ts";
import type { Environment } from "./credentials.ts";
import type { Devices } from "./devices.ts";
import { silenceMs } from "./health.ts";
import type { NewestPictures } from "./newest-picture.ts";
import { openPlatformDevice, platformCameras } from "./open-alert-platform.ts";
import { followPresence } from "./platform-presence.ts";
import type { Watcher } from "./watch/watcher.ts";

/** Life: open → follow once → close. */
export type Presence = {
  /** Tells until the signal aborts; nothing to do where no platform is configured. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  readonly close: Closing["close"];
};

/** Nothing is sent yet. @throws CredentialsError */
export function openPresence(options: {
  readonly config: Config;
  readonly env: Environment;
  readonly devices: Pick<Devices, "cameras">;
  readonly watcher: Watcher | null;
  readonly pictures: NewestPictures;
  readonly drain: Pick<Drain, "isPaused">;
  readonly isMetered: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
}): Presence {
  const { config, devices, watcher, pictures, drain, isMetered, clock, log } = options;
  const closing = createClosing();
  const { platform } = config.sync;
  if (platform === null) return { follow: async () => undefined, close: closing.close };
  const cameras = platformCameras(config).flatMap(({ camera, pose }) => {
    const open = devices.cameras.find(({ id }) => id === camera);
    if (open === undefined) return [];
    const { fps } = config.cameras.find(({ id }) => id === camera)!;
    return [
      {
        camera,
        pose,
        device: closing.add(openPlatformDevice(options, camera)),
        newestNs: () => open.status().newestFrameNs,
        isFrozen: () => watcher?.state().cameras.find(({ id }) => id === camera)?.frozen === true,
        newestPicture: () => pictures.of(camera),
        silenceMs: silenceMs(config, fps),
      },
    ];
  });
  const { heartbeatMs, imageEveryMs } = platform;
  const mayShow = (): boolean => !drain.isPaused() && !isMetered();
  return {
    follow: (signal) => followPresence({ cameras, heartbeatMs, imageEveryMs, mayShow, clock, log }, signal),
    close: closing.close,
  };
}
