// One life of a program that streams JPEGs: from its start until it is gone, has a fault that a restart may mend, or is to stop.
import type { ChildProcess } from "node:child_process";
import type { Moment } from "../clock.ts";
import type { CapturedFrame } from "../frame.ts";
import type { CameraDeps } from "./camera.ts";
import { type Child, type ChildExit, startChild } from "./child.ts";
import { type ExposureChannel, openExposureChannel } from "./exposure-channel.ts";
import { createExposurePairing, type ExposurePairing } from "./exposure-pairing.ts";
import { createJpegSplitter, type SplitFrame } from "./jpeg-splitter.ts";
import { createLastWords } from "./last-words.ts";
import { sleepUnless } from "./sleep-unless.ts";
import type { CameraTally } from "./tally.ts";
import { createWatchdog, type Watchdog, type WatchdogLimits } from "./watchdog.ts";

/** What is run and how it is judged. */
export type ProgramOptions = {
  readonly id: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly limits: WatchdogLimits;
  /** Pictures beyond this are thrown away, bytes; default 16 MiB. */
  readonly maxFrameBytes?: number;
  /** What a known line of stderr means, for a person; null: nothing that matters. */
  readonly explain?: (line: string) => string | null;
  /** Takes secrets out of everything that is said. */
  readonly hide?: (text: string) => string;
  /** How long each signal of a stop is given, ms; default 2000. */
  readonly graceMs?: number;
  /** How often the watchdog is asked, ms; default 250. */
  readonly checkMs?: number;
  /** Sends a signal; for tests of what cannot be killed. */
  readonly sendSignal?: (child: ChildProcess, signal: NodeJS.Signals) => void;
};

/** What this life is given by its supervisor. */
export type ProgramRun = {
  readonly tally: CameraTally;
  /** Takes each frame at once; makes the child pause when it wants to. */
  readonly emit: (frame: CapturedFrame) => void;
  readonly onStart: (child: Child) => void;
  /** Whether to ask the program for time stamps. */
  readonly withExposures: boolean;
  /** How long to wait after the exit for the rest of its output, ms; null: as long as the consumer takes. */
  readonly drainMs: number | null;
  readonly stop: AbortSignal;
};

/** How it ended; problems are for a person and hold no secret. */
export type ProgramEnding =
  | { readonly why: "stopped" }
  | { readonly why: "stuck"; readonly child: Child; readonly problem: string }
  | { readonly why: "exited"; readonly exit: ChildExit; readonly problem: string }
  | { readonly why: "fault"; readonly problem: string };

/** Starts the program and stays with it to its end. */
export async function runProgram(
  options: ProgramOptions,
  run: ProgramRun,
  deps: CameraDeps,
): Promise<ProgramEnding> {
  const { id, program } = options;
  const { tally, stop } = run;
  const { clock, log } = deps;
  const hide = options.hide ?? ((text: string) => text);
  const words = createLastWords({
    explain: options.explain ?? (() => null),
    say: (line) => log.debug({ camera: id, program }, hide(line)),
  });
  const watchdog = createWatchdog(options.limits, clock.monotonicNs());
  const pairing = createExposurePairing<CapturedFrame>({
    release: run.emit,
    onGiveUp: (reason) => log.debug({ camera: id, reason }, "frames have the time of their arrival"),
  });
  const splitter = createJpegSplitter<Moment>({
    maxFrameBytes: options.maxFrameBytes ?? 16 * 2 ** 20,
    onLost: (reason) => {
      pairing.giveUp(`a ${reason} picture came`);
      tally.count();
      tally.dropped(reason);
      watchdog.lost(clock.monotonicNs());
    },
  });
  const take = (frames: readonly SplitFrame<Moment>[]): void => {
    for (const { bytes, width, height, mark: moment } of frames) {
      tally.saw(moment.monotonicNs, watchdog.saw(bytes, moment.monotonicNs));
      tally.become("online");
      const sequence = tally.count();
      pairing.addFrame({ camera: id, sequence, moment, bytes, mediaType: "image/jpeg", width, height });
    }
  };

  tally.become("starting");
  const channel = run.withExposures ? await openChannel(pairing, deps) : null;
  if (channel === null) pairing.giveUp("no time stamps are asked for");
  const child = startChild({
    program,
    args: [...options.args, ...(channel?.args ?? [])],
    onOutput: (chunk) => {
      if (!stop.aborted) take(splitter.push(chunk, clock.now()));
    },
    onErrorLine: words.add,
    clock,
    graceMs: options.graceMs ?? 2000,
    sendSignal: options.sendSignal,
  });
  run.onStart(child);
  const fault = await watch(child, watchdog, pairing, options, run, deps);
  const isDone = fault === null && !stop.aborted;
  if (isDone) await drainedWithin(child, run, deps);
  const stopped = await child.stop();
  // What it gave before it was stopped for a fault is on its way still.
  if (fault !== null && stopped === "exited")
    await drainedWithin(child, { ...run, drainMs: lastBytesMs }, deps);
  if (isDone) take(splitter.end());
  pairing.giveUp("the program has ended");
  await channel?.close();

  if (stopped === "stuck") {
    const problem = `${program} (process ${child.pid}) does not end on SIGKILL: the driver is stuck, a reboot is needed`;
    return { why: "stuck", child, problem };
  }
  if (stop.aborted) return { why: "stopped" };
  if (fault !== null) return { why: "fault", problem: hide(words.with(fault)) };
  const exit = await child.exited;
  return { why: "exited", exit, problem: hide(words.with(`${program} ${exit.words}`)) };
}

