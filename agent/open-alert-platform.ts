// Opens the alert platform for each camera that it is told of, as configured: every camera has a token, a target and a line of its own.
import type { Store } from "../device/store/store.ts";
import type { Pace } from "../sync/bandwidth.ts";
import { createPlatformDevice, type PlatformDevice } from "../sync/clients/platform-device.ts";
import { alertPlatformName, createAlertPlatformTarget } from "../sync/targets/alert-platform.ts";
import type { Target } from "../sync/targets/target.ts";
import type { Config } from "./config.ts";
import { type Environment, readPlatformToken } from "./credentials.ts";
import type { AlertTarget } from "./deliveries.ts";
import { isOneOf } from "./sequence-places.ts";

/** A camera that the platform is told of. */
export type PlatformCamera = { readonly camera: string; readonly pose: number };

/** None: no platform is configured. */
export function platformCameras({
  cameras,
  sync,
}: Pick<Config, "cameras" | "sync">): readonly PlatformCamera[] {
  if (sync.platform === null) return [];
  return cameras.flatMap(({ id, platform }) =>
    platform === null ? [] : [{ camera: id, pose: platform.pose }],
  );
}

/** What the outbox calls the lines of the cameras. */
export function configuredPlatformNames(config: Pick<Config, "cameras" | "sync">): readonly string[] {
  const { platform } = config.sync;
  if (platform === null) return [];
  return platformCameras(config).map(({ camera }) => alertPlatformName(platform.url, camera));
}

/** The client of one camera. The platform must be configured. @throws CredentialsError */
export function openPlatformDevice(
  {
    config,
    env,
    pace,
  }: { readonly config: Pick<Config, "cameras" | "sync">; readonly env: Environment; readonly pace?: Pace },
  camera: string,
): PlatformDevice {
  const { platform, caFile } = config.sync;
  const who = { camera, isOnly: platformCameras(config).length === 1 };
  // Asked once now, so that a missing token is said before anything is done.
  readPlatformToken(env, who);
  return createPlatformDevice({
    url: platform!.url,
    token: async () => readPlatformToken(env, who),
    ...(caFile === null ? {} : { caFile }),
    ...(pace === undefined ? {} : { pace }),
  });
}

/** The targets, and what of them the plan has to know. @throws CredentialsError */
export function openAlertTargets(deps: {
  readonly config: Config;
  readonly store: Store;
  readonly env: Environment;
  readonly pace?: Pace;
}): readonly { readonly target: Target; readonly plan: AlertTarget }[] {
  const { config, store } = deps;
  return platformCameras(config).map(({ camera, pose }) => {
    const { classes, everyMs } = config.sync.platform!;
    const device = openPlatformDevice(deps, camera);
    const target = createAlertPlatformTarget({ device, camera, pose, store });
    const takes = (className: string): boolean => isOneOf(className, classes);
    return { target, plan: { name: target.name, camera, takes, everyMs } };
  });
}
