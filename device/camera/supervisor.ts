// Keeps a program that streams JPEGs on its stdout running: watches it, restarts it, stops it for good, and makes a camera of it.
import type { ChildProcess } from "node:child_process";
import type { Moment } from "../clock.ts";
import type { CapturedFrame } from "../frame.ts";
import { backOffMs } from "./back-off.ts";
import type { Camera, CameraDeps } from "./camera.ts";
import { type Child, type ChildExit, startChild } from "./child.ts";
import { createFrameQueue } from "./frame-queue.ts";
import { createJpegSplitter, type SplitFrame } from "./jpeg-splitter.ts";
import { createLastWords } from "./last-words.ts";
import { sleepUnless } from "./sleep-unless.ts";
import { createCameraTally } from "./tally.ts";
import { createWatchdog, type WatchdogLimits } from "./watchdog.ts";

export type SupervisorOptions = {
  readonly id: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly limits: WatchdogLimits;
  /**
   * live: the source cannot wait, so the oldest picture goes when the consumer is late; it is restarted for ever.
   * timed: as live, but a clean exit is its end. finite: the pipe waits for the consumer, nothing goes, and any exit is its end.
   */
  readonly kind: "live" | "timed" | "finite";
  /** Pictures beyond this are thrown away, bytes. */
  readonly maxFrameBytes?: number;
  /** What a known line of stderr means, for a person; null: nothing that matters. */
  readonly explain?: (line: string) => string | null;
  /** Takes secrets out of everything that is said. */
  readonly hide?: (text: string) => string;
  /** What a replay knows about its n-th picture. */
  readonly truth?: (n: number) => NonNullable<CapturedFrame["truth"]>;
  /** How long each signal of a stop is given, ms; default 2000. */
  readonly graceMs?: number;
  /** How often the watchdog is asked, ms; default 250. */
  readonly checkMs?: number;
  /** Sends a signal; for tests of what cannot be killed. */
  readonly sendSignal?: (child: ChildProcess, signal: NodeJS.Signals) => void;
};

export type SupervisorDeps = CameraDeps & { readonly random: () => number };

/** How one start of the program ended. */
type Ending =
  | { readonly why: "stopped" }
  | { readonly why: "stuck"; readonly child: Child; readonly problem: string }
  | { readonly why: "exited"; readonly exit: ChildExit; readonly problem: string }
  | { readonly why: "fault"; readonly problem: string };

/** Pictures kept for a late consumer: half a second at 60 a second. */
const mostWaiting = 32;
/** A start that gave pictures for so long was a good one: the next failure begins a new count. */
const soundNs = 10e9;

