// The watcher of an agent, as configured; and the cameras as the recorder sees them beside it.
import type { Camera } from "../../device/camera/camera.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import { packHashes } from "../../device/store/hashes.ts";
import { type CameraHub, cameraOfView, createCameraHub } from "../camera-hub.ts";
import type { Config } from "../config.ts";
import { createKnownPictures } from "./known-pictures.ts";
import { createNearDuplicates } from "./near-duplicates.ts";
import { openWatchModels, watchedCameras } from "./open-models.ts";
import { paceOf } from "./pace.ts";
import { createWatcher, type Unreadable, type Watcher, type WatcherOptions } from "./watcher.ts";

/** What a verb may want otherwise than an agent that runs for months. */
export type WatchOptions = Partial<Pick<WatcherOptions, "openModels" | "mustOpen" | "onEvent">> & {
  /** true: the same picture is the same frame, and a detector that looked at it does not look again. For folders. */
  readonly eachOnce?: boolean;
  /** Told of frames that cannot be decoded; not given: they are only counted. */
  readonly onUnreadable?: (unreadable: Unreadable) => void;
};

export type OpenWatcherOptions = Pick<
  WatcherOptions,
  "store" | "clock" | "log" | "plan" | "emit" | "ids" | "mayCapture" | "isOn"
> & {
  readonly config: Config;
  readonly cameras: readonly Camera[];
  readonly watching: WatchOptions;
  readonly onKept: (frame: CapturedFrame, imgId: string) => void;
};

export type OpenedWatcher = {
  /** null: nothing is watched. */
  readonly watcher: Watcher | null;
  /** The cameras of the recorder. */
  readonly recorded: readonly Camera[];
};

/** Frames that may wait for the recorder: two seconds at 30 a second; it takes them at once. */
const recorderCapacity = 64;

export function openWatcher(options: OpenWatcherOptions): OpenedWatcher {
  const { config, store, clock, log, watching } = options;
  const wanted = config.watch.enabled ? watchedCameras(config) : [];
  const hubs = new Map<string, CameraHub>();
  for (const camera of options.cameras)
    if (wanted.some(({ id }) => id === camera.id)) hubs.set(camera.id, createCameraHub(camera));
  const recorded = options.cameras.flatMap((camera) => {
    const settings = config.cameras.find(({ id }) => id === camera.id)!;
    if (!settings.record) return [];
    const hub = hubs.get(camera.id);
    // A camera that only the recorder follows needs nobody between them.
    if (hub === undefined) return [camera];
    return [cameraOfView(camera, hub.view({ pace: paceOf(settings.url), capacity: recorderCapacity }))];
  });
  if (hubs.size === 0) return { watcher: null, recorded };
  const watcher = createWatcher({
    ...options,
    cameras: wanted.flatMap(({ id, url, watch }) => {
      const hub = hubs.get(id);
      const pace = paceOf(url);
      return hub === undefined ? [] : [{ hub, settings: watch, pace, looksAtAll: pace === "every" }];
    }),
    watch: config.watch,
    event: config.session.event,
    openModels: watching.openModels ?? ((signal) => openWatchModels({ config, store, clock, log }, signal)),
    mustOpen: watching.mustOpen ?? false,
    putHashes: (imgId, hashes) => store.seen.hashes.put(imgId, packHashes(hashes)),
    ...(watching.eachOnce === true ? { knownPictures: createKnownPictures(store) } : {}),
    nearDuplicates: createNearDuplicates({ store, log }),
    onUnreadable: watching.onUnreadable ?? (() => undefined),
    onEvent: watching.onEvent ?? (() => undefined),
  });
  return { watcher, recorded };
}
