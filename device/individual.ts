// An individual: an animal, person or vehicle that can be met again.

/** A name that a data set gives it; "001" of one data set is not "001" of another. */
export type Alias = { readonly scope: string; readonly value: string };

export type IndividualRecord = {
  /** ULID. */
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly Alias[];
  readonly status: "active" | "monitored" | "seized" | "deceased";
  /** e.g. "tiger"; null: not said. */
  readonly species: string | null;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly createdAtUs: number;
  readonly updatedAtUs: number;
  /** The individual it was merged into; null while it stands for itself. Its sightings moved there. */
  readonly mergedInto: string | null;
};
