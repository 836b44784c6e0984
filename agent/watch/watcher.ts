// The watcher: follows cameras beside the recorder and has the detector look at their frames, one at a time and cameras in turns.
// When it falls behind, it skips frames; nobody waits for it but a source that can wait.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../device/clock.ts";
import type { CapturedFrame } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import type { PictureHashes } from "../../device/picture-hashes.ts";
import type { Store } from "../../device/store/store.ts";
import { decodeGrey, decodePicture, PictureError } from "../../models/picture.ts";
import type { Picture } from "../../models/vision.ts";
import type { CameraHub, View } from "../camera-hub.ts";
import type { CameraConfig, Config } from "../config.ts";
import type { DeliveryPlan } from "../deliveries.ts";
import { createDraftEvent, type Emit } from "../events.ts";
import type { FrameIds } from "../frame-ids.ts";
import type { CameraFigures } from "./camera-figures.ts";
import { type CameraWatch, createCameraWatch } from "./camera-watch.ts";
import { createFairLine } from "./fair-line.ts";
import { createGatekeeper, type Gatekeeper } from "./gatekeeper.ts";
import type { KnownPictures } from "./known-pictures.ts";
import { createLookKeeper } from "./look-keeper.ts";
import type { NearDuplicates } from "./near-duplicates.ts";
import { recoverSequences } from "./recover.ts";
import { createSequenceEvents } from "./sequence-events.ts";
import { createModelKeeper, type WatchModels } from "./watch-models.ts";

/** A camera under watch. */
export type WatchedCamera = {
  readonly hub: CameraHub;
  readonly settings: CameraConfig["watch"];
  /** every: the source waits for the looks (a folder). newest: it does not wait (a camera). */
  readonly pace: "newest" | "every";
  /** true: every frame is looked at, whatever the time, the light and the motion. */
  readonly looksAtAll: boolean;
};

/** A frame that could not be decoded. */
export type Unreadable = { readonly frame: CapturedFrame; readonly reason: string; readonly words: string };

export type WatcherOptions = {
  readonly cameras: readonly WatchedCamera[];
  readonly watch: Config["watch"];
  /** The event of the session. */
  readonly event: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly plan: DeliveryPlan;
  readonly emit: Emit;
  readonly ids: FrameIds;
  readonly openModels: (signal: AbortSignal) => Promise<WatchModels>;
  /** true: models that cannot be opened end it at once. */
  readonly mustOpen: boolean;
  readonly mayCapture: () => boolean;
  /** Whether a camera is looked at, now; not given: each one is. */
  readonly isOn?: (camera: string) => boolean;
  readonly putHashes: ((imgId: string, hashes: PictureHashes) => void) | null;
  /** Not given: nobody asks whether pictures repeat. */
  readonly nearDuplicates?: NearDuplicates;
  readonly onKept: (frame: CapturedFrame, imgId: string) => void;
  readonly onUnreadable: (unreadable: Unreadable) => void;
  /** Told of sequences as they open, change and close, before that is on disk. */
  readonly onEvent: (type: string, body: object) => void;
  /** Not given: every picture is new. */
  readonly knownPictures?: KnownPictures;
};

export type WatchState = {
  /** idle: does not follow (yet, or any more). */
  readonly state: "idle" | "starting" | "watching" | "failed";
  /** Why the models do not work; null: they do. */
  readonly problem: string | null;
  /** How often the worker behind the models was lost and started again. */
  readonly restarts: number;
  readonly cameras: readonly CameraFigures[];
};

