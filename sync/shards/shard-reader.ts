// Finds one picture in the shards of its folder, by their indexes, and reads it alone.
import { isImageId } from "../../device/image-id.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import type { Bucket } from "../buckets/bucket.ts";
import { SyncError } from "../errors.ts";
import {
  type IndexedPicture,
  indexKeyOf,
  maxIndexBytes,
  parseShardIndex,
  type ShardIndex,
} from "./shard-index.ts";
import { blockBytes, readTarHeader } from "./tar.ts";

/** Where a picture lies. */
export type ShardPlace = { readonly shardKey: string; readonly picture: IndexedPicture };

export type ShardReader = {
  /** The place of the picture that would lie under `key` by itself; null: in no shard of its folder. */
  readonly find: (key: string, signal: AbortSignal) => Promise<ShardPlace | null>;
  /** Its bytes, compared with the index; null: the shard is not there any more. @throws SyncError */
  readonly read: (place: ShardPlace, signal: AbortSignal) => Promise<Uint8Array | null>;
  /** Looks at a shard's index anew the next time. */
  readonly forget: (shardKey: string) => void;
};

/** Indexes kept in memory; some 2 MB each at the most. */
const maxKept = 32;
/** `<first img_id>_<last img_id>_<count>_<hash>.index.json` */
const indexName = /\/shards\/(\d{8}T[\d-]{15})_(\d{8}T[\d-]{15})_\d+_[0-9a-f]+\.index\.json$/;

/** Lists each folder once: what is packed later is not seen. */
export function createShardReader(bucket: Pick<Bucket, "list" | "get" | "getRange">): ShardReader {
  const folders = new Map<string, Promise<readonly ListedShard[]>>();
  const indexes = new Map<string, Promise<ReadonlyMap<string, IndexedPicture>>>();
  const once = <T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const made = cache.get(key) ?? make();
    // The newest stands last; a failure is not kept.
    cache.delete(key);
    cache.set(key, made);
    made.catch(() => cache.delete(key));
    if (cache.size > maxKept) cache.delete(cache.keys().next().value!);
    return made;
  };
  const list = async (folder: string, signal: AbortSignal): Promise<readonly ListedShard[]> => {
    const shards: ListedShard[] = [];
    for await (const { key, size } of bucket.list(`${folder}/shards/`, signal)) {
      const [, first, last] = indexName.exec(key) ?? [];
      if (first === undefined || last === undefined) continue;
      shards.push({ shardKey: key.replace(/\.index\.json$/, ".tar"), first, last, indexBytes: size });
    }
    return shards;
  };
  const load = async ({ shardKey, indexBytes }: ListedShard, signal: AbortSignal) => {
    const key = indexKeyOf(shardKey);
    if (indexBytes > maxIndexBytes)
      throw new SyncError("permanent", `${key} has ${indexBytes} bytes, which is too large for an index`);
    const bytes = await bucket.get(key, signal);
    const index: ShardIndex | null = bytes === null ? null : parseShardIndex(bytes, key);
    return new Map((index?.pictures ?? []).map((picture) => [picture.img_id, picture]));
  };

  return {
    find: async (key, signal) => {
      const slash = key.lastIndexOf("/");
      const imgId = key.slice(slash + 1);
      if (slash <= 0 || !isImageId(imgId)) return null;
      const folder = key.slice(0, slash);
      for (const shard of await once(folders, folder, () => list(folder, signal))) {
        if (imgId < shard.first || imgId > shard.last) continue;
        const { shardKey } = shard;
        const picture = (await once(indexes, shardKey, () => load(shard, signal))).get(imgId);
        if (picture !== undefined) return { shardKey, picture };
      }
      return null;
    },
    read: async ({ shardKey, picture }, signal) => {
      const { img_id: imgId, offset, size, sha256, name } = picture;
      const bytes = await bucket.getRange(shardKey, offset - blockBytes, blockBytes + size, signal);
      if (bytes === null) return null;
      const header = readTarHeader(bytes.subarray(0, blockBytes));
      if (header?.name !== name || header.size !== size)
        throw new SyncError(
          "permanent",
          `Expected ${name} of ${size} bytes at ${offset} of ${shardKey}, got ${header === null ? "no file" : `${header.name} of ${header.size} bytes`}`,
        );
      const alone = bytes.subarray(blockBytes);
      if (sha256Hex(alone) !== sha256)
        throw new SyncError("permanent", `${imgId} in ${shardKey} is not the picture that was packed`);
      return alone;
    },
    forget: (shardKey) => void indexes.delete(shardKey),
  };
}

type ListedShard = {
  readonly shardKey: string;
  readonly first: string;
  readonly last: string;
  readonly indexBytes: number;
};
