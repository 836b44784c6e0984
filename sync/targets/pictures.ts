// Pictures to a bucket, under their deterministic keys.

import { type FrameRecord, objectKey } from "../../device/frame.ts";
import type { OutboxEntry } from "../../device/store/outbox.ts";
import type { Store } from "../../device/store/store.ts";
import type { Bucket } from "../buckets/bucket.ts";
import { asSyncError, SyncError } from "../errors.ts";
import { createFlightLimit } from "./flight-limit.ts";
import type { DeliveryOutcome, Target } from "./target.ts";
import type { UploadSweep } from "./upload-sweep.ts";

export type PictureTargetOptions = {
  readonly bucket: Bucket;
  readonly store: Pick<Store, "frames">;
  /** Folder in the bucket that everything goes under; "": none. */
  readonly folder: string;
  /** Uploads in flight at once, on a link that stays. */
  readonly concurrency: number;
  /** Clears away what an earlier life left half sent; not given: there is nothing of that kind. */
  readonly sweep?: UploadSweep;
};

/** What the outbox calls a bucket, and the folder in it that everything goes under ("" for none). */
export function pictureTargetName({ url }: Pick<Bucket, "url">, folder: string): string {
  return folder === "" ? url : `${url}/${folder}`;
}

/** Sends frames' pictures to a bucket. A key that is taken counts as delivered: keys are made of the moment of capture. */
export function createPictureTarget(options: PictureTargetOptions): Target {
  const { bucket, folder, store, concurrency, sweep } = options;
  const keyOf = (frame: FrameRecord): string =>
    folder === "" ? objectKey(frame) : `${folder}/${objectKey(frame)}`;
  const send = async (entry: OutboxEntry, signal: AbortSignal): Promise<DeliveryOutcome> => {
    const frame = store.frames.get(entry.id);
    if (frame === null) return { result: "gone" };
    if (entry.operation === "remove") {
      const was = await bucket.remove(keyOf(frame), signal);
      return { result: "delivered", reference: null, already: !was };
    }
    if (frame.erasedAtUs !== null) return { result: "gone" };
    const bytes = store.frames.picture(entry.id);
    // The record is there, so this is no drop: a person has to know that it will never arrive.
    if (bytes === null)
      return { result: "failed", error: new SyncError("permanent", "its picture is damaged in the store") };
    const { outcome, etag } = await bucket.put(keyOf(frame), bytes, {
      ifAbsent: true,
      sha256: frame.sha256,
      signal,
    });
    return { result: "delivered", reference: etag, already: outcome === "exists" };
  };
  /** A refusal may have been for a key that was exchanged meanwhile: what is refused twice is parked. */
  const sendAgain = async (entry: OutboxEntry, signal: AbortSignal): Promise<DeliveryOutcome> => {
    try {
      return await send(entry, signal);
    } catch (thrown) {
      const error = asSyncError(thrown, `put ${entry.id}`);
      if (error.kind !== "permanent") throw error;
      return { result: "failed", error };
    }
  };
  const limit = createFlightLimit(concurrency);
  return {
    name: pictureTargetName(bucket, folder),
    waitsFor: [],
    maxBatch: 1,
    get concurrency() {
      return limit.now();
    },
    deliver: async (entries, signal) => {
      await sweep?.(signal);
      return Promise.all(
        entries.map(async (entry): Promise<DeliveryOutcome> => {
          const flight = limit.begin();
          try {
            const outcome = await send(entry, signal);
            flight.succeeded();
            return outcome;
          } catch (thrown) {
            const error = asSyncError(thrown, `put ${entry.id}`);
            if (error.kind === "offline") flight.cut();
            if (error.kind !== "permanent") throw error;
            // Does it refuse this picture, or all of us (wrong key, no such bucket)? Only the former may be parked.
            await bucket.probe(signal);
            return sendAgain(entry, signal);
          }
        }),
      );
    },
    probe: (signal) => bucket.probe(signal),
    close: () => bucket.close(),
  };
}
