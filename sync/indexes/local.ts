// The label index on this machine's own disk: answers the same queries as the servers and needs nothing installed.
import type { LabelDocument } from "../../device/label.ts";
import { type Log, silentLog } from "../../device/log.ts";
import { type LabelSearch, openLabelSearch } from "../../device/store/search.ts";
import { DiskFailure } from "../../device/store/write-guard.ts";
import { SyncError } from "../errors.ts";
import type { LabelIndex, PutLabelOutcome } from "./label-index.ts";

export type LocalIndexOptions = {
  /** The folder of the index; made when missing. */
  readonly directory: string;
  /** Hears of damaged labels. Silent when not given. */
  readonly log?: Log;
};

// One transaction's worth, some 20 ms: bounds how long other work of this process, and other processes, wait. More is hardly faster.
const batchSize = 100;
// The servers' limit for a document's id.
const maxFingerprintBytes = 512;

/** Opens the index at its first use. */
export function createLocalIndex(options: LocalIndexOptions): LabelIndex {
  const { directory, log = silentLog } = options;
  const url = `local:${directory}`;
  let opening: Promise<LabelSearch> | null = null;
  let closed = false;

  const opened = async (): Promise<LabelSearch> => {
    if (closed) throw new SyncError("permanent", `${url}: the index is closed`);
    opening ??= openLabelSearch({ directory, log });
    try {
      return await opening;
    } catch (cause) {
      opening = null;
      throw cause;
    }
  };
  const doing = async <T>(signal: AbortSignal, work: (search: LabelSearch) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await work(await opened());
    } catch (cause) {
      signal.throwIfAborted();
      throw asLocalError(url, cause);
    }
  };

  return {
    url,
    put: (documents, { overwrite, signal }) =>
      doing(signal, async (search) => {
        const outcomes: PutLabelOutcome[] = [];
        for (let start = 0; start < documents.length; start += batchSize) {
          signal.throwIfAborted();
          outcomes.push(...(await putBatch(search, documents.slice(start, start + batchSize), overwrite)));
        }
        return outcomes;
      }),
    get: (fingerprints, signal) => doing(signal, (search) => search.get(fingerprints)),
    remove: (fingerprints, signal) =>
      doing(signal, async (search) => {
        const removed: boolean[] = [];
        for (let start = 0; start < fingerprints.length; start += batchSize) {
          signal.throwIfAborted();
          removed.push(...(await search.remove(fingerprints.slice(start, start + batchSize))));
        }
        return removed;
      }),
    search: async function* (query, signal) {
      signal.throwIfAborted();
      try {
        yield* (await opened()).search(query, signal);
      } catch (cause) {
        signal.throwIfAborted();
        throw asLocalError(url, cause);
      }
    },
    count: (query, signal) => doing(signal, (search) => search.count(query)),
    // What is committed is visible.
    refresh: (signal) => doing(signal, async () => undefined),
    create: (signal) => {
      const isFirst = opening === null;
      return doing(signal, async (search) => isFirst && search.created);
    },
    probe: (signal) => doing(signal, async () => undefined),
    close: async () => {
      closed = true;
      // An index that could not be opened has nothing to close.
      const search = await opening?.catch(() => null);
      await search?.close();
    },
  };
}

/** Writes the documents that have a usable fingerprint; the others fail one by one. */
async function putBatch(
  search: LabelSearch,
  documents: readonly LabelDocument[],
  overwrite: boolean,
): Promise<PutLabelOutcome[]> {
  const outcomes: (PutLabelOutcome | null)[] = documents.map(refusal);
  const usable = documents.filter((_document, at) => outcomes[at] === null);
  const named = usable.map((document) => ({ fingerprint: document.label_fingerprint, document }));
  const written = await search.put(named, { overwrite });
  let next = 0;
  return outcomes.map((outcome) => outcome ?? { outcome: written[next++]! });
}

/** Why a document cannot be kept; null: it can. */
function refusal(document: LabelDocument): PutLabelOutcome | null {
  const fingerprint: unknown = (document as Partial<LabelDocument> | null)?.label_fingerprint;
  if (
    typeof fingerprint === "string" &&
    fingerprint !== "" &&
    Buffer.byteLength(fingerprint) <= maxFingerprintBytes
  )
    return null;
  const message = `label_fingerprint: expected text of 1–${maxFingerprintBytes} bytes, got ${JSON.stringify(fingerprint)?.slice(0, 80)}`;
  return { outcome: "failed", error: new SyncError("permanent", message) };
}

/** A full disk passes; everything else (a newer index, no permission, a query that cannot be answered) wants a person. */
function asLocalError(url: string, cause: unknown): SyncError {
  if (cause instanceof SyncError) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  const passes = cause instanceof DiskFailure || /ENOSPC|EMFILE|ENFILE/.test(words);
  const advice = /MDB_(INVALID|CORRUPTED|PAGE_NOTFOUND|VERSION_MISMATCH)|not a data file|is damaged/.test(
    words,
  )
    ? "; its file data.mdb is no usable index: move it away and put the labels again"
    : "";
  return new SyncError(passes ? "retryable" : "permanent", `${url}: ${words}${advice}`, { cause });
}