/** Life: create → follow once. */
export type Watcher = {
  /** Follows the cameras until the signal aborts or all of them ended; resolves when everything is on disk. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  readonly state: () => WatchState;
};

/** A frame in the line. Its picture is decoded while it waits, unless another one waited before it. */
type Waiting = {
  readonly post: Post;
  readonly frame: CapturedFrame;
  readonly picture: () => Promise<Picture>;
};

/** A camera with all that belongs to its watch. */
type Post = WatchedCamera & {
  readonly watch: CameraWatch;
  readonly gatekeeper: Gatekeeper;
  readonly view: View;
};

/** How often it is asked whether sequences are over of cameras that send nothing, ms. */
const expireEveryMs = 1_000;

export function createWatcher(options: WatcherOptions): Watcher {
  const { store, clock, log, emit, plan } = options;
  const draftEvent = createDraftEvent({ plan, clock });
  const line = createFairLine<Waiting>();
  let isFollowing = false;

  const say = (type: string, body: Readonly<Record<string, unknown>>, alert: boolean): void => {
    emit(type, body, { alert }).catch((cause: unknown) => log.error({ cause, type }, "an event is lost"));
  };
  const models = createModelKeeper({
    open: options.openModels,
    clock,
    log,
    mustOpen: options.mustOpen,
    onProblem: (problem) =>
      problem === null ? say("watch.recovered", {}, false) : say("watch.problem", { problem }, true),
  });
  const keeper = createLookKeeper({ ...options, store, plan });
  const events = createSequenceEvents({ draftEvent, store, onEvent: options.onEvent });
  const posts = options.cameras.map((camera): Post => {
    const watch = createCameraWatch({
      ...options,
      camera: camera.hub.camera.id,
      settings: camera.settings,
      looksAtAll: camera.looksAtAll,
      keeper,
      events,
    });
    return {
      ...camera,
      watch,
      gatekeeper: createGatekeeper({
        settings: camera.settings,
        motion: options.watch.motion,
        looksAtAll: camera.looksAtAll,
        decodeGrey,
        daylightAt: watch.daylightAt,
        isExpecting: watch.isExpecting,
        onFrozen: ({ frozen, reason, stillMs }) =>
          frozen
            ? say("camera.frozen", { camera: camera.hub.camera.id, reason, stillMs }, true)
            : say("camera.thawed", { camera: camera.hub.camera.id }, false),
      }),
      view: camera.hub.view({ pace: camera.pace, capacity: 1 }),
    };
  });

  const refuse = (post: Post, frame: CapturedFrame, cause: PictureError): void => {
    post.watch.book.skipped("undecodable");
    options.onUnreadable({ frame, reason: cause.reason, words: cause.message });
  };

  const offer = async (post: Post, frame: CapturedFrame, signal: AbortSignal): Promise<void> => {
    const { id } = post.hub.camera;
    if (post.pace === "every") await line.room(id, signal);
    let decoding: Promise<Picture> | null = null;
    const picture = (): Promise<Picture> => {
      decoding ??= decodePicture(frame.bytes, { signal });
      return decoding;
    };
    if (line.isFree(id)) picture().catch(() => undefined); // told to whoever takes it out of the line
    const older = line.offer(id, { post, frame, picture });
    if (older !== null) older.post.watch.book.skipped("busy");
  };

  const follow = async (post: Post, signal: AbortSignal): Promise<void> => {
    for await (const frame of post.view.frames(signal)) {
      post.watch.book.came();
      if (options.isOn?.(post.hub.camera.id) === false) {
        post.watch.book.skipped("off");
        continue;
      }
      if (post.pace === "every" && (await models.ready(signal)) === null) return;
      if (models.current() === null) {
        post.watch.book.skipped("no model");
        continue;
      }
      try {
        const reason = await post.gatekeeper.judge(frame);
        if (reason === null) await offer(post, frame, signal);
        else post.watch.book.skipped(reason);
      } catch (cause) {
        if (!(cause instanceof PictureError)) throw cause;
        refuse(post, frame, cause);
      }
    }
  };

  const look = async ({ post, frame, picture }: Waiting, signal: AbortSignal): Promise<void> => {
    const open = models.current();
    if (open === null) {
      post.watch.book.skipped("no model");
      return;
    }
    try {
      await post.watch.look(frame, await picture(), { models: open, signal });
      models.worked();
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof PictureError) refuse(post, frame, cause);
      else {
        post.watch.book.skipped("no model");
        log.warn({ camera: post.hub.camera.id, cause }, "a frame could not be looked at");
        models.failed(cause);
      }
    }
  };

  const lookOn = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const next = await line.take(signal);
      if (next === null) return;
      await look(next, signal);
      // Others have their turn between two looks, however fast the looks are.
      await nextTurn();
    }
  };

  const expire = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(expireEveryMs, signal).catch(() => undefined);
      for (const { pace, watch } of posts) if (pace === "newest") watch.expire(clock.monotonicNs());
    }
  };

  return {
    follow: async (signal) => {
      const ended = new AbortController();
      const both = AbortSignal.any([signal, ended.signal]);
      isFollowing = true;
      const recovered = await recoverSequences(store, { draftEvent, plan });
      if (recovered.length > 0)
        log.info({ sequences: recovered.length }, "sequences that were cut off are closed");
      const keeping = models.run(both).catch((cause: unknown) => {
        ended.abort(cause);
        throw cause;
      });
      keeping.catch(() => undefined); // awaited when all has ended
      const background = [keeping, expire(both), options.nearDuplicates?.run(both)];
      try {
        const looking = lookOn(both);
        const ends = await Promise.allSettled(posts.map((post) => follow(post, both)));
        // Whoever wants to know that the models open is told also when there was nothing to look at.
        if (options.mustOpen) await models.ready(both);
        line.end();
        await looking;
        for (const [index, each] of ends.entries())
          if (each.status === "rejected" && !both.aborted)
            log.error(
              { cause: each.reason, camera: posts[index]!.hub.camera.id },
              "a camera cannot be watched",
            );
      } finally {
        ended.abort();
        isFollowing = false;
        await Promise.all(posts.map(({ watch }) => watch.end()));
        await Promise.all(background);
      }
    },
    state: () => {
      const problem = models.problem();
      const atNs = clock.monotonicNs();
      return {
        state: !isFollowing
          ? "idle"
          : problem !== null
            ? "failed"
            : models.current() === null
              ? "starting"
              : "watching",
        problem,
        restarts: models.current()?.status().restarts ?? 0,
        cameras: posts.map(({ watch, view, gatekeeper }) => {
          const figures = { ...watch.figures(atNs), frozen: gatekeeper.isFrozen() };
          const lost = view.lost();
          if (lost === 0) return figures;
          const { busy = 0 } = figures.skipped;
          return {
            ...figures,
            frames: figures.frames + lost,
            skipped: { ...figures.skipped, busy: busy + lost },
          };
        }),
      };
    },
  };
}
