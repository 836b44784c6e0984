// `outrider watch`: looks at a camera or a folder of pictures until it ends or is told to, and says in numbers what was seen.

import { type Agent, type AgentOptions, openAgent } from "../agent.ts";
import { type Config, ConfigError } from "../config.ts";
import { sameScene } from "../embedded-default.ts";
import { openCatalog } from "../models/open-catalog.ts";
import { describeWatch, type Summary } from "../summary.ts";
import type { CameraFigures } from "./camera-figures.ts";
import { modelProblems } from "./model-problems.ts";
import type { Unreadable } from "./watcher.ts";

/** What a person asks for; null: what the configuration says. */
export type WatchWishes = {
  /** A camera's URL, or a folder; null: the cameras of the configuration that are watched. */
  readonly camera: string | null;
  readonly folder: string | null;
  readonly detector: string | null;
  /** "none": individuals are not told apart. */
  readonly embedder: string | null;
  readonly keep: "all" | "sequences" | null;
  readonly motion: boolean;
};

export type UnreadablePicture = { readonly file: string; readonly reason: string; readonly problem: string };

export type WatchReport = Summary & {
  readonly cameras: readonly CameraFigures[];
  /** Pictures that could not be read, by name. */
  readonly unreadable: readonly UnreadablePicture[];
  /** How many that is, with those whose very header was none. */
  readonly unreadableCount: number;
};

/** Frames a second of a camera that a person names in passing. */
const cameraFps = 10;

/** The configuration of a watch: nothing is driven and nothing recorded but what is seen. */
export function watchConfig(config: Config, wishes: WatchWishes): Config {
  const { folder, detector, embedder, keep } = wishes;
  const url = folder === null ? wishes.camera : `folder:${folder}`;
  const named = url === null ? null : namedCamera(config, url, folder === null ? "camera" : "folder");
  const cameras = named === null ? config.cameras.filter(({ watch }) => watch.enabled) : [named];
  return {
    ...config,
    cameras: cameras.map((camera) => ({
      ...camera,
      record: false,
      // One that is asked for is for all.
      watch: { ...camera.watch, detector: detector === null ? camera.watch.detector : null },
    })),
    gamepad: "none:",
    drive: { ...config.drive, url: "none:", pilot: "stick", shadow: false },
    record: { ...config.record, autostart: false },
    watch: {
      ...config.watch,
      enabled: true,
      detector: detector ?? config.watch.detector,
      embedder: embedder === null ? config.watch.embedder : embedder === "none" ? null : embedder,
      // Of a folder every picture was chosen by somebody.
      keep: keep ?? (folder === null ? config.watch.keep : "all"),
      motion: { ...config.watch.motion, enabled: config.watch.motion.enabled && wishes.motion },
    },
  };
}

/** A camera that a person names: as the configuration has it, when it has it. */
function namedCamera({ cameras }: Config, url: string, id: string): Config["cameras"][number] {
  const known = cameras.find((camera) => sameScene(camera.url, url));
  if (known !== undefined) return { ...known, url, watch: { ...known.watch, enabled: true } };
  const { watch, ...first } = cameras[0]!;
  return {
    ...first,
    id,
    url,
    fps: cameraFps,
    watch: { ...watch, enabled: true, detector: null, schedule: [], masks: [] },
  };
}

export type WatchRun = {
  readonly agent: Agent;
  /** Watches until the signal aborts or the pictures end. @throws when a camera gave nothing at all, with its reason. */
  readonly run: (signal: AbortSignal, options: { readonly hurry: AbortSignal }) => Promise<WatchReport>;
};

/**
 * Opens a watch; `agent` is closed by the caller.
 * @param onUnreadable told of every picture that is no use.
 * @throws ConfigError when a model is not there: whoever asks for a watch now wants to know it now.
 */
export async function openWatch(
  options: Omit<AgentOptions, "watching" | "keyboard">,
  onUnreadable: (picture: UnreadablePicture) => void,
): Promise<WatchRun> {
  const wrong = modelProblems(options.config, openCatalog(options.config));
  if (wrong.length > 0) throw new ConfigError("of this watch", wrong);
  const unreadable: UnreadablePicture[] = [];
  const agent = await openAgent({
    ...options,
    keyboard: null,
    watching: {
      mustOpen: true,
      eachOnce: options.config.cameras.some(({ url }) => url.startsWith("folder:")),
      onUnreadable: (each) => {
        const picture = nameOf(each);
        unreadable.push(picture);
        onUnreadable(picture);
      },
    },
  });
  return {
    agent,
    run: async (signal, { hurry }) => {
      const summary = await agent.run(signal, { hurry });
      const empty = agent.devices.cameras
        .map((camera) => camera.status())
        .find(({ problem }) => problem !== null);
      const left = agent.devices.cameras.reduce((sum, camera) => {
        const { unreadable: broken = 0, oversize = 0 } = camera.status().dropped;
        return sum + broken + oversize;
      }, 0);
      if (summary.watch?.frames === 0 && left === 0 && empty !== undefined) throw new Error(empty.problem!);
      return {
        ...summary,
        cameras: agent.watcher?.state().cameras ?? [],
        unreadable,
        unreadableCount: unreadable.length + left,
      };
    },
  };
}

/** The report for a person. */
export function describeWatchReport({ cameras, watch, unreadableCount }: WatchReport): string {
  const each = cameras.length < 2 ? [] : cameras.map((camera) => `${camera.id}: ${describeWatch(camera)}`);
  return [
    ...each,
    ...(watch === null ? [] : [describeWatch(watch)]),
    ...(unreadableCount === 0 ? [] : [`${unreadableCount} pictures could not be read`]),
  ].join("\n");
}

function nameOf({ frame, reason, words }: Unreadable): UnreadablePicture {
  const file = frame.truth?.file;
  return {
    file: typeof file === "string" ? file : `${frame.camera} ${frame.sequence}`,
    reason,
    problem: words,
  };
}
