// Whether the agent really works: cameras give new pictures, the store commits, the loop turns. Nothing here trusts what a part
// says of itself where it can see what the part does. Ages are measured on the monotonic clock: a jump of the wall clock neither
// hides nor makes a problem.
import type { CameraStatus } from "../device/camera/camera.ts";
import type { CommitStats } from "../device/store/group-commit.ts";
import type { Agent } from "./agent.ts";

/** A part that does not work, or not well. The message holds no running figure, so that it changes when the matter does. */
export type HealthProblem = {
  /** "camera front", "store", "loop", "models", "disk", "mqtt", a target's name, … */
  readonly part: string;
  /** For a person: what is known of it. */
  readonly message: string;
  /** How long it has been so, ms; null: not known. */
  readonly forMs: number | null;
};

export type HealthVerdict = {
  /** Nothing is in `problems`. */
  readonly ok: boolean;
  /** What the device is there for does not happen. */
  readonly problems: readonly HealthProblem[];
  /** It works, but somebody should know: no link, little room, a clock nobody set. */
  readonly warnings: readonly HealthProblem[];
  /**
   * What a new start of the process may cure: a part that worked in this life stands, and does not say why. A part that never
   * worked in this life, or a disk that is full, is not cured by starting again.
   */
  readonly restartMayHelp: readonly HealthProblem[];
};

export type HealthSources = Pick<
  Agent,
  "clock" | "config" | "devices" | "store" | "recorder" | "watcher" | "retention" | "drain" | "link" | "loop"
>;

/** A loop whose timers are this late (99 of 100) labels and steers badly, ms. */
const slowLoopMs = 1_000;

/** Looks now. */
export function judgeHealth(agent: HealthSources): HealthVerdict {
  const nowNs = agent.clock.monotonicNs();
  const cameras = judgeCameras(agent, nowNs);
  const store = judgeStore(agent.store.commitStats(), { nowNs, stuckMs: agent.config.health.commitMs });
  const loop = judgeLoop(agent);
  const problems = [...cameras.problems, ...store, ...loop, ...judgeKeeping(agent), ...judgeModels(agent)];
  return {
    ok: problems.length === 0,
    problems,
    warnings: [...judgeDrive(agent), ...judgeDisk(agent), ...judgeWays(agent), ...judgeClock(agent)],
    restartMayHelp: [...cameras.cured, ...store.filter(({ part }) => part === stuckStore), ...loop],
  };
}

/**
 * Milliseconds without a new picture after which a camera counts as dead: `cameraMs`, or three pictures of a slow one. A picture
 * that is the same as the one before is no new one.
 */
export function silenceMs({ health }: Pick<HealthSources["config"], "health">, fps: number): number {
  return Math.max(health.cameraMs, 3000 / fps);
}

function judgeCameras(
  { config, devices, watcher }: HealthSources,
  nowNs: number,
): { readonly problems: readonly HealthProblem[]; readonly cured: readonly HealthProblem[] } {
  const seen = new Map(watcher?.state().cameras.map((each) => [each.id, each]));
  const dead: { readonly problem: HealthProblem; readonly once: boolean }[] = [];
  const frozen: HealthProblem[] = [];
  for (const camera of devices.cameras) {
    const status = camera.status();
    // A folder or a tub that is through: nothing more is to come. And nobody looks through a camera that has no follower.
    if (status.state === "ended" || !isFollowed(config, camera.id)) continue;
    const part = `camera ${camera.id}`;
    const silentMs = status.newestFrameNs === null ? null : (nowNs - status.newestFrameNs) / 1e6;
    const fps = config.cameras.find(({ id }) => id === camera.id)?.fps ?? 1;
    if (silentMs === null || silentMs > silenceMs(config, fps))
      dead.push({
        problem: { part, message: wordsOf(status), forMs: silentMs },
        once: silentMs !== null,
      });
    else if (seen.get(camera.id)?.frozen === true)
      frozen.push({ part, message: "the same picture again and again", forMs: null });
  }
  const alive = devices.cameras.filter(({ id }) => isFollowed(config, id)).length - dead.length;
  return {
    problems: [...dead.map(({ problem }) => problem), ...frozen],
    // Cameras start their programs anew by themselves. Only when none gives pictures any more something of ours may hang.
    cured: alive > 0 ? [] : dead.filter(({ once }) => once).map(({ problem }) => problem),
  };
}

