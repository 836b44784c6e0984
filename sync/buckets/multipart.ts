// An object sent in parts: what the server has is never sent again, whatever ended the sending. One part is under way at a time,
// so that a cut costs one part at the most.
import { SyncError } from "../errors.ts";
import type { LargeSource, ObjectHead, PutOptions, PutOutcome, UploadStep } from "./bucket.ts";
import type { UploadBook, UploadedPart, UploadRecord } from "./upload-book.ts";

/** The requests this is made of. All throw SyncError. */
export type MultipartRequests = {
  /** Gives the upload's id. */
  readonly create: (key: string, sha256: string | null, given: GivenOptions) => Promise<string>;
  /** The part's entity tag; null: the server does not know the upload. */
  readonly putPart: (part: PartToSend, signal: AbortSignal) => Promise<string | null>;
  /** What the server has; null: it does not know the upload. */
  readonly parts: (key: string, uploadId: string, signal: AbortSignal) => Promise<UploadedPart[] | null>;
  /** `unknown`: the server does not know the upload. `refused`: it does not have these parts. */
  readonly complete: (
    upload: { readonly key: string; readonly uploadId: string; readonly parts: readonly UploadedPart[] },
    given: GivenOptions,
  ) => Promise<PutOutcome | { readonly outcome: "unknown" } | { readonly outcome: "refused" }>;
  /** An upload that is not there is no failure. */
  readonly abort: (key: string, uploadId: string, signal: AbortSignal) => Promise<void>;
  /** Ids of all uploads under way for exactly this key. */
  readonly uploadsOf: (key: string, signal: AbortSignal) => Promise<readonly string[]>;
  readonly head: (key: string, signal: AbortSignal) => Promise<ObjectHead | null>;
};

export type PartToSend = {
  readonly key: string;
  readonly uploadId: string;
  readonly number: number;
  readonly bytes: Uint8Array;
};

type GivenOptions = Omit<PutOptions, "sha256">;

export type MultipartOptions = {
  readonly requests: MultipartRequests;
  readonly book: UploadBook;
  /** Bytes of a part; at least 5 MiB count, as S3 wants it, and more where 10 000 parts would not do. */
  readonly partBytes: number;
  /** Wall ms. */
  readonly nowMs: () => number;
  /** Awaited before and after each step; for tests that stop there. */
  readonly onStep?: (step: UploadStep, key: string) => void | Promise<void>;
};

export type Multipart = {
  readonly put: (key: string, source: LargeSource, given: GivenOptions) => Promise<PutOutcome>;
  readonly sweep: (isWanted: (key: string) => boolean, signal: AbortSignal) => Promise<number>;
};

const minPartBytes = 5 * 1024 * 1024;
const maxParts = 10_000;
/** An upload that the server loses or refuses so often will not come about. */
const maxRestarts = 3;
const staleMs = 86_400_000;

