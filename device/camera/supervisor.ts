// Keeps a program that streams JPEGs on its stdout running: watches it, restarts it, stops it for good, and makes a camera of it.
import type { CapturedFrame } from "../frame.ts";
import { backOffMs } from "./back-off.ts";
import type { Camera, CameraDeps } from "./camera.ts";
import type { Child } from "./child.ts";
import { createFrameQueue } from "./frame-queue.ts";
import { type ProgramEnding, type ProgramOptions, runProgram } from "./program-run.ts";
import { sleepUnless } from "./sleep-unless.ts";
import { createCameraTally } from "./tally.ts";

export type SupervisorOptions = ProgramOptions & {
  /**
   * live: the source cannot wait, so the oldest picture goes when the consumer is late; it is restarted for ever.
   * timed: as live, but any exit is its end. finite: the pipe waits for the consumer, nothing goes, and any exit is its end; so is a fault.
   */
  readonly kind: "live" | "timed" | "finite";
  /** What a replay knows about its n-th picture. */
  readonly truth?: (n: number) => NonNullable<CapturedFrame["truth"]>;
  /** The program can tell when each picture was exposed (rpicam's `--metadata`). */
  readonly hasExposures?: boolean;
};

export type SupervisorDeps = CameraDeps & { readonly random: () => number };

/** Pictures kept for a late consumer: half a second at 60 a second. */
const mostWaiting = 32;
/** A start that gave pictures for so long was a good one: the next failure begins a new count. */
const soundNs = 10e9;

/** Makes a camera of a program. Nothing is started before frames() is called. */
export function createSupervisedCamera(options: SupervisorOptions, deps: SupervisorDeps): Camera {
  const { id } = options;
  const { clock, log } = deps;
  const tally = createCameraTally(clock);
  const closing = new AbortController();
  const hasEnd = options.kind === "finite";
  let child: Child | null = null;
  const queue = createFrameQueue<CapturedFrame>({
    capacity: hasEnd ? Number.POSITIVE_INFINITY : mostWaiting,
    onTake: () => {
      tally.delivered();
      if (hasEnd && queue.waiting() < mostWaiting / 4) child?.resume();
    },
  });
  let running: Promise<void> = Promise.resolve();
  let isTaken = false;
  let pictures = 0;

  function emit(frame: CapturedFrame): void {
    const truth = options.truth === undefined ? {} : { truth: options.truth(pictures) };
    pictures += 1;
    if (queue.push({ ...frame, ...truth }) !== null) tally.dropped("lag");
    if (hasEnd && queue.waiting() >= mostWaiting) child?.pause();
  }

  function runOnce(withExposures: boolean, stop: AbortSignal): Promise<ProgramEnding> {
    const onStart = (started: Child): void => {
      child = started;
    };
    const drainMs = hasEnd ? null : 500;
    return runProgram(options, { tally, emit, onStart, withExposures, drainMs, stop }, deps);
  }

  /** Starts the program again and again until told to stop, or until a source that has an end is at it. */
  async function supervise(stop: AbortSignal): Promise<void> {
    let failures = 0;
    let startsWithoutPicture = 0;
    let withExposures = options.hasExposures ?? false;
    while (!stop.aborted) {
      const startNs = clock.monotonicNs();
      const picturesBefore = pictures;
      const ending = await runOnce(withExposures, stop);
      if (ending.why === "stopped") return;
      const gavePictures = pictures > picturesBefore;
      if (ending.why === "exited" && options.kind !== "live") {
        if (ending.exit.isClean) return;
        if (pictures === 0) throw new Error(`camera ${id}: ${ending.problem}`);
      }
      // Pictures without their time stamps are better than none: every other vain start goes without.
      if (!gavePictures && options.hasExposures) withExposures = !withExposures;
      startsWithoutPicture = gavePictures ? 0 : startsWithoutPicture + 1;
      failures = gavePictures && clock.monotonicNs() - startNs > soundNs ? 1 : failures + 1;
      const again =
        startsWithoutPicture > 2 ? ` (${startsWithoutPicture} starts in a row gave no picture)` : "";
      tally.report(ending.problem + again);
      tally.become("offline");
      if (options.kind !== "live") return;
      if (ending.why === "stuck") {
        log.error({ camera: id }, ending.problem);
        await goneOrStopped(ending.child, stop);
      }
      const waitMs = backOffMs(failures, deps.random);
      log.warn({ camera: id, failures, waitMs }, `${ending.problem}${again}; starting it again`);
      await sleepUnless(clock, waitMs, stop);
      if (!stop.aborted) tally.restarted();
    }
  }

  async function goneOrStopped(own: Child, stop: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      stop.addEventListener("abort", () => resolve(), { once: true });
      void own.exited.then(() => resolve());
    });
  }

  async function* frames(signal: AbortSignal): AsyncGenerator<CapturedFrame, void, undefined> {
    if (isTaken) throw new Error(`Expected frames() of camera ${id} to be called once, got a second call`);
    isTaken = true;
    const leaving = new AbortController();
    const stop = AbortSignal.any([signal, closing.signal, leaving.signal]);
    running = supervise(stop).then(queue.end, (cause: unknown) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      tally.report(error.message);
      queue.fail(error);
    });
    try {
      yield* queue.take(stop);
    } finally {
      leaving.abort();
      await running;
      tally.become("ended");
    }
  }

  return {
    id,
    frames,
    status: tally.status,
    close: async () => {
      closing.abort();
      await running;
      tally.become("ended");
    },
  };
}