/** Whether somebody takes a camera's pictures; one that nobody follows gives none. */
export function isFollowed({ cameras, watch }: HealthSources["config"], camera: string): boolean {
  const settings = cameras.find(({ id }) => id === camera);
  return settings === undefined || settings.record || (watch.enabled && settings.watch.enabled);
}

function wordsOf({ newestFrameNs, state, problem }: CameraStatus): string {
  const since = newestFrameNs === null ? "no picture yet" : "no new picture";
  return `${since} (${state}${problem === null ? "" : `: ${problem}`})`;
}

const stuckStore = "store";
const refusedStore = "disk";

/** A store that answers nothing is stuck; one whose disk refuses says why, and goes on by itself when the disk takes writes again. */
function judgeStore(
  { waitingSinceNs, failing }: CommitStats,
  { nowNs, stuckMs }: { nowNs: number; stuckMs: number },
): readonly HealthProblem[] {
  const waitsMs = waitingSinceNs === null ? 0 : (nowNs - waitingSinceNs) / 1e6;
  return [
    ...(waitsMs <= stuckMs
      ? []
      : [{ part: stuckStore, message: "a commit does not come to its end", forMs: waitsMs }]),
    ...(failing === null
      ? []
      : [{ part: refusedStore, message: failing.reason, forMs: (nowNs - failing.sinceNs) / 1e6 }]),
  ];
}

function judgeLoop({ loop }: HealthSources): readonly HealthProblem[] {
  const { p99Ms, worstMs } = loop.lag();
  return p99Ms < slowLoopMs
    ? []
    : [{ part: "loop", message: "the event loop stands again and again", forMs: worstMs }];
}

/** Frames that should be kept and are not. */
function judgeKeeping({ recorder, store }: HealthSources): readonly HealthProblem[] {
  const { run, problem } = recorder.state();
  // The disk's own words were said.
  if (run === null || problem === null || store.commitStats().failing !== null) return [];
  return [{ part: "recording", message: `frames are not kept: ${problem}`, forMs: null }];
}

function judgeModels({ watcher }: HealthSources): readonly HealthProblem[] {
  const problem = watcher?.state().problem ?? null;
  return problem === null ? [] : [{ part: "models", message: problem, forMs: null }];
}

/** A car that should drive and may not: its guard, its board or its gamepad failed, and nobody armed it again. */
function judgeDrive({ devices, recorder }: HealthSources): readonly HealthProblem[] {
  const { run, paused } = recorder.state();
  if (run === null || paused || !devices.drive.moves) return [];
  const { armed, neutralReason } = devices.drive.state();
  return armed || neutralReason === null
    ? []
    : [{ part: "drive", message: `stands: ${neutralReason}`, forMs: null }];
}

function judgeDisk({ retention, store }: HealthSources): readonly HealthProblem[] {
  const { pressure } = retention.state();
  const damaged = store.counters.get("damaged");
  const salvaged = store.counters.get("salvaged");
  return [
    ...(pressure === "none" ? [] : [{ part: "disk", message: `little room: ${pressure}`, forMs: null }]),
    ...(damaged === 0
      ? []
      : [{ part: "store", message: "damaged values were set aside (outrider doctor)", forMs: null }]),
    ...(salvaged === 0
      ? []
      : [
          {
            part: "store",
            message: "the data file was damaged and what could be read of it was taken over",
            forMs: null,
          },
        ]),
  ];
}

function judgeWays({ drain, link }: HealthSources): readonly HealthProblem[] {
  const resting = drain.status().filter(({ state }) => state === "resting");
  const phase = link?.link.state().phase ?? "connected";
  return [
    ...resting.map(({ name, problem }) => ({ part: name, message: problem ?? "away", forMs: null })),
    ...(phase === "connected" ? [] : [{ part: "mqtt", message: `no broker (${phase})`, forMs: null }]),
  ];
}

function judgeClock({ clock }: HealthSources): readonly HealthProblem[] {
  return clock.now().clockSynchronised
    ? []
    : [{ part: "clock", message: "nobody set the clock yet", forMs: null }];
}
