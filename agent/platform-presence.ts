// The signs of life of cameras on the alert platform: only of one that gives new pictures, and that is not frozen; and now and then a picture.
// A camera that stands is silent there, so that somebody comes and looks.
import type { Clock } from "../device/clock.ts";
import type { CapturedFrame } from "../device/frame.ts";
import type { Log } from "../device/log.ts";
import type { PlatformDevice } from "../sync/clients/platform-device.ts";
import { asSyncError } from "../sync/errors.ts";
import { checkPose } from "../sync/targets/alert-platform.ts";
import { withinLimit } from "../sync/within-limit.ts";

/** A camera, and what is known of it here. */
export type PresentCamera = {
  readonly camera: string;
  readonly pose: number;
  readonly device: PlatformDevice;
  /** Monotonic ns of its newest picture that differed from the one before; null: none yet. */
  readonly newestNs: () => number | null;
  /** The same scene again and again. */
  readonly isFrozen: () => boolean;
  /** The newest picture; null: none yet. */
  readonly newestPicture: () => CapturedFrame | null;
  /** Without a new picture for so long it counts as dead, ms. */
  readonly silenceMs: number;
};

export type PresenceOptions = {
  readonly cameras: readonly PresentCamera[];
  readonly heartbeatMs: number;
  /** null: no pictures. */
  readonly imageEveryMs: number | null;
  /** false: a person stopped the sending, or the link costs money and alerts alone may go. A sign of life is small and goes then, too. */
  readonly mayShow: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
};

/** A heartbeat that takes longer says that there is no link, ms. */
const patienceMs = 20_000;
/** So long a picture may keep the next sign of life waiting, ms. */
const picturePatienceMs = 60_000;

/** Tells until the signal aborts; never throws for a platform that is away. */
export async function followPresence(options: PresenceOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(options.cameras.map((camera) => followCamera(camera, options, signal)));
}

async function followCamera(
  present: PresentCamera,
  { heartbeatMs, imageEveryMs, mayShow, clock, log }: PresenceOptions,
  signal: AbortSignal,
): Promise<void> {
  const { camera, device, newestNs, isFrozen, newestPicture, silenceMs } = present;
  let said: string | null = null;
  let isChecked = false;
  /** Of the newest picture that was told as alive: it is not told twice. */
  let toldNs: number | null = null;
  let shownNs: number | null = null;

  const isAlive = (): boolean => {
    const newest = newestNs();
    if (newest === null || newest === toldNs || isFrozen()) return false;
    return clock.monotonicNs() - newest <= silenceMs * 1e6;
  };
  const isShowDue = (): boolean =>
    imageEveryMs !== null &&
    mayShow() &&
    (shownNs === null || clock.monotonicNs() - shownNs >= imageEveryMs * 1e6);
  /** true: the platform has heard of it. */
  const tellOnce = async (until: AbortSignal): Promise<boolean> => {
    if (!isChecked) {
      await checkPose(device, present, until);
      isChecked = true;
    }
    if (!isAlive()) return false;
    const newest = newestNs();
    await device.heartbeat(until);
    toldNs = newest;
    return true;
  };
  const showWhenDue = async (): Promise<void> => {
    const picture = isShowDue() ? newestPicture() : null;
    if (picture === null) return;
    // Also where it fails: again with every sign of life, it would leave a slow link no room for alerts.
    shownNs = clock.monotonicNs();
    const show = (until: AbortSignal): Promise<void> => device.updateImage(picture.bytes, until);
    try {
      await withinLimit(show, { limitMs: picturePatienceMs, doing: `picture of camera ${camera}`, signal });
    } catch (cause) {
      signal.throwIfAborted();
      const problem = asSyncError(cause, `picture of camera ${camera}`).message;
      log.info({ camera, problem }, "the alert platform was not shown how the camera looks");
    }
  };

  while (!signal.aborted) {
    try {
      const doing = `sign of life of camera ${camera}`;
      const isTold = await withinLimit(tellOnce, { limitMs: patienceMs, doing, signal });
      if (isTold) {
        if (said !== null) log.info({ camera }, "the alert platform hears of the camera again");
        said = null;
        await showWhenDue();
      }
    } catch (cause) {
      if (signal.aborted) break;
      const problem = asSyncError(cause, `sign of life of camera ${camera}`).message;
      // A link may be away for days: it is said once.
      if (problem !== said) log.warn({ camera, problem }, "the alert platform does not hear of the camera");
      said = problem;
    }
    await clock.sleep(heartbeatMs, signal).catch(() => undefined);
  }
}
