// An act: what a person did to individuals and sightings, with what was before and after, so that it can be undone. Never pruned.

export type ActKind =
  | "verify"
  | "reject"
  | "merge"
  | "split"
  | "rename"
  | "undo"
  /** An alias, status, species or note was changed by hand. */
  | "edit";

/**
 * A record that changed: the fields that are different, before and after; null: the record was not there.
 * Later changes of its other fields stand in nobody's way.
 */
export type RecordChange = {
  readonly record: "sighting" | "individual";
  readonly id: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
};

export type Act = {
  /** ULID. */
  readonly id: string;
  readonly kind: ActKind;
  /** Who did it. */
  readonly by: string;
  readonly atUs: number;
  /** What was done, in a sentence for a person. */
  readonly summary: string;
  readonly changes: readonly RecordChange[];
  /** The act it takes back; only with kind "undo". */
  readonly undoes: string | null;
};
