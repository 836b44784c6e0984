// Which uploads in parts are under way in one bucket, kept so that they go on after the process or the power was cut.
import { createHash } from "node:crypto";
import type { Store } from "../../device/store/store.ts";

/** A part that the server has. Numbers begin at 1. */
export type UploadedPart = { readonly number: number; readonly size: number; readonly etag: string };

/** One upload. */
export type UploadRecord = {
  readonly key: string;
  /** null: it was about to be created; whether it was, only the server knows. */
  readonly uploadId: string | null;
  readonly size: number;
  readonly sha256: string | null;
  readonly partBytes: number;
  readonly parts: readonly UploadedPart[];
  /** How often it had to begin anew. */
  readonly restarts: number;
  /** Wall ms of the last thing that went well. */
  readonly touchedAtMs: number;
};

/** The uploads of one bucket by object key. */
export type UploadBook = {
  readonly get: (key: string) => UploadRecord | null;
  /** Resolves when it is on disk. */
  readonly put: (record: UploadRecord) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
  readonly list: () => readonly UploadRecord[];
};

/** The book among the notes of a store. @param bucket identity of the bucket, server included */
export function createStoredUploadBook(store: Pick<Store, "notes" | "commit">, bucket: string): UploadBook {
  // Object keys may be longer than the keys of the store.
  const prefix = `upload/${shortHash(bucket)}/`;
  const nameOf = (key: string): string => prefix + shortHash(key);
  return {
    get: (key) => store.notes.get(nameOf(key)) as UploadRecord | null,
    put: (record) => store.commit(() => store.notes.put(nameOf(record.key), record)),
    remove: (key) => store.commit(() => void store.notes.remove(nameOf(key))),
    list: () =>
      [...store.notes.range({ start: prefix, end: `${prefix}~` })].map(({ value }) => value as UploadRecord),
  };
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 40);
}