export function createMultipart(options: MultipartOptions): Multipart {
  const { requests, book, nowMs, onStep } = options;
  /** Keys that are being sent by this process. */
  const busy = new Set<string>();
  const keep = async (record: UploadRecord): Promise<UploadRecord> => {
    const kept = { ...record, touchedAtMs: nowMs() };
    await book.put(kept);
    return kept;
  };
  /** Ends the upload of a record at the server and in the book. */
  const drop = async ({ key, uploadId }: UploadRecord, signal: AbortSignal): Promise<void> => {
    // One that was about to be created may be there under an id that nobody wrote down. The key is ours alone.
    const ids = uploadId === null ? await requests.uploadsOf(key, signal) : [uploadId];
    for (const id of ids) await requests.abort(key, id, signal);
    await book.remove(key);
  };
  /** The object, when it is there and has our size. */
  const thereAlready = async (
    key: string,
    { size }: LargeSource,
    signal: AbortSignal,
  ): Promise<ObjectHead | null> => {
    const there = await requests.head(key, signal);
    if (there !== null && there.size !== size)
      throw new SyncError(
        "permanent",
        `Expected ${key} to have ${size} bytes, but something else of ${there.size} bytes lies there`,
      );
    return there;
  };

  /** The upload to go on with and what the server has of it; null: begin anew. An outcome: there is nothing left to do. */
  const resume = async (
    record: UploadRecord,
    source: LargeSource,
    { ifAbsent, signal }: GivenOptions,
  ): Promise<UploadRecord | PutOutcome | null> => {
    const { key, uploadId, partBytes } = record;
    const isSame = record.size === source.size && record.sha256 === source.sha256 && source.sha256 !== null;
    if (!isSame || uploadId === null) {
      await drop(record, signal);
      return null;
    }
    const has = await requests.parts(key, uploadId, signal);
    if (has !== null) {
      // The server's word on what it has goes before ours; a part of another size is sent again.
      const parts = has.filter(({ number, size }) => size === sizeOfPart(number, source.size, partBytes));
      return { ...record, parts };
    }
    // Completed by us, and the answer lost; or expired. What was to be replaced cannot be told from what replaces it.
    const there = ifAbsent ? await thereAlready(key, source, signal) : null;
    await book.remove(key);
    return there === null ? null : { outcome: "created", etag: there.etag };
  };

  const begin = async (
    key: string,
    source: LargeSource,
    restarts: number,
    given: GivenOptions,
  ): Promise<UploadRecord> => {
    const { size, sha256 } = source;
    const partBytes = partBytesFor(size, options.partBytes);
    const intent = await keep({
      key,
      uploadId: null,
      size,
      sha256,
      partBytes,
      parts: [],
      restarts,
      touchedAtMs: 0,
    });
    await onStep?.("create", key);
    const uploadId = await requests.create(key, sha256, given);
    await onStep?.("created", key);
    return keep({ ...intent, uploadId });
  };

  /** Sends what the server lacks; null: it does not know the upload any more. */
  const sendParts = async (
    begun: UploadRecord & { readonly uploadId: string },
    source: LargeSource,
    signal: AbortSignal,
  ): Promise<UploadRecord | null> => {
    const { key, uploadId, partBytes, size } = begun;
    let record: UploadRecord = begun;
    for (let number = 1; (number - 1) * partBytes < size; number += 1) {
      if (record.parts.some((part) => part.number === number)) continue;
      const start = (number - 1) * partBytes;
      const bytes = await source.read(start, Math.min(size, start + partBytes), signal);
      const etag = await requests.putPart({ key, uploadId, number, bytes }, signal);
      if (etag === null) return null;
      await onStep?.("part", key);
      const parts = [...record.parts, { number, size: bytes.byteLength, etag }];
      record = await keep({ ...record, parts });
    }
    return record;
  };

  /** null: the upload came to nothing and has to begin anew. */
  const attempt = async (
    key: string,
    source: LargeSource,
    restarts: number,
    given: GivenOptions,
  ): Promise<PutOutcome | null> => {
    const { signal, ifAbsent } = given;
    const old = book.get(key);
    const found = old === null ? null : await resume(old, source, given);
    if (found !== null && "outcome" in found) return found;
    if (found === null && ifAbsent) {
      const there = await thereAlready(key, source, signal);
      if (there !== null) return { outcome: "exists", etag: there.etag };
    }
    const record = found ?? (await begin(key, source, restarts, given));
    const uploadId = record.uploadId!;
    const sent = await sendParts({ ...record, uploadId }, source, signal);
    if (sent === null) return null;
    await onStep?.("complete", key);
    const parts = [...sent.parts].sort((a, b) => a.number - b.number);
    const done = await requests.complete({ key, uploadId, parts }, given);
    if (done.outcome === "unknown") return null;
    if (done.outcome === "refused") {
      await drop(sent, signal);
      return null;
    }
    await onStep?.("completed", key);
    if (done.outcome === "exists") await requests.abort(key, uploadId, signal);
    const there = await thereAlready(key, source, signal);
    await book.remove(key);
    return { outcome: done.outcome, etag: there?.etag ?? done.etag };
  };

  return {
    put: async (key, source, given) => {
      if (busy.has(key)) throw new SyncError("retryable", `${key} is being sent already`);
      busy.add(key);
      try {
        for (let restarts = book.get(key)?.restarts ?? 0; ; restarts += 1) {
          const outcome = await attempt(key, source, restarts, given);
          if (outcome !== null) return outcome;
          const left = book.get(key);
          if (restarts + 1 < maxRestarts) continue;
          if (left !== null) await drop(left, given.signal);
          throw new SyncError(
            "permanent",
            `The server lost or refused the parts of ${key} ${maxRestarts} times`,
          );
        }
      } finally {
        busy.delete(key);
      }
    },
    sweep: async (isWanted, signal) => {
      const oldestMs = nowMs() - staleMs;
      const idle = book.list().filter(({ key }) => !busy.has(key));
      const given = idle.filter(({ key, touchedAtMs }) => touchedAtMs < oldestMs || !isWanted(key));
      for (const record of given) await drop(record, signal);
      return given.length;
    },
  };
}

/** Bytes of each part but the last, in whole MiB where it has to grow. */
function partBytesFor(size: number, wanted: number): number {
  const mib = 1024 * 1024;
  return Math.max(minPartBytes, wanted, Math.ceil(size / maxParts / mib) * mib);
}

function sizeOfPart(number: number, size: number, partBytes: number): number {
  return Math.max(0, Math.min(partBytes, size - (number - 1) * partBytes));
}
