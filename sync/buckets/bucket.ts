// A bucket keeps pictures (and other objects) by key, wherever it is. Every bucket passes test/contracts/bucket.ts.

/** What came of a put. `exists`: the key was taken and `ifAbsent` was asked; nothing was changed. */
export type PutOutcome = { readonly outcome: "created" | "exists"; readonly etag: string | null };

export type PutOptions = {
  /** Leave an object that is already there untouched. */
  readonly ifAbsent: boolean;
  /** Hex SHA-256 of the bytes, kept as metadata where the bucket can. */
  readonly sha256?: string;
  readonly mediaType?: string;
  readonly signal: AbortSignal;
};

export type ObjectHead = { readonly key: string; readonly size: number; readonly etag: string | null };

/** Object storage. All methods throw SyncError. */
export type Bucket = {
  /** Identity for receipts and messages, without secrets: "s3://name", "folder:/path". */
  readonly url: string;
  /** First segment of a label's `s3_bucket` address: the bucket's name, or the folder's. */
  readonly name: string;
  /** Idempotent: the same key and bytes twice are one object. */
  readonly put: (key: string, bytes: Uint8Array, options: PutOptions) => Promise<PutOutcome>;
  /** null: not there. */
  readonly get: (key: string, signal: AbortSignal) => Promise<Uint8Array | null>;
  /** null: not there. */
  readonly head: (key: string, signal: AbortSignal) => Promise<ObjectHead | null>;
  /** false: it was not there. */
  readonly remove: (key: string, signal: AbortSignal) => Promise<boolean>;
  /** All objects whose key starts with `prefix`, in key order. */
  readonly list: (prefix: string, signal: AbortSignal) => AsyncIterable<ObjectHead>;
  /** Resolves when the bucket answers and lets us in. */
  readonly probe: (signal: AbortSignal) => Promise<void>;
  readonly close: () => Promise<void>;
};
