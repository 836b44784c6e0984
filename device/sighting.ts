// A sighting: a crop of a frame that is said to be an individual, by whom, and how sure.
import type { Box } from "./detection.ts";

export type Side = "left" | "right" | "both" | "unknown";

/**
 * suggested: a matcher says so. labelled: a data set says so, nobody here looked. verified: a person here confirmed it.
 * rejected: a person here said no. Only labelled and verified sightings answer for an individual; suggestions never do.
 */
export type SightingState = "suggested" | "labelled" | "verified" | "rejected";

export type SightingRecord = {
  /** ULID. */
  readonly id: string;
  readonly imgId: string;
  /** The crop; the whole picture is 0, 0, 1, 1. */
  readonly box: Box;
  /** null: somebody, but nobody known ("new individual"). */
  readonly individual: string | null;
  readonly state: SightingState;
  /** Score of the match, 0..1 where calibrated; null: nobody compared. */
  readonly score: number | null;
  readonly side: Side;
  /** Model id, data set or person. */
  readonly by: string;
  readonly atUs: number;
  /** The sequence it was taken from; null: none. */
  readonly sequence: string | null;
  /** What the source knows of it (data set, identity, path, split, camera, date, …); small and JSON. */
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** Whether a sighting answers for its individual. */
export function answers({ individual, state }: Pick<SightingRecord, "individual" | "state">): boolean {
  return individual !== null && (state === "labelled" || state === "verified");
}
