// Asks at capture time whether a picture shows what was there already: in the last hours, of all that the store holds. It only says
// so; no frame is dropped for it, as a small animal in a still scene is a near duplicate of the empty one.
import { formatImageId, parseImageId } from "../../device/image-id.ts";
import type { Log } from "../../device/log.ts";
import type { PictureHashes } from "../../device/picture-hashes.ts";
import { createHashIndex, type HashIndex } from "../../device/store/hashes.ts";
import type { Store } from "../../device/store/store.ts";

/** Life: create → run; asked meanwhile. */
export type NearDuplicates = {
  /**
   * The newest other frame of the hours before `imgId` that shows the same picture; null: none does, or the hashes of the store
   * are still being read.
   */
  readonly of: (imgId: string, hashes: PictureHashes) => string | null;
  /** Reads the hashes of the store and keeps them at hand until the signal aborts. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type NearDuplicatesOptions = {
  readonly store: Store;
  readonly log: Log;
  /** How far back a picture counts, hours; not given: a day. */
  readonly hours?: number;
};

export function createNearDuplicates({ store, log, hours = 24 }: NearDuplicatesOptions): NearDuplicates {
  let index: HashIndex | null = null;
  return {
    of: (imgId, hashes) => {
      const atUs = parseImageId(imgId);
      if (index === null || atUs === null) return null;
      const since = formatImageId(Math.max(0, atUs - hours * 3600e6));
      return index.duplicateOf(hashes, { since, except: imgId })?.imgId ?? null;
    },
    run: async (signal) => {
      try {
        index = await createHashIndex(store, { signal });
        log.debug({ frames: index.count(), bytes: index.bytes() }, "near duplicates are looked for");
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      } catch (cause) {
        if (!signal.aborted) log.warn({ cause }, "near duplicates are not looked for");
      } finally {
        index?.close();
        index = null;
      }
    },
  };
}
