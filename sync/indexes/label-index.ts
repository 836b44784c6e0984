// A label index keeps label documents by fingerprint and finds them by query. Every index passes test/contracts/label-index.ts.
import type { LabelDocument } from "../../device/label.ts";
import type { LabelQuery } from "../../device/query.ts";
import type { SyncError } from "../errors.ts";

/** What came of one document. `exists`: its fingerprint was taken and `overwrite` was not asked. */
export type PutLabelOutcome =
  | { readonly outcome: "created" | "exists" | "replaced" }
  | { readonly outcome: "failed"; readonly error: SyncError };

/** An index of labels. Methods throw SyncError when the index as a whole cannot be used. */
export type LabelIndex = {
  /** Identity for receipts and messages, without secrets: "http://host:9200/patate-db", "local:/path". */
  readonly url: string;
  /** One outcome per document, in order. Idempotent by label_fingerprint. */
  readonly put: (
    documents: readonly LabelDocument[],
    options: { overwrite: boolean; signal: AbortSignal },
  ) => Promise<readonly PutLabelOutcome[]>;
  /** The documents that are there, by fingerprint. */
  readonly get: (
    fingerprints: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, LabelDocument>>;
  /** true where the document was there, in order. */
  readonly remove: (fingerprints: readonly string[], signal: AbortSignal) => Promise<readonly boolean[]>;
  /** Every match (no 10 000 limit), in order of timestamp then fingerprint. */
  readonly search: (query: LabelQuery, signal: AbortSignal) => AsyncIterable<LabelDocument>;
  readonly count: (query: LabelQuery, signal: AbortSignal) => Promise<number>;
  /** Makes what was put or removed visible to search. */
  readonly refresh: (signal: AbortSignal) => Promise<void>;
  /** Creates the index with its mapping where it is missing; false: it was there. */
  readonly create: (signal: AbortSignal) => Promise<boolean>;
  /** Resolves when the index answers and lets us in. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};
