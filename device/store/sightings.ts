// Sightings in the store, found by frame, individual and sequence, with their vectors. Who follows them is told after the commit.
import type { SightingRecord } from "../sighting.ts";
import { decodeVector, encodeVector } from "../vector.ts";
import type { StoreTables } from "./store-tables.ts";
import type { RangeOptions } from "./table.ts";

/** What a sighting is found by. */
export type SightingOwner = "frame" | "individual" | "sequence";

/** Changes are allowed within a commit only. */
export type Sightings = {
  readonly get: (id: string) => SightingRecord | null;
  /** @param vectors unit vectors of the crop by space. @throws when the id is taken, or a vector is none. */
  readonly add: (sighting: SightingRecord, vectors?: ReadonlyMap<string, Float32Array>) => void;
  /** Replaces a sighting that is there. @throws when it is not. */
  readonly update: (sighting: SightingRecord) => void;
  /** Keeps a vector of a sighting, or replaces it. @throws when the sighting is not there, or the vector is none. */
  readonly embed: (id: string, space: string, vector: Float32Array) => void;
  /** Deletes a sighting with its vectors. false: it was not there. */
  readonly remove: (id: string) => boolean;
  /** null: not described in this space, or damaged. */
  readonly vector: (id: string, space: string) => Float32Array | null;
  readonly has: (id: string, space: string) => boolean;
  /** Spaces that hold a vector of anything. */
  readonly spaces: () => readonly string[];
  /** Sightings of a frame, individual or sequence, oldest first. */
  readonly of: (owner: SightingOwner, id: string) => Iterable<SightingRecord>;
  /** All, oldest first (newest first with `reverse`); bounds are ids. */
  readonly range: (options?: RangeOptions<string>) => Iterable<SightingRecord>;
  /** Hears the ids of sightings that were added, changed, described or removed, once that is on disk. Returns how to stop. */
  readonly onChange: (listener: (ids: ReadonlySet<string>) => void) => () => void;
};

type SightingTables = Pick<StoreTables, "sightings" | "sightingsOf" | "embeddings">;

/** @returns the sightings; `settle`, which the store calls when a transaction is over; and `mend`, see below. */
export function createSightings({ sightings, sightingsOf, embeddings }: SightingTables): {
  readonly sightings: Sightings;
  readonly settle: (committed: boolean) => void;
  /** Makes indexes and vectors agree with the sightings again. Within a commit only. Returns how many entries were put right. */
  readonly mend: () => number;
} {
  const listeners = new Set<(ids: ReadonlySet<string>) => void>();
  let touched = new Set<string>();

  const index = (sighting: SightingRecord): void => {
    for (const key of indexKeys(sighting)) sightingsOf.put(key, true);
  };
  const unindex = (sighting: SightingRecord): void => {
    for (const key of indexKeys(sighting)) sightingsOf.remove(key);
  };
  const spaces = (): readonly string[] => {
    const found: string[] = [];
    for (let start = ""; ; start = `${found.at(-1)}\0`) {
      const [key] = embeddings.keys({ start: [start, ""], limit: 1 });
      if (key === undefined) return found;
      found.push(key[0]);
    }
  };
  const embed = (id: string, space: string, vector: Float32Array): void => {
    embeddings.put([space, id], encodeVector(vector));
    touched.add(id);
  };
  const view: Sightings = {
    get: (id) => sightings.get(id),
    add: (sighting, vectors = new Map()) => {
      if (sightings.has(sighting.id))
        throw new Error(`Expected a new sighting, but ${sighting.id} is in the store already`);
      sightings.put(sighting.id, sighting);
      index(sighting);
      touched.add(sighting.id);
      for (const [space, vector] of vectors) embed(sighting.id, space, vector);
    },
    update: (sighting) => {
      const before = sightings.get(sighting.id);
      if (before === null) throw new Error(`Expected a sighting of the store, got ${sighting.id}`);
      unindex(before);
      sightings.put(sighting.id, sighting);
      index(sighting);
      touched.add(sighting.id);
    },
    embed: (id, space, vector) => {
      if (!sightings.has(id)) throw new Error(`Expected a sighting of the store, got ${id}`);
      embed(id, space, vector);
    },
    remove: (id) => {
      const before = sightings.get(id);
      if (before !== null) unindex(before);
      for (const space of spaces()) embeddings.remove([space, id]);
      touched.add(id);
      return sightings.remove(id);
    },
    vector: (id, space) => {
      const bytes = embeddings.get([space, id]);
      return bytes === null ? null : decodeVector(bytes);
    },
    has: (id, space) => embeddings.has([space, id]),
    spaces,
    *of(owner, id) {
      for (const [, , sighting] of sightingsOf.keys({ start: [owner, id, ""], end: [owner, id, "\uffff"] })) {
        const found = sightings.get(sighting);
        if (found !== null) yield found;
      }
    },
    *range(options = {}) {
      for (const { value } of sightings.range(options)) yield value;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    sightings: view,
    settle: (committed) => {
      const ids = touched;
      touched = new Set();
      if (!committed || ids.size === 0) return;
      for (const listener of listeners) listener(ids);
    },
    mend: () => {
      let mended = 0;
      for (const { value } of sightings.range()) {
        for (const key of indexKeys(value).filter((each) => !sightingsOf.has(each))) {
          sightingsOf.put(key, true);
          mended += 1;
        }
      }
      for (const key of [...sightingsOf.keys()]) {
        const found = sightings.get(key[2]);
        if (found !== null && indexKeys(found).some(([owner, id]) => owner === key[0] && id === key[1]))
          continue;
        sightingsOf.remove(key);
        mended += 1;
      }
      for (const [space, id] of [...embeddings.keys()]) {
        if (sightings.has(id)) continue;
        embeddings.remove([space, id]);
        mended += 1;
      }
      return mended;
    },
  };
}

function indexKeys(sighting: SightingRecord): readonly [SightingOwner, string, string][] {
  const { id, imgId, individual, sequence } = sighting;
  return [
    ["frame", imgId, id],
    ...(individual === null ? [] : [["individual", individual, id] as [SightingOwner, string, string]]),
    ...(sequence === null ? [] : [["sequence", sequence, id] as [SightingOwner, string, string]]),
  ];
}
