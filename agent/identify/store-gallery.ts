// The gallery of a store: labelled and verified sightings in memory, in step with every commit. Suggestions never answer.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Log } from "../../device/log.ts";
import { answers } from "../../device/sighting.ts";
import type { Store } from "../../device/store/store.ts";
import { createGallery, type Gallery } from "../../models/gallery.ts";
import { ModelError } from "../../models/vision.ts";

/** Life: openStoreGallery → refresh before each search → close. */
export type StoreGallery = {
  readonly gallery: Gallery;
  /** Takes in what was committed since. */
  readonly refresh: () => void;
  /** May be called twice. */
  readonly close: () => void;
};

/** Sightings read between two turns for others. */
const pageSightings = 100;

/** Reads the store's sightings into a gallery of these spaces. */
export async function openStoreGallery(options: {
  readonly store: Pick<Store, "sightings">;
  readonly spaces: readonly { readonly space: string; readonly size: number }[];
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<StoreGallery> {
  const { store, spaces, log, signal } = options;
  const gallery = createGallery(spaces);
  const stale = new Set<string>();
  const close = store.sightings.onChange((ids) => {
    for (const id of ids) stale.add(id);
  });
  const take = (id: string): void => {
    const sighting = store.sightings.get(id);
    if (sighting === null || !answers(sighting)) {
      gallery.remove(id);
      return;
    }
    const vectors = new Map<string, Float32Array>();
    for (const { space, size } of spaces) {
      const vector = store.sightings.vector(id, space);
      if (vector === null) continue;
      if (vector.length === size) vectors.set(space, vector);
      else
        log.warn({ sighting: id, space, size, got: vector.length }, "a vector of the wrong size is left out");
    }
    try {
      gallery.put({ sighting: id, individual: sighting.individual!, side: sighting.side, vectors });
    } catch (cause) {
      if (!(cause instanceof ModelError)) throw cause;
      gallery.remove(id);
      log.warn({ sighting: id, cause }, "a sighting cannot be compared and is left out");
    }
  };
  try {
    let read = 0;
    for (const { id } of store.sightings.range()) {
      take(id);
      read += 1;
      if (read % pageSightings !== 0) continue;
      signal.throwIfAborted();
      await nextTurn();
    }
  } catch (cause) {
    close();
    throw cause;
  }
  return {
    gallery,
    refresh: () => {
      for (const id of stale) take(id);
      stale.clear();
    },
    close,
  };
}
