// A sequence on its way in: what the platform (or another annotation API) told of it, in the words of the annotation API, with nothing left to look
// up but its pictures. Made by map-records.ts, split by split-objects.ts; sent by the import, or kept in the store.
import type { NewDetection, NewSequence, Prediction } from "../../sync/clients/annotation-api.ts";

/** Where a picture of the source is. */
export type SourcePicture = {
  /** Address without an account, good for a day; null: the source gave none. */
  readonly url: string | null;
  /** Name of the object in the source's bucket; null: not known. */
  readonly bucketKey: string | null;
};

/** One picture of the sequence with the boxes of its object on it. */
export type ImportDetection = Omit<NewDetection, "sequence_id"> & { readonly picture: SourcePicture };

/** Something in the source that cannot go in as it is, and what was done about it. */
export type ImportProblem = {
  /** `sequence 12`, `detection 345`. */
  readonly of: string;
  /** Rule and value, for a person. */
  readonly problem: string;
};

export type ImportSequence = {
  /** Id at the source; of an object that was split off, that of the sequence it was in. */
  readonly sourceId: number;
  readonly draft: NewSequence;
  /** In the order of their times. */
  readonly detections: readonly ImportDetection[];
  /** Boxes and records that were left out, and why; told, never silent. */
  readonly problems: readonly ImportProblem[];
};

/** A prediction of one detection, as clustering sees it. */
export type PlacedBox = Prediction & {
  /** Position of its detection in the sequence. */
  readonly detection: number;
};
