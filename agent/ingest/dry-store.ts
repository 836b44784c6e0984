// A store that only looks as if: it shows what is there, takes what is written, and forgets it. A dry run ingests into it.
import type { FrameRecord } from "../../device/frame.ts";
import type { Counters } from "../../device/store/counters.ts";
import { createFrames } from "../../device/store/frames.ts";
import { createIndividuals } from "../../device/store/individuals.ts";
import { overlayTable } from "../../device/store/overlay.ts";
import { createSightings } from "../../device/store/sightings.ts";
import type { Store } from "../../device/store/store.ts";
import type { Table } from "../../device/store/table.ts";
import type { Ground } from "./place.ts";

/** @param store what is there; null: nothing yet. */
export function createDryStore(store: Store | null): Ground {
  const sightings = overlayTable("sightings", store?.seen.sightings ?? null);
  const sightingsOf = overlayTable("sightings-of", store?.seen.sightingsOf ?? null);
  const embeddings = overlayTable("embeddings", store?.seen.embeddings ?? null);
  const individuals = overlayTable("individuals", store?.seen.individuals ?? null);
  const aliases = overlayTable("individual-aliases", store?.seen.aliases ?? null);
  const hashes = overlayTable("hashes", store?.seen.hashes ?? null);
  const records = overlayTable<string, FrameRecord>("frames", store === null ? null : recordsOf(store));
  return {
    frames: createFrames({ records, pictures: forgotten, hashes }, noCounters),
    individuals: createIndividuals({ individuals, aliases }),
    sightings: createSightings({ sightings, sightingsOf, embeddings }).sightings,
    detections: overlayTable("detections", store?.detections ?? null),
    journal: { write: () => undefined, newest: (limit) => store?.journal.newest(limit) ?? [] },
    seen: {
      origins: overlayTable("origins", store?.seen.origins ?? null),
      contents: overlayTable("contents", store?.seen.contents ?? null),
      hashes,
      embeddings,
    },
  };
}

/** The records of a store's frames as a table. */
function recordsOf({ frames }: Store): Pick<Table<string, FrameRecord>, "get" | "has" | "keys"> {
  return {
    get: frames.get,
    has: frames.has,
    *keys(range = {}) {
      for (const { imgId } of frames.range(range)) yield imgId;
    },
  };
}

/** Pictures are not kept: nobody looks at one that is not there. */
const forgotten: Table<string, Uint8Array> = {
  name: "pictures",
  get: () => null,
  has: () => false,
  put: () => undefined,
  remove: () => false,
  range: () => [],
  keys: () => [],
};

const noCounters: Counters = { get: () => 0, add: () => 0, set: () => undefined, list: () => ({}) };
