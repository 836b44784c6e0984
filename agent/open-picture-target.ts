// Opens the target for pictures of one bucket: each by itself, or small ones packed, as configured; large ones in parts.

import type { Clock } from "../device/clock.ts";
import { isImageId } from "../device/image-id.ts";
import type { Store } from "../device/store/store.ts";
import type { Bucket } from "../sync/buckets/bucket.ts";
import type { S3BucketOptions } from "../sync/buckets/s3.ts";
import { createStoredUploadBook } from "../sync/buckets/upload-book.ts";
import { createPackedBucket } from "../sync/shards/packed-bucket.ts";
import { createPictureTarget, pictureTargetName } from "../sync/targets/pictures.ts";
import { createShardTarget } from "../sync/targets/shards.ts";
import type { Target } from "../sync/targets/target.ts";
import { createUploadSweep } from "../sync/targets/upload-sweep.ts";
import type { Config } from "./config.ts";

export type PictureTargetDeps = {
  readonly config: Pick<Config, "sync">;
  readonly store: Store;
  readonly clock: Clock;
};

/** Opens the target of a bucket and the folder in it that everything goes under. */
export function openPictureTarget(
  { bucket, folder }: { readonly bucket: Bucket; readonly folder: string },
  { config, store, clock }: PictureTargetDeps,
): Target {
  const { concurrency, shards } = config.sync;
  const { enabled, ...packing } = shards;
  if (enabled) return createShardTarget({ bucket, folder, store, clock, random: Math.random, ...packing });
  const name = pictureTargetName(bucket, folder);
  const isWanted = (key: string): boolean => {
    const imgId = key.slice(key.lastIndexOf("/") + 1);
    return isImageId(imgId) && store.outbox.isWaiting("picture", imgId, name);
  };
  const sweep = createUploadSweep(bucket, { clock, isWanted });
  // What was packed in an earlier life and is erased now has to be found in its shard.
  const { remove } = createPackedBucket(bucket);
  return createPictureTarget({ bucket: { ...bucket, remove }, folder, store, concurrency, sweep });
}

/** How large objects go to a bucket, with what is under way kept in the store. @param identity of the bucket, server included */
export function multipartOf(
  { config, store, clock }: PictureTargetDeps,
  identity: string,
): NonNullable<S3BucketOptions["multipart"]> {
  return {
    ...config.sync.multipart,
    book: createStoredUploadBook(store, identity),
    nowMs: () => clock.now().wallUs / 1000,
  };
}
