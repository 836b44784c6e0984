// The index beside a shard: which picture lies where, so that one is read without the others. A stranger's index is read with limits.
import { z } from "zod";
import { isImageId } from "../../device/image-id.ts";
import { guardJson } from "../../device/json-guard.ts";
import { SyncError } from "../errors.ts";
import { blockBytes } from "./tar.ts";

/** Largest index that is read, bytes. Ours have some 300 bytes a picture. */
export const maxIndexBytes = 16_000_000;
/** Pictures in one shard. */
export const maxPictures = 4096;
const maxPictureBytes = 50_000_000;

const imageId = z.string().refine(isImageId, "expected an img_id");
const offset = z.number().int().min(blockBytes).max(Number.MAX_SAFE_INTEGER);
const size = z.number().int().min(0).max(maxPictureBytes);

const indexSchema = z.object({
  format: z.literal("outrider-shard"),
  version: z.literal(1),
  /** Bytes of the shard. */
  size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  pictures: z
    .array(
      z.object({
        img_id: imageId,
        /** File name in the shard. */
        name: z.string().max(100),
        /** Of the picture's bytes. */
        offset,
        size,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        labels: z.object({ offset, size }),
      }),
    )
    .max(65_536),
  /** Places that were erased: from the header of the picture to the end of its labels. */
  erased: z
    .array(z.object({ img_id: imageId, start: z.number().int().min(0), end: offset }))
    .max(65_536)
    .default([]),
});

export type ShardIndex = z.infer<typeof indexSchema>;
export type IndexedPicture = ShardIndex["pictures"][number];

/** The key of the index of a shard. */
export function indexKeyOf(shardKey: string): string {
  return shardKey.replace(/\.tar$/, ".index.json");
}

export function formatShardIndex(index: ShardIndex): Uint8Array {
  return Buffer.from(JSON.stringify(index));
}

/** Reads an index. @throws SyncError permanent, naming what is wrong. */
export function parseShardIndex(bytes: Uint8Array, key: string): ShardIndex {
  const refuse = (why: string, cause?: unknown): SyncError =>
    new SyncError("permanent", `${key} is no index of a shard: ${why}`, { cause });
  if (bytes.byteLength > maxIndexBytes)
    throw refuse(`expected at most ${maxIndexBytes} bytes, got ${bytes.byteLength}`);
  let json: unknown;
  try {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    guardJson(text, 8);
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse((cause as Error).message, cause);
  }
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue!.path.join(".") || "(top)"}: ${issue!.message}`);
  }
  const index = parsed.data;
  const ends = [
    ...index.pictures.flatMap(({ labels, ...picture }) => [
      picture.offset + picture.size,
      labels.offset + labels.size,
    ]),
    ...index.erased.map(({ end }) => end),
  ];
  const past = ends.find((end) => end > index.size);
  if (past !== undefined) throw refuse(`something ends at ${past}, past the shard's ${index.size} bytes`);
  return index;
}
