// What is true of the simulated car, read from outside: off the disk it records on, never over the link that the proof cuts.
import type { Clock } from "../../device/clock.ts";
import type { FrameRecord } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";

/** The car at the exposure of a frame. */
export type Sight = {
  readonly sequence: number;
  /** The machine's monotonic clock, which all its processes share. */
  readonly atNs: number;
  /** m/s */
  readonly speed: number;
  /** 1/m, of the road beside the car. */
  readonly curvature: number;
  /** What a perfect driver would steer here. */
  readonly steering: number;
  readonly appliedSteering: number;
  readonly appliedThrottle: number;
  readonly onTrack: boolean;
};

export type Eyes = {
  /** null: nothing is recorded yet. */
  readonly newest: () => Sight | null;
  /** From a moment on, in order. */
  readonly since: (atNs: number) => readonly Sight[];
  readonly close: () => Promise<void>;
};

/** Opens the car's store for reading, beside its writer. @throws StoreError when there is none yet. */
export function openEyes(directory: string, deps: { readonly clock: Clock; readonly log: Log }): Eyes {
  const store = openStore({ directory, ...deps, readOnly: true });
  const newestFirst = function* (): Generator<Sight> {
    for (const frame of store.frames.range({ reverse: true })) {
      const sight = sightOf(frame);
      if (sight !== null) yield sight;
    }
  };
  return {
    newest: () => newestFirst().next().value ?? null,
    since: (atNs) => {
      const found: Sight[] = [];
      for (const sight of newestFirst()) {
        if (sight.atNs < atNs) break;
        found.push(sight);
      }
      return found.reverse();
    },
    close: store.close,
  };
}

function sightOf({ truth, sequence, moment }: FrameRecord): Sight | null {
  if (truth?.world !== "track") return null;
  const { speed, curvature, steering, appliedSteering, appliedThrottle, onTrack } = truth as Record<
    string,
    number
  >;
  return {
    sequence,
    atNs: moment.monotonicNs,
    speed: speed!,
    curvature: curvature!,
    steering: steering!,
    appliedSteering: appliedSteering!,
    appliedThrottle: appliedThrottle!,
    onTrack: Boolean(onTrack),
  };
}
