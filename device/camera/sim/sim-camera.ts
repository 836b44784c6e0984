// A camera that films a scene: paced by the clock, or as fast as its frames are taken. Which scene is no matter here.
import { setImmediate as nextTurn } from "node:timers/promises";
import sharp from "sharp";
import type { CapturedFrame } from "../../frame.ts";
import type { Camera, CameraDeps, CameraSettings, CameraState } from "../camera.ts";
import { createFrameRate } from "./frame-rate.ts";
import type { Scene } from "./scene.ts";
import type { SimTime } from "./sim-time.ts";
import type { SimUrl } from "./sim-url.ts";
import { stampFrame } from "./stamp.ts";

export type SimCameraOptions = {
  readonly settings: CameraSettings;
  readonly pace: SimUrl["pace"];
  /** Ends after so many frames, dropped ones included; null: never. */
  readonly frames: SimUrl["frames"];
  readonly time: SimTime;
  /** Called once, when the first frame is asked for: building a scene may take a second. */
  readonly openScene: () => Scene;
};

/** Frames kept for a consumer that is late: a quarter of a second at 30 a second. */
const mostWaiting = 8;

/** A slot missed by less is still taken, late, as from the buffers of a real camera's driver; the frame says its true time. */
const slotsOfPatience = 2;

/** Opens a simulated camera. */
export function createSimCamera(options: SimCameraOptions, { clock, log }: CameraDeps): Camera {
  const { settings, pace, time } = options;
  const limit = options.frames ?? Number.POSITIVE_INFINITY;
  const closing = new AbortController();
  const rate = createFrameRate();
  const waiting: CapturedFrame[] = [];
  let state: CameraState = "starting";
  let sequence = 0;
  let delivered = 0;
  let lag = 0;
  let newestFrameNs: number | null = null;
  let problem: string | null = null;
  let isOpened = false;
  let filming: Promise<void> = Promise.resolve();
  let wakeConsumer = (): void => undefined;

  function encode(pixels: Uint8ClampedArray): Promise<Uint8Array> {
    const { width, height, quality } = settings;
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
  }

  /** The first pictures of a process are slow (code is compiled, libraries loaded): they are made before time counts. */
  async function warmUp(scene: Scene, pixels: Uint8ClampedArray): Promise<void> {
    for (let picture = 0; picture < 3; picture++) {
      scene.paint(pixels);
      await encode(pixels);
    }
  }

  /** Takes one picture of the present. */
  async function shoot(scene: Scene, pixels: Uint8ClampedArray): Promise<CapturedFrame> {
    const { id: camera, width, height } = settings;
    const moment = clock.now();
    scene.advanceTo(time.atS(moment.monotonicNs));
    scene.paint(pixels);
    const truth = scene.truth();
    const own = sequence;
    sequence += 1;
    const jpeg = await encode(pixels);
    const bytes = stampFrame(jpeg, { camera, sequence: own, monotonicNs: moment.monotonicNs });
    state = "online";
    newestFrameNs = moment.monotonicNs;
    rate.count(moment.monotonicNs);
    return { camera, sequence: own, moment, bytes, mediaType: "image/jpeg", width, height, truth };
  }

  /** Fills `waiting` at the camera's rate until the end or until stopped; what is late is counted, never caught up. */
  async function filmByClock(scene: Scene, pixels: Uint8ClampedArray, stop: AbortSignal): Promise<void> {
    await warmUp(scene, pixels);
    const startS = time.nowS();
    while (sequence < limit) {
      await time.until(startS + sequence / settings.fps, stop);
      // A ten-thousandth of a frame of tolerance for rounding.
      const due = Math.min(limit - 1, Math.floor((time.nowS() - startS) * settings.fps + 1e-4));
      if (due - sequence > slotsOfPatience) {
        lag += due - sequence;
        sequence = due;
      }
      waiting.push(await shoot(scene, pixels));
      if (waiting.length > mostWaiting) {
        waiting.shift();
        lag += 1;
      }
      wakeConsumer();
    }
  }

  async function* takeFromClock(scene: Scene, pixels: Uint8ClampedArray, stop: AbortSignal) {
    let isOver = false;
    filming = filmByClock(scene, pixels, stop)
      .catch((cause: unknown) => {
        if (!stop.aborted) fail(cause);
      })
      .finally(() => {
        isOver = true;
        wakeConsumer();
      });
    while (!stop.aborted) {
      const frame = waiting.shift();
      if (frame !== undefined) {
        delivered += 1;
        yield frame;
      } else if (isOver) {
        if (problem !== null) throw new Error(problem);
        return;
      } else {
        await new Promise<void>((resolve) => {
          wakeConsumer = resolve;
        });
      }
    }
  }

  /** Time is what the frames say: it moves on by one frame whenever one is asked for. */
  async function* takeAsAsked(scene: Scene, pixels: Uint8ClampedArray, stop: AbortSignal) {
    const lead = time.lead();
    try {
      while (sequence < limit && !stop.aborted) {
        if (sequence > 0) lead.advance(1 / settings.fps);
        // Whoever waits for this time (a driver's hands) acts before the picture is taken.
        await nextTurn();
        const frame = await shoot(scene, pixels);
        delivered += 1;
        yield frame;
      }
    } finally {
      lead.release();
    }
  }

  function fail(cause: unknown): void {
    problem = `camera ${settings.id}: ${cause instanceof Error ? cause.message : String(cause)}`;
    log.error({ camera: settings.id, err: cause }, "the simulated camera cannot make pictures");
  }

  async function* frames(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined> {
    if (isOpened)
      throw new Error(`Expected frames() of camera ${settings.id} to be called once, got a second call`);
    isOpened = true;
    const leaving = new AbortController();
    const stop = AbortSignal.any([signal, closing.signal, leaving.signal]);
    stop.addEventListener("abort", () => wakeConsumer());
    if (stop.aborted) return;
    try {
      const scene = options.openScene();
      const pixels = new Uint8ClampedArray(settings.width * settings.height * 3);
      yield* pace === "asap" ? takeAsAsked(scene, pixels, stop) : takeFromClock(scene, pixels, stop);
    } finally {
      leaving.abort();
      state = "ended";
    }
  }

  return {
    id: settings.id,
    frames,
    status: () => ({
      state,
      frames: delivered,
      dropped: (lag > 0 ? { lag } : {}) as Readonly<Record<string, number>>,
      restarts: 0,
      newestFrameNs,
      fps: rate.at(clock.monotonicNs()),
      problem,
    }),
    close: async () => {
      closing.abort();
      await filming;
      state = "ended";
    },
  };
}
