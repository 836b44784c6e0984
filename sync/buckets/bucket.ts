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

/** The bytes of an object that is too large to hold at once. */
export type LargeSource = {
  /** Bytes in all. */
  readonly size: number;
  /** Hex SHA-256 of all bytes; null: not known beforehand, so that a sending that was cut off begins anew. */
  readonly sha256: string | null;
  /** The bytes from `start` to before `end`; the same ones whenever it is asked. */
  readonly read: (start: number, end: number, signal: AbortSignal) => Promise<Uint8Array>;
};

/** What is done with one upload in parts, in order; told to a test that stops there. */
export type UploadStep = "create" | "created" | "part" | "complete" | "completed";

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
  /**
   * As `put`, without holding the object in memory: in parts that survive the end of the process where the bucket can. The same
   * call again goes on where the last one stopped.
   */
  readonly putLarge: (
    key: string,
    source: LargeSource,
    options: Omit<PutOptions, "sha256">,
  ) => Promise<PutOutcome>;
  /** `length` bytes from `start`; null: the object is not there. Fewer bytes than asked are a failure. */
  readonly getRange: (
    key: string,
    start: number,
    length: number,
    signal: AbortSignal,
  ) => Promise<Uint8Array | null>;
  /**
   * Gives up what was begun by `putLarge` here, is not being sent now, and either is not wanted any more or did not get on for a
   * day. Returns how many.
   */
  readonly sweepUploads: (isWanted: (key: string) => boolean, signal: AbortSignal) => Promise<number>;
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
