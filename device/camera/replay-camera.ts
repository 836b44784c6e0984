// Pictures that already exist, played as a camera: the common half of folders and tubs. What is read from where is theirs.
import type { Moment } from "../clock.ts";
import type { CapturedFrame } from "../frame.ts";
import type { Camera, CameraDeps } from "./camera.ts";
import { createFrameQueue } from "./frame-queue.ts";
import { type CameraTally, createCameraTally } from "./tally.ts";

/** One picture of the past. */
export type ReplayPicture = Pick<CapturedFrame, "bytes" | "mediaType" | "width" | "height"> & {
  readonly truth: Readonly<Record<string, unknown>>;
  /** When it was taken, ms since the first one; only looked at when the pace is "recorded". */
  readonly recordedMs: number;
};

/** fps: so many a second, a late consumer loses some. recorded: as it was taken. consumer: the next when it is asked for. */
export type ReplayPace = "consumer" | "recorded" | { readonly fps: number };

export type ReplayOptions = {
  readonly id: string;
  readonly pace: ReplayPace;
  /** The pictures in order. What cannot be read is reported to the tally and left out. */
  readonly read: (tally: CameraTally, signal: AbortSignal) => AsyncIterable<ReplayPicture>;
};

/** Pictures kept for a late consumer: a second and a half at the 20 Hz of a donkey car. */
const mostWaiting = 32;

/**
 * Beside a gamepad that is replayed, too, a picture is handed over this much after its moment, as real cameras do: the stick
 * state that belongs to it may be due a millisecond before, and two timers that close wake up in any order.
 */
const handOverMs = 20;

/** Makes the camera. Each paced picture is stamped with the moment it was due, so that a late timer shifts nothing. */
export function createReplayCamera(options: ReplayOptions, deps: CameraDeps): Camera {
  const { clock, log, replayStartNs } = deps;
  const tally = createCameraTally(clock);
  const closing = new AbortController();
  let isTaken = false;
  let playing: Promise<void> = Promise.resolve();

  function toFrame(picture: ReplayPicture, moment: Moment): CapturedFrame {
    const { bytes, mediaType, width, height, truth } = picture;
    const sequence = tally.count();
    tally.become("online");
    tally.saw(moment.monotonicNs, true);
    return { camera: options.id, sequence, moment, bytes, mediaType, width, height, truth };
  }

  async function* takeAsAsked(stop: AbortSignal): AsyncGenerator<CapturedFrame> {
    for await (const picture of options.read(tally, stop)) {
      if (stop.aborted) return;
      tally.delivered();
      yield toFrame(picture, clock.now());
    }
  }

  async function* takePaced(stop: AbortSignal): AsyncGenerator<CapturedFrame> {
    const queue = createFrameQueue<CapturedFrame>({ capacity: mostWaiting, onTake: tally.delivered });
    const play = async (): Promise<void> => {
      let startNs: number | null = null;
      let number = 0;
      for await (const picture of options.read(tally, stop)) {
        startNs ??= (replayStartNs ?? clock.monotonicNs)();
        const ms = typeof options.pace === "object" ? (number * 1000) / options.pace.fps : picture.recordedMs;
        number += 1;
        const moment = await dueMoment(startNs + ms * 1e6, stop);
        if (queue.push(toFrame(picture, moment)) !== null) tally.dropped("lag");
      }
    };
    playing = play().then(queue.end, (cause: unknown) => {
      if (stop.aborted) queue.end();
      else queue.fail(cause instanceof Error ? cause : new Error(String(cause)));
    });
    yield* queue.take(stop);
  }

  /** Waits until a picture is to be handed over and returns the moment it was due, on all clocks. */
  async function dueMoment(dueNs: number, stop: AbortSignal): Promise<Moment> {
    const waitMs = (dueNs - clock.monotonicNs()) / 1e6 + (replayStartNs === undefined ? 0 : handOverMs);
    // Timers are exact to a millisecond: half of one early is nearer than a whole one late.
    if (waitMs > 0.5) await clock.sleep(waitMs, stop);
    stop.throwIfAborted();
    const now = clock.now();
    const monotonicNs = Math.round(dueNs);
    return { ...now, monotonicNs, wallUs: now.wallUs + Math.round((monotonicNs - now.monotonicNs) / 1000) };
  }

  async function* frames(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined> {
    if (isTaken) {
      throw new Error(`Expected frames() of camera ${options.id} to be called once, got a second call`);
    }
    isTaken = true;
    const leaving = new AbortController();
    const stop = AbortSignal.any([signal, closing.signal, leaving.signal]);
    try {
      yield* options.pace === "consumer" ? takeAsAsked(stop) : takePaced(stop);
    } catch (cause) {
      tally.report(cause instanceof Error ? cause.message : String(cause));
      log.error({ camera: options.id, err: cause }, "the replay cannot go on");
      throw cause;
    } finally {
      leaving.abort();
      tally.become("ended");
    }
  }

  return {
    id: options.id,
    frames,
    status: tally.status,
    close: async () => {
      closing.abort();
      await playing;
      tally.become("ended");
    },
  };
}
