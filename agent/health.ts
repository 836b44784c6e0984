// Whether the agent really works: cameras give new pictures, the store commits, the loop runs. Nothing here trusts what a part says of itself.
import type { Agent } from "./agent.ts";

/** A part that does not work. */
export type HealthProblem = {
  /** "camera front", "store", "loop", "drive", "models" */
  readonly part: string;
  /** For a person: since when, and what is known. */
  readonly message: string;
};

export type HealthVerdict = { readonly ok: boolean; readonly problems: readonly HealthProblem[] };

/** Looks now. Ages are measured on the monotonic clock, so that a jump of the wall clock neither hides nor makes a problem. */
export function judgeHealth(agent: Agent): HealthVerdict {
  const { clock, config, devices } = agent;
  const nowNs = clock.monotonicNs();
  const problems = devices.cameras.flatMap((camera): HealthProblem[] => {
    const { newestFrameNs, state } = camera.status();
    const silentMs = newestFrameNs === null ? null : (nowNs - newestFrameNs) / 1e6;
    if (silentMs !== null && silentMs <= config.health.cameraMs) return [];
    const since =
      silentMs === null ? "no picture yet" : `no new picture for ${Math.round(silentMs / 1000)} s`;
    return [{ part: `camera ${camera.id}`, message: `${since} (${state})` }];
  });
  return { ok: problems.length === 0, problems };
}
