// Erases pictures that were packed: taken out of the index first, so that nobody finds them, then overwritten in the shard. What else
// is in the shard stays where it is, so that every receipt and index stays true.
import type { Bucket } from "../buckets/bucket.ts";
import { SyncError } from "../errors.ts";
import { overlay } from "./layout.ts";
import { formatShardIndex, indexKeyOf, parseShardIndex, type ShardIndex } from "./shard-index.ts";
import { blockBytes, readTarHeader, tarBytes, tarHeader } from "./tar.ts";

type Erased = ShardIndex["erased"][number];

/** Erases; may be called again after any failure. Returns how many of them were still to be found. @throws SyncError */
export async function eraseFromShard(
  bucket: Pick<Bucket, "get" | "getRange" | "put" | "putLarge">,
  shardKey: string,
  imgIds: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<number> {
  const indexKey = indexKeyOf(shardKey);
  const bytes = await bucket.get(indexKey, signal);
  if (bytes === null) return 0;
  const index = parseShardIndex(bytes, indexKey);
  const found = index.pictures.filter(({ img_id: imgId }) => imgIds.has(imgId));
  const erased = [...index.erased, ...found.map(placeOf)];
  if (found.length > 0) {
    const pictures = index.pictures.filter(({ img_id: imgId }) => !imgIds.has(imgId));
    const left = formatShardIndex({ ...index, pictures, erased });
    await bucket.put(indexKey, left, { ifAbsent: false, mediaType: "application/json", signal });
  }
  const asked = erased.filter(({ img_id: imgId }) => imgIds.has(imgId));
  if (await areAllBlank(bucket, shardKey, asked, signal)) return found.length;
  const source = {
    size: index.size,
    // Known only when all of it was read, which happens once: as it is sent.
    sha256: null,
    read: async (start: number, end: number, stop: AbortSignal): Promise<Uint8Array> => {
      const part = await bucket.getRange(shardKey, start, end - start, stop);
      if (part === null) throw new SyncError("retryable", `${shardKey} went away while it was rewritten`);
      const rewritten = Buffer.from(part);
      for (const place of erased)
        if (place.start < end && place.end > start) overlay(rewritten, start, blank(place), place.start);
      return rewritten;
    },
  };
  await bucket.putLarge(shardKey, source, { ifAbsent: false, mediaType: "application/x-tar", signal });
  return found.length;
}

/** From the picture's header to the end of its labels. */
function placeOf({ img_id, offset, size, labels }: ShardIndex["pictures"][number]): Erased {
  const start = offset - blockBytes;
  const isNext = labels.offset === start + tarBytes(size) + blockBytes;
  // A stranger's shard may have its labels elsewhere: then they are not ours to find again.
  return {
    img_id,
    start,
    end: isNext ? labels.offset - blockBytes + tarBytes(labels.size) : start + tarBytes(size),
  };
}

/** One file of zeros in the place of picture and labels, whose name says why. */
function blank({ img_id: imgId, start, end }: Erased): Uint8Array {
  const bytes = Buffer.alloc(end - start);
  bytes.set(tarHeader(erasedName(imgId), end - start - blockBytes));
  return bytes;
}

async function areAllBlank(
  bucket: Pick<Bucket, "getRange">,
  shardKey: string,
  places: readonly Erased[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const { img_id: imgId, start } of places) {
    const block = await bucket.getRange(shardKey, start, blockBytes, signal);
    // No shard, nothing to erase.
    if (block === null) return true;
    if (readTarHeader(block)?.name !== erasedName(imgId)) return false;
  }
  return true;
}

function erasedName(imgId: string): string {
  return `${imgId}.erased`;
}
