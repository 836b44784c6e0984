// Reads what there is: store, bucket and index, for the judge to compare.
import { join } from "node:path";
import type { Clock } from "../../../device/clock.ts";
import type { Log } from "../../../device/log.ts";
import { type LabelQuery, parseQuery } from "../../../device/query.ts";
import { openStore } from "../../../device/store/store.ts";
import type { ObjectHead } from "../../../sync/buckets/bucket.ts";
import type { BackendOptions } from "../../backends.ts";
import { openBucket, openLabelIndex } from "../../backends.ts";
import { inParallel } from "../../in-parallel.ts";
import type { Seen, StoredFrame } from "./judge.ts";
import { md5Of } from "./truth.ts";

export type StoreSeen = Pick<Seen, "stored" | "dropped"> & {
  /** Entries of the outbox, all targets together. */
  readonly waiting: number;
  readonly parked: number;
  /** Values that were set aside as damaged. */
  readonly damaged: number;
};

/**
 * Reads the store without writing, beside its writer or without one. Pictures that `known` has are not read again.
 * @throws StoreError when it does not open.
 */
export async function observeStore(
  directory: string,
  deps: { readonly clock: Clock; readonly log: Log; readonly known?: ReadonlyMap<string, StoredFrame> },
): Promise<StoreSeen> {
  const store = openStore({ directory, clock: deps.clock, log: deps.log, readOnly: true });
  try {
    const stored = new Map<string, StoredFrame>();
    for (const { imgId, erasedAtUs } of store.frames.range()) {
      const before = deps.known?.get(imgId);
      const picture = before === undefined ? store.frames.picture(imgId) : null;
      const md5 = before?.md5 ?? (picture === null ? null : md5Of(picture));
      const fingerprints = store.labels
        .ofFrame(imgId)
        .map(({ label_fingerprint: fingerprint }) => fingerprint);
      stored.set(imgId, { md5, fingerprints, isErased: erasedAtUs !== null });
    }
    return {
      stored,
      dropped: store.counters.list("dropped/"),
      waiting: waitingOf(store.outbox.waiting()),
      parked: store.counters.get("parked"),
      damaged: store.counters.get("damaged"),
    };
  } finally {
    await store.close();
  }
}

/** Only what waits for targets: all lanes together. */
function waitingOf(
  waiting: Readonly<Record<string, Readonly<Record<string, { readonly entries: number }>>>>,
): number {
  return Object.values(waiting)
    .flatMap((lanes) => Object.values(lanes))
    .reduce((sum, { entries }) => sum + entries, 0);
}

const readsAtOnce = 8;

/** Lists the objects of an event, with the MD5 of their bytes: a server's ETag, or read where there is none. */
export async function observeBucket(
  address: string,
  event: string,
  options: BackendOptions,
  signal: AbortSignal,
): Promise<Seen["objects"]> {
  const { bucket, folder } = openBucket(address, options);
  try {
    const objects: { imgId: string; md5: string }[] = [];
    const heads: ObjectHead[] = [];
    for await (const head of bucket.list(join(folder, event, "/"), signal)) heads.push(head);
    await inParallel(heads, readsAtOnce, signal, async ({ key, etag }) => {
      const isMd5 = /^[0-9a-f]{32}$/.test(etag ?? "") && bucket.url.startsWith("s3:");
      const md5 = isMd5 ? etag! : md5Of((await bucket.get(key, signal)) ?? new Uint8Array());
      objects.push({ imgId: key.split("/").at(-1)!, md5 });
    });
    return objects;
  } finally {
    await bucket.close();
  }
}

/** Finds the documents of an event. */
export async function observeIndex(
  address: string,
  event: string,
  options: BackendOptions,
  signal: AbortSignal,
): Promise<Seen["documents"]> {
  const index = openLabelIndex(address, options);
  try {
    await index.refresh(signal);
    const documents: { imgId: string; fingerprint: string }[] = [];
    for await (const document of index.search(queryOfEvent(event), signal))
      documents.push({ imgId: String(document.img_id), fingerprint: document.label_fingerprint });
    return documents;
  } finally {
    await index.close();
  }
}

/** Finds all labels of an event. */
export function queryOfEvent(event: string): LabelQuery {
  return parseQuery({ event: { type: "term", field: "keyword", value: event, bool: "filter" } });
}
