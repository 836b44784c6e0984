// Who answers, but not in every way that is asked: sightings that another model described, or none yet.
import type { Store } from "../../device/store/store.ts";

export type Undescribed = {
  /** Labelled and verified sightings. */
  readonly answering: number;
  /** Of those: without a vector in one of the spaces at least. */
  readonly undescribed: number;
};

/** Counts them; reads every sighting. */
export function countUndescribed(
  store: Pick<Store, "sightings" | "seen">,
  spaces: readonly string[],
): Undescribed {
  let answering = 0;
  let undescribed = 0;
  for (const { id, state } of store.sightings.range()) {
    if (state !== "labelled" && state !== "verified") continue;
    answering += 1;
    if (!spaces.every((space) => store.seen.embeddings.has([space, id]))) undescribed += 1;
  }
  return { answering, undescribed };
}

/** For a person; null: everybody can be compared. */
export function describeUndescribed({ answering, undescribed }: Undescribed): string | null {
  return undescribed === 0
    ? null
    : `${undescribed} of ${answering} sightings that answer lack a vector of these models and count for less: outrider embed --missing`;
}
