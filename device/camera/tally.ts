// What a camera driver counts while it works, and the status made of it.
import type { Clock } from "../clock.ts";
import type { CameraState, CameraStatus } from "./camera.ts";
import { createFrameRate } from "./frame-rate.ts";

/** The running figures of one camera; each driver keeps one. */
export type CameraTally = {
  /** A picture was made, lost or not: its sequence number. */
  readonly count: () => number;
  /** A picture came at `monotonicNs`; `isNew`: it differs from the one before. */
  readonly saw: (monotonicNs: number, isNew: boolean) => void;
  readonly delivered: () => void;
  /** Counts `pictures` (default 1) lost before the consumer. */
  readonly dropped: (reason: string, pictures?: number) => void;
  readonly restarted: () => void;
  readonly become: (state: CameraState) => void;
  readonly report: (problem: string) => void;
  readonly state: () => CameraState;
  readonly status: () => CameraStatus;
};

/** Starts counting, in state "starting". */
export function createCameraTally(clock: Clock): CameraTally {
  const rate = createFrameRate();
  const dropped: Record<string, number> = {};
  let state: CameraState = "starting";
  let sequence = 0;
  let frames = 0;
  let restarts = 0;
  let newestFrameNs: number | null = null;
  let problem: string | null = null;
  return {
    count: () => sequence++,
    saw: (monotonicNs, isNew) => {
      rate.count(monotonicNs);
      if (isNew) newestFrameNs = monotonicNs;
    },
    delivered: () => {
      frames += 1;
    },
    dropped: (reason, pictures = 1) => {
      if (pictures > 0) dropped[reason] = (dropped[reason] ?? 0) + pictures;
    },
    restarted: () => {
      restarts += 1;
    },
    become: (next) => {
      state = next;
    },
    report: (text) => {
      problem = text;
    },
    state: () => state,
    status: () => ({
      state,
      frames,
      dropped: { ...dropped },
      restarts,
      newestFrameNs,
      fps: rate.at(clock.monotonicNs()),
      problem,
    }),
  };
}
