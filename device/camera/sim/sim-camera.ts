// A camera that films a scene: paced by the clock, or as fast as its frames are taken. Which scene is no matter here.
import { setImmediate as nextTurn } from "node:timers/promises";
import sharp from "sharp";
import type { CapturedFrame } from "../../frame.ts";
import type { Camera, CameraDeps, CameraSettings } from "../camera.ts";
import { createFrameQueue } from "../frame-queue.ts";
import { createCameraTally } from "../tally.ts";
import type { Scene } from "./scene.ts";
import type { SimTime, TimeLead } from "./sim-time.ts";
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

/** What pictures are made of: the scene and the one buffer they are painted into. */
type Film = { readonly scene: Scene; readonly pixels: Uint8ClampedArray; readonly stop: AbortSignal };

/** Frames kept for a consumer that is late: a quarter of a second at 30 a second. */
const mostWaiting = 8;
/** A slot missed by less is still taken, late, as from the buffers of a real camera's driver; the frame says its true time. */
const slotsOfPatience = 2;

/** Opens a simulated camera. */
export function createSimCamera(options: SimCameraOptions, { clock, log }: CameraDeps): Camera {
  const { settings, pace, time } = options;
  const { id: camera, width, height, quality } = settings;
  const limit = options.frames ?? Number.POSITIVE_INFINITY;
  const closing = new AbortController();
  const tally = createCameraTally(clock);
  // Taken at once: whatever else begins after this camera begins in its time, however long the scene takes to build.
  const lead = pace === "asap" ? time.lead() : null;
  let isTaken = false;
  let filming: Promise<void> = Promise.resolve();

  function encode(pixels: Uint8ClampedArray): Promise<Uint8Array> {
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality })
      .toBuffer();
  }

  /** Takes one picture of the present. */
  async function shoot({ scene, pixels }: Film): Promise<CapturedFrame> {
    const sequence = tally.count();
    const moment = clock.now();
    const { monotonicNs } = moment;
    scene.advanceTo(time.atS(monotonicNs));
    scene.paint(pixels);
    const truth = scene.truth();
    const bytes = stampFrame(await encode(pixels), { camera, sequence, monotonicNs });
    tally.become("online");
    tally.saw(monotonicNs, true);
    return { camera, sequence, moment, bytes, mediaType: "image/jpeg", width, height, truth };
  }

  /** The first pictures of a process are slow (code is compiled, libraries loaded): they are made before time counts. */
  async function warmUp({ scene, pixels }: Film): Promise<void> {
    for (let picture = 0; picture < 3; picture++) {
      scene.paint(pixels);
      await encode(pixels);
    }
  }

  /** Takes a picture in every slot of the clock. */
  async function filmByClock(film: Film, give: (frame: CapturedFrame) => void): Promise<void> {
    await warmUp(film);
    const startS = time.nowS();
    for (let slot = 0; slot < limit; slot++) {
      await time.until(startS + slot / settings.fps, film.stop);
      // A ten-thousandth of a frame of tolerance for rounding.
      const due = Math.min(limit - 1, Math.floor((time.nowS() - startS) * settings.fps + 1e-4));
      if (due - slot > slotsOfPatience) {
        tally.dropped("lag", due - slot);
        for (; slot < due; slot++) tally.count();
      }
      give(await shoot(film));
    }
  }

  async function* takeFromClock(film: Film): AsyncGenerator<CapturedFrame, void, undefined> {
    const queue = createFrameQueue<CapturedFrame>({ capacity: mostWaiting, onTake: tally.delivered });
    const give = (frame: CapturedFrame): void => {
      if (queue.push(frame) !== null) tally.dropped("lag");
    };
    filming = filmByClock(film, give).then(queue.end, (cause: unknown) => {
      if (film.stop.aborted) queue.end();
      else queue.fail(cause instanceof Error ? cause : new Error(String(cause)));
    });
    yield* queue.take(film.stop);
  }

  /** Time is what the frames say: it moves on by one frame whenever one is asked for. */
  async function* takeAsAsked(film: Film, lead: TimeLead): AsyncGenerator<CapturedFrame, void, undefined> {
    for (let frame = 0; frame < limit && !film.stop.aborted; frame++) {
      if (frame > 0) lead.advance(1 / settings.fps);
      // Whoever waits for this time (a driver's hands) acts before the picture is taken.
      await nextTurn();
      const shot = await shoot(film);
      tally.delivered();
      yield shot;
    }
  }

  async function* frames(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined> {
    if (isTaken)
      throw new Error(`Expected frames() of camera ${camera} to be called once, got a second call`);
    isTaken = true;
    const leaving = new AbortController();
    const stop = AbortSignal.any([signal, closing.signal, leaving.signal]);
    try {
      if (stop.aborted) return;
      const pixels = new Uint8ClampedArray(width * height * 3);
      const film: Film = { scene: options.openScene(), pixels, stop };
      yield* lead === null ? takeFromClock(film) : takeAsAsked(film, lead);
    } catch (cause) {
      tally.report(cause instanceof Error ? cause.message : String(cause));
      log.error({ camera, err: cause }, "the simulated camera cannot make pictures");
      throw new Error(`camera ${camera} cannot make pictures`, { cause });
    } finally {
      leaving.abort();
      lead?.release();
      tally.become("ended");
    }
  }

  return {
    id: camera,
    frames,
    status: tally.status,
    close: async () => {
      closing.abort();
      lead?.release();
      await filming;
      tally.become("ended");
    },
  };
}
