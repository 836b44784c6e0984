// The index of near duplicates: the perceptual hashes of all frames, kept in the store and searched in memory.
import { setImmediate as nextTurn } from "node:timers/promises";
import { formatImageId, parseImageId } from "../image-id.ts";
import type { PictureHashes } from "../picture-hashes.ts";
import { createHashPages, type HashKind } from "./hash-pages.ts";
import type { Store } from "./store.ts";

/** A frame that lies near, and by how many bits. */
export type NearFrame = { readonly imgId: string; readonly distance: number };

/** The index. Life: createHashIndex → use → close. */
export type HashIndex = {
  /** Keeps the hashes of a frame; those it had are replaced. Within a commit only; found once that commit is on disk. */
  readonly put: (imgId: string, hashes: PictureHashes) => void;
  /** null: none were kept. */
  readonly get: (imgId: string) => PictureHashes | null;
  /** Frames whose hash differs in at most `distance` bits: nearest first, of equally near ones the newest first. */
  readonly near: (
    hash: string,
    options: {
      readonly kind: HashKind;
      readonly distance: number;
      /** Only this frame and later ones, as an img_id. */
      readonly since?: string;
      /** Default 10. */
      readonly limit?: number;
    },
  ) => readonly NearFrame[];
  /** The newest frame that shows the same picture (see isNearDuplicate), and its pHash distance; null: none does. */
  readonly duplicateOf: (
    hashes: PictureHashes,
    options?: {
      /** Only this frame and later ones, as an img_id. */
      readonly since?: string;
      /** The frame itself, when it is kept already. */
      readonly except?: string;
    },
  ) => NearFrame | null;
  /** Frames with hashes. */
  readonly count: () => number;
  /** Bytes of memory that the index takes. */
  readonly bytes: () => number;
  /** For readers: takes in the frames that another process kept since. The writer always knows. */
  readonly refresh: () => Promise<void>;
  /** May be called twice. */
  readonly close: () => void;
};

/** Frames read before others have their turn. */
const pageFrames = 512;

/** Reads the hashes of all frames into memory; others have their turn meanwhile. @throws the reason of an abort. */
export async function createHashIndex(
  store: Store,
  options: { readonly signal?: AbortSignal } = {},
): Promise<HashIndex> {
  const table = store.seen.hashes;
  const pages = createHashPages();

  const take = (imgId: string): void => {
    const atUs = parseImageId(imgId);
    if (atUs === null) return;
    const hashes = readHashes(table.get(imgId));
    if (hashes === null) pages.remove(atUs);
    else pages.put(atUs, hashes);
  };
  // Followed from the start: what is committed while the table is read is taken from it anew.
  const unfollow = store.follow("hashes", (keys) => {
    for (const key of keys) take(String(key));
  });
  /** Takes in every frame that is not known yet. */
  const load = async (): Promise<void> => {
    let start: string | undefined;
    for (;;) {
      options.signal?.throwIfAborted();
      const keys = [...table.keys({ limit: pageFrames, ...(start === undefined ? {} : { start }) })];
      for (const key of keys) {
        if (!pages.has(parseImageId(key) ?? Number.NaN)) take(key);
      }
      if (keys.length < pageFrames) return;
      start = `${keys.at(-1)!}\0`;
      await nextTurn();
    }
  };
  try {
    await load();
  } catch (cause) {
    unfollow();
    throw cause;
  }

  const timeOf = (imgId: string | undefined): number | null => {
    if (imgId === undefined) return null;
    const atUs = parseImageId(imgId);
    if (atUs === null) throw new RangeError(`Expected an img_id, got ${JSON.stringify(imgId)}`);
    return atUs;
  };
  /** A reader does not hear of removals, so it looks whether what it found is still there. */
  const isThere = (imgId: string): boolean => !store.readOnly || table.has(imgId);

  return {
    put: (imgId, hashes) => {
      timeOf(imgId);
      table.put(imgId, packHashes(hashes));
    },
    get: (imgId) => readHashes(table.get(imgId)),
    near: (hash, { kind, distance, since, limit = 10 }) =>
      pages
        .near(hash, { kind, distance, limit, sinceUs: timeOf(since) ?? Number.NEGATIVE_INFINITY })
        .map(({ atUs, distance: apart }) => ({ imgId: formatImageId(atUs), distance: apart }))
        .filter(({ imgId }) => isThere(imgId)),
    duplicateOf: (hashes, { since, except } = {}) => {
      for (;;) {
        const found = pages.duplicate(hashes, {
          sinceUs: timeOf(since) ?? Number.NEGATIVE_INFINITY,
          exceptUs: timeOf(except),
        });
        if (found === null) return null;
        const imgId = formatImageId(found.atUs);
        if (isThere(imgId)) return { imgId, distance: found.distance };
        pages.remove(found.atUs);
      }
    },
    count: pages.count,
    bytes: pages.bytes,
    refresh: async () => {
      // A reader keeps its snapshot for the rest of an event turn.
      await nextTurn();
      await load();
    },
    close: unfollow,
  };
}

/** Layout: u8 layout version, u8 quality, then pHash, dHash and aHash of 8 bytes each, then PDQ of 32. */
const layout = 1;
const packedBytes = 2 + 3 * 8 + 32;

/** Hashes as the table keeps them; for who writes them without searching. */
export function packHashes({ phash, dhash, ahash, pdq, quality }: PictureHashes): Uint8Array {
  const hex = phash + dhash + ahash + pdq;
  if (!/^[0-9a-f]{112}$/.test(hex) || phash.length !== 16 || pdq.length !== 64)
    throw new RangeError(`Expected three hashes of 16 hex digits and one of 64, got ${JSON.stringify(hex)}`);
  return Buffer.concat([Uint8Array.of(layout, quality), Buffer.from(hex, "hex")], packedBytes);
}

/** The hashes of a packed value; null: there are none, or of another layout. */
export function readHashes(packed: Uint8Array | null): PictureHashes | null {
  if (packed === null || packed[0] !== layout || packed.byteLength !== packedBytes) return null;
  const hex = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength).toString("hex", 2);
  return {
    phash: hex.slice(0, 16),
    dhash: hex.slice(16, 32),
    ahash: hex.slice(32, 48),
    pdq: hex.slice(48),
    quality: packed[1]!,
  };
}
