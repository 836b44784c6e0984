// The simulated machine: one car on one track with its drive and somebody at the gamepad, and as many camera posts as are wanted, all
// in the same time.
import type { Clock } from "../../clock.ts";
import { checkOptions, DeviceUrlError } from "../../device-url.ts";
import type { Drive } from "../../drive/drive.ts";
import type { DriveDrivers } from "../../drive/open.ts";
import { createSimDrive } from "../../drive/sim.ts";
import type { Gamepad } from "../../gamepad/gamepad.ts";
import type { GamepadDrivers } from "../../gamepad/open.ts";
import { createScriptedGamepad, parseScriptedUrl, type ScriptedUrl } from "../../gamepad/scripted.ts";
import type { Log } from "../../log.ts";
import type { Camera, CameraSettings } from "../camera.ts";
import type { Scenery } from "./paint.ts";
import { createPosts } from "./posts.ts";
import type { Scene } from "./scene.ts";
import { createSimCamera } from "./sim-camera.ts";
import { createSimTime } from "./sim-time.ts";
import { parseSimUrl, type SimUrl } from "./sim-url.ts";
import { createTrackWorld, type TrackWorld } from "./track.ts";
import { createTrackScene } from "./track-scene.ts";
import { createTrackScenery } from "./track-scenery.ts";

/** A simulation. Each thing opened is closed by whoever opened it; the simulation itself holds nothing to close. */
export type Simulation = {
  /**
   * Each camera post has a world of its own; cameras on the track share one, since there is one car.
   * @throws Error for an address or a picture size that cannot be used, or one that names another seed than the track's.
   */
  readonly openCamera: (settings: CameraSettings) => Camera;
  /** The one car; drives opened twice steer the same wheels. */
  readonly openDrive: () => Drive;
  readonly openScriptedGamepad: (options?: Partial<ScriptedUrl>) => Gamepad;
  /** The drive and the scripted gamepad by name (`sim:`, `scripted:?y=12&b=30`), for openDrive and openGamepad. */
  readonly drives: DriveDrivers;
  readonly gamepads: GamepadDrivers;
  /** Builds what is painted from, now and not with the first pictures: about a second a place in which nothing else is done. */
  readonly prepare: () => void;
  /** The track, for whoever wants to know what is true. */
  readonly world: () => TrackWorld;
};

export type SimulationOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** Of the track, and of camera posts whose address names none; not given: that of the track's first camera, or 1. */
  readonly seed?: number;
};

/** Begins a simulation; its time starts now. The track is made by what is opened first, so open cameras before the rest. */
export function createSimulation({ clock, log, seed }: SimulationOptions): Simulation {
  const time = createSimTime(clock);
  let made: TrackWorld | null = null;
  let scenery: Scenery | null = null;
  const openPost = createPosts();
  /** What each camera post looks at; a place that several look at is built once. */
  const posts: (() => Scene)[] = [];

  function worldOf(wanted: number | null): TrackWorld {
    made ??= createTrackWorld({ seed: seed ?? wanted ?? 1 });
    if (wanted !== null && wanted !== made.seed) {
      throw new DeviceUrlError(
        `Expected seed=${made.seed}, since one simulation has one track, got seed=${wanted}`,
      );
    }
    return made;
  }

  /** How the scene of an address is made; what the address asks for is checked at once. */
  function sceneOf(url: SimUrl, size: { readonly width: number; readonly height: number }): () => Scene {
    const { width, height } = size;
    if (url.world !== "track") {
      const post = (): Scene => openPost({ url, seed: url.seed ?? seed ?? 1, width, height });
      posts.push(post);
      return post;
    }
    const world = worldOf(url.seed);
    return () => createTrackScene(world, sceneryOf(world), { width, height });
  }

  function sceneryOf(world: TrackWorld): Scenery {
    scenery ??= createTrackScenery(world);
    return scenery;
  }

  const openDrive = (): Drive => createSimDrive(worldOf(null), time);
  const openScriptedGamepad = (options: Partial<ScriptedUrl> = {}): Gamepad =>
    createScriptedGamepad({ world: worldOf(null), time, ...options }, { clock, log });

  return {
    openCamera: (settings) => {
      checkSettings(settings);
      const url = parseSimUrl(settings.url);
      const { pace, frames } = url;
      return createSimCamera(
        { settings, pace, frames, time, openScene: sceneOf(url, settings) },
        { clock, log },
      );
    },
    openDrive,
    openScriptedGamepad,
    drives: {
      sim: (url) => {
        checkOptions(url, []);
        return openDrive();
      },
    },
    gamepads: { scripted: (url) => openScriptedGamepad(parseScriptedUrl(url)) },
    prepare: () => {
      sceneryOf(worldOf(null));
      for (const post of posts) post();
    },
    world: () => worldOf(null),
  };
}

function checkSettings(settings: CameraSettings): void {
  const rules = [
    ["width", 64, 1920],
    ["height", 48, 1080],
    ["fps", 1, 120],
    ["quality", 1, 100],
  ] as const;
  const problems = rules.flatMap(([name, least, most]) => {
    const value = settings[name];
    const isWhole = name === "fps" || Number.isInteger(value);
    if (isWhole && value >= least && value <= most) return [];
    return [`  Expected ${name} to be ${least}–${most}, got ${value}`];
  });
  if (problems.length > 0)
    throw new DeviceUrlError(`camera ${settings.id} cannot be used:\n${problems.join("\n")}`);
}
