// A bucket whose pictures may lie in shards: they are read, looked for and removed as if each lay by itself. Listing shows the shards.
import type { Bucket } from "../buckets/bucket.ts";
import { eraseFromShard } from "./erase.ts";
import { createShardReader } from "./shard-reader.ts";

/** Asks the shards only for what does not lie in the bucket by itself. Closing it closes the bucket. */
export function createPackedBucket(bucket: Bucket): Bucket {
  const shards = createShardReader(bucket);
  return {
    ...bucket,
    get: async (key, signal) => {
      const bytes = await bucket.get(key, signal);
      if (bytes !== null) return bytes;
      const place = await shards.find(key, signal);
      return place === null ? null : shards.read(place, signal);
    },
    head: async (key, signal) => {
      const head = await bucket.head(key, signal);
      if (head !== null) return head;
      const place = await shards.find(key, signal);
      return place === null ? null : { key, size: place.picture.size, etag: null };
    },
    remove: async (key, signal) => {
      const was = await bucket.remove(key, signal);
      const place = await shards.find(key, signal);
      if (place === null) return was;
      const { shardKey, picture } = place;
      shards.forget(shardKey);
      return (await eraseFromShard(bucket, shardKey, new Set([picture.img_id]), signal)) > 0 || was;
    },
  };
}