/** How long the last bytes of a program that is gone may take to be read, ms: a starved machine reads late, and the end of the pipe comes. */
const lastBytesMs = 3000;
/** A look at the camera that comes this much late says that this process stood still, ms. */
const standstillMs = 500;

/** null: this machine has no FIFOs. */
async function openChannel(
  pairing: ExposurePairing<CapturedFrame>,
  { clock, log }: CameraDeps,
): Promise<ExposureChannel | null> {
  try {
    return await openExposureChannel(clock, pairing.addExposure);
  } catch (error) {
    log.debug({ err: error }, "no FIFO for time stamps");
    return null;
  }
}

/** Waits until the program is gone, has a fault that a restart may mend (returned), or is to stop. */
async function watch(
  child: Child,
  watchdog: Watchdog,
  pairing: ExposurePairing<CapturedFrame>,
  options: ProgramOptions,
  { tally, stop }: ProgramRun,
  { clock, log }: CameraDeps,
): Promise<string | null> {
  const over = endOf(child.exited, stop);
  const checkMs = options.checkMs ?? 250;
  let told: string | null = null;
  let checkedNs = clock.monotonicNs();
  try {
    while (!(await sleepUnless(clock, checkMs, over.signal))) {
      const nowNs = clock.monotonicNs();
      // We stood still ourselves (a stopped or starved process): what came meanwhile was not read yet.
      const stoodStill = nowNs - checkedNs > (checkMs + standstillMs) * 1e6;
      checkedNs = nowNs;
      if (stoodStill) pairing.excuse(nowNs);
      pairing.check(nowNs);
      if (child.isPaused() || stoodStill) watchdog.excuse(nowNs);
      const fault = watchdog.check(nowNs);
      if (fault === null) continue;
      if (fault.mend) {
        tally.become("stalled");
        return fault.problem;
      }
      if (told !== fault.kind) log.warn({ camera: options.id }, fault.problem);
      told = fault.kind;
      tally.report(fault.problem);
    }
    return null;
  } finally {
    over.release();
  }
}

async function drainedWithin(
  child: Child,
  { drainMs, stop }: ProgramRun,
  { clock }: CameraDeps,
): Promise<void> {
  const over = endOf(child.drained, stop);
  do {
    if (await sleepUnless(clock, drainMs ?? 1000, over.signal)) break;
  } while (drainMs === null);
  over.release();
}

/** A signal that aborts when `event` has come or `stop` aborts. */
function endOf(event: Promise<unknown>, stop: AbortSignal): { signal: AbortSignal; release: () => void } {
  const over = new AbortController();
  const end = (): void => over.abort();
  if (stop.aborted) end();
  stop.addEventListener("abort", end, { once: true });
  void event.then(end);
  return { signal: over.signal, release: () => stop.removeEventListener("abort", end) };
}
