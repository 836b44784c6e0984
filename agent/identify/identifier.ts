// Who is this: what the watcher, `identify` and the matching of ingested pictures ask of the gallery.
import type { Box } from "../../device/detection.ts";
import type { Side } from "../../device/sighting.ts";
import type { Picture } from "../../models/vision.ts";

/** One individual that a crop may show. */
export type Match = {
  readonly individual: string;
  readonly name: string;
  /** The sighting that is most like the crop (the newest one in prototype mode), and its frame. */
  readonly sighting: string;
  readonly imgId: string;
  /** Fused and calibrated, 0..1: how likely it is this individual. */
  readonly score: number;
  /** Cosine by space, uncalibrated. */
  readonly similarities: Readonly<Record<string, number>>;
};

export type Identification = {
  /** Unit vectors of the crop by space. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
  /** Best first, one per individual. */
  readonly matches: readonly Match[];
  /** The best match at or above the threshold; null: a new individual, or the gallery is empty. */
  readonly best: Match | null;
};

export type IdentifyOptions = {
  readonly signal: AbortSignal;
  /** Compared with the same side, with both and with unknown ones; not given: with all. */
  readonly side?: Side;
  readonly limit?: number;
  /** 0..1; not given: that of the configuration. */
  readonly threshold?: number;
  /** Individuals left out. */
  readonly exclude?: readonly string[];
};

/** Describes crops and asks the gallery. Life: openIdentifier → identify … → close. */
export type Identifier = {
  readonly identify: (
    picture: Picture,
    boxes: readonly Box[],
    options: IdentifyOptions,
  ) => Promise<readonly Identification[]>;
  /** Several crops of one animal (a sequence) as one answer. */
  readonly combine: (
    crops: readonly Identification[],
    options?: Pick<IdentifyOptions, "limit" | "threshold">,
  ) => Pick<Identification, "matches" | "best">;
  /** May be called twice. Vision is closed by whoever opened it. */
  readonly close: () => Promise<void>;
};
