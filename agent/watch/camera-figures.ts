// What the watcher did with the frames of one camera, in numbers.
import type { Daylight } from "./night.ts";

/** Why a frame was not looked at. */
export type SkipReason =
  | "busy"
  | "frozen"
  | "interval"
  | "known"
  | "night"
  | "no model"
  | "no motion"
  | "off"
  | "schedule"
  | "undecodable";

export type CameraFigures = {
  readonly id: string;
  /** Frames that came. */
  readonly frames: number;
  /** Frames the detector looked at. */
  readonly looked: number;
  /** Frames it did not look at, by reason; all of them were recorded all the same, if the recorder wanted them. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Frames kept because of what was seen. */
  readonly kept: number;
  /** Frames that should have been kept, but the disk did not take them or had no room. */
  readonly lost: number;
  /** Of the hashed ones: those that show what a frame of the last hours shows. */
  readonly nearDuplicates: number;
  /** By class. */
  readonly detections: Readonly<Record<string, number>>;
  readonly sequences: number;
  readonly openSequences: number;
  readonly sightings: number;
  readonly daylight: Daylight;
  /** true: the picture does not change although the camera says it works. */
  readonly frozen: boolean;
  /** Monotonic ns of the newest frame looked at; null before the first. */
  readonly newestLookNs: number | null;
};

export type FigureBook = {
  readonly came: () => void;
  readonly skipped: (reason: SkipReason, frames?: number) => void;
  readonly looked: (atNs: number, classNames: readonly string[]) => void;
  readonly kept: (frames: number) => void;
  readonly lost: (frames: number) => void;
  readonly nearDuplicate: () => void;
  readonly opened: (sequences: number) => void;
  readonly sighted: (sightings: number) => void;
  readonly read: () => Omit<CameraFigures, "id" | "daylight" | "openSequences" | "frozen">;
};

export function createFigureBook(): FigureBook {
  const skipped: Partial<Record<SkipReason, number>> = {};
  const detections: Record<string, number> = {};
  let frames = 0;
  let looked = 0;
  let kept = 0;
  let lost = 0;
  let nearDuplicates = 0;
  let sequences = 0;
  let sightings = 0;
  let newestLookNs: number | null = null;
  return {
    came: () => {
      frames += 1;
    },
    skipped: (reason, count = 1) => {
      skipped[reason] = (skipped[reason] ?? 0) + count;
    },
    looked: (atNs, classNames) => {
      looked += 1;
      newestLookNs = atNs;
      for (const name of classNames) detections[name] = (detections[name] ?? 0) + 1;
    },
    kept: (count) => {
      kept += count;
    },
    lost: (count) => {
      lost += count;
    },
    nearDuplicate: () => {
      nearDuplicates += 1;
    },
    opened: (count) => {
      sequences += count;
    },
    sighted: (count) => {
      sightings += count;
    },
    read: () => ({
      frames,
      looked,
      skipped: { ...skipped },
      kept,
      lost,
      nearDuplicates,
      detections: { ...detections },
      sequences,
      sightings,
      newestLookNs,
    }),
  };
}