/** Makes a camera of a program. Nothing is started before frames() is called. */
export function createSupervisedCamera(options: SupervisorOptions, deps: SupervisorDeps): Camera {
  const { id, program } = options;
  const { clock, log } = deps;
  const hide = options.hide ?? ((text: string) => text);
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

  /** One life of the program, from its start until it is gone. */
  async function runOnce(stop: AbortSignal): Promise<Ending> {
    const startNs = clock.monotonicNs();
    const watchdog = createWatchdog(options.limits, startNs);
    const splitter = createJpegSplitter<Moment>({
      maxFrameBytes: options.maxFrameBytes ?? 16 * 2 ** 20,
      onLost: (reason) => {
        tally.count();
        tally.dropped(reason);
        watchdog.lost(clock.monotonicNs());
      },
    });
    const take = (frames: SplitFrame<Moment>[]): void => {
      for (const { bytes, width, height, mark } of frames) {
        const { monotonicNs } = mark;
        tally.saw(monotonicNs, watchdog.saw(bytes, monotonicNs));
        tally.become("online");
        const truth = options.truth === undefined ? {} : { truth: options.truth(pictures) };
        pictures += 1;
        const mediaType = "image/jpeg" as const;
        const sequence = tally.count();
        const lost = queue.push({
          camera: id,
          sequence,
          moment: mark,
          bytes,
          mediaType,
          width,
          height,
          ...truth,
        });
        if (lost !== null) tally.dropped("lag");
      }
      if (hasEnd && queue.waiting() >= mostWaiting) child?.pause();
    };
    const words = createLastWords({
      explain: options.explain ?? (() => null),
      say: (line) => log.debug({ camera: id, program }, hide(line)),
    });
    tally.become("starting");
    const own = startChild({
      ...options,
      clock,
      graceMs: options.graceMs ?? 2000,
      onOutput: (chunk) => {
        if (!stop.aborted) take(splitter.push(chunk, clock.now()));
      },
      onErrorLine: words.add,
    });
    child = own;
    const fault = await watch(own, watchdog, stop);
    const isDone = fault === null && !stop.aborted;
    if (isDone) await drainedWithin(own, hasEnd ? null : 500, stop);
    const stopped = await own.stop();
    if (isDone) take(splitter.end());
    if (stopped === "stuck") {
      const problem = `${program} (process ${own.pid}) does not end on SIGKILL: the driver is stuck, a reboot is needed`;
      return { why: "stuck", child: own, problem };
    }
    if (stop.aborted) return { why: "stopped" };
    if (fault !== null) return { why: "fault", problem: hide(words.with(fault)) };
    const exit = await own.exited;
    return { why: "exited", exit, problem: hide(words.with(`${program} ${exit.words}`)) };
  }

  /** Waits until the program is gone, has a fault that a restart may mend (returned), or is to stop. */
  async function watch(
    own: Child,
    watchdog: ReturnType<typeof createWatchdog>,
    stop: AbortSignal,
  ): Promise<string | null> {
    const over = new AbortController();
    const end = (): void => over.abort();
    stop.addEventListener("abort", end, { once: true });
    void own.exited.then(end);
    let told: string | null = null;
    try {
      while (!over.signal.aborted && !stop.aborted) {
        await sleepUnless(clock, options.checkMs ?? 250, over.signal);
        if (own.isPaused()) watchdog.excuse(clock.monotonicNs());
        const fault = over.signal.aborted ? null : watchdog.check(clock.monotonicNs());
        if (fault === null) continue;
        if (fault.mend) {
          tally.become("stalled");
          return fault.problem;
        }
        if (told !== fault.kind) log.warn({ camera: id }, fault.problem);
        told = fault.kind;
        tally.report(fault.problem);
      }
      return null;
    } finally {
      stop.removeEventListener("abort", end);
    }
  }

  async function drainedWithin(own: Child, ms: number | null, stop: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    stop.addEventListener("abort", end, { once: true });
    void own.drained.then(end);
    while (!over.signal.aborted && !stop.aborted) {
      await sleepUnless(clock, ms ?? 1000, over.signal);
      if (ms !== null) break;
    }
    stop.removeEventListener("abort", end);
  }

  /** Starts the program again and again until told to stop, or until a source that has an end is at it. */
  async function supervise(stop: AbortSignal): Promise<void> {
    let failures = 0;
    let startsWithoutPicture = 0;
    while (!stop.aborted) {
      const startNs = clock.monotonicNs();
      const picturesBefore = pictures;
      const ending = await runOnce(stop);
      if (ending.why === "stopped") return;
      const gavePictures = pictures > picturesBefore;
      if (ending.why === "exited" && options.kind !== "live") {
        if (ending.exit.isClean) return;
        if (pictures === 0) throw new Error(`camera ${id}: ${ending.problem}`);
      }
      startsWithoutPicture = gavePictures ? 0 : startsWithoutPicture + 1;
      failures = gavePictures && clock.monotonicNs() - startNs > soundNs ? 1 : failures + 1;
      const again =
        startsWithoutPicture > 2 ? ` (${startsWithoutPicture} starts in a row gave no picture)` : "";
      tally.report(ending.problem + again);
      tally.become("offline");
      if (hasEnd) return;
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
