// Prototypes: the mean of an individual's vectors, of length 1 again, so that one comparison stands for all of its sightings.
import type { Side } from "../device/sighting.ts";
import { createVectorRows, type VectorRows } from "./vector-rows.ts";

export type Prototypes = {
  /** Says that the sightings of an individual changed. */
  readonly touch: (individual: number) => void;
  /** Makes the prototypes of a side anew where sightings changed; yields now and then. */
  readonly refresh: (side: Side) => Generator<void, void>;
  /** Prototypes by space, row = number of the individual; as they were at the last refresh of that side. */
  readonly rows: (side: Side) => readonly VectorRows[];
};

type Sided = { readonly rows: readonly VectorRows[]; readonly stale: Set<number> };

/** Numbers added up between two yields. */
const turnAdditions = 1_000_000;

/** @param options.members rows of each individual, kept up to date by their owner. */
export function createPrototypes(options: {
  readonly rows: readonly VectorRows[];
  readonly members: readonly (readonly number[])[];
  readonly isAllowed: (row: number, side: Side) => boolean;
}): Prototypes {
  const { rows, members, isAllowed } = options;
  // A prototype of the left side is made of other sightings than one of all sides.
  const bySide = new Map<Side, Sided>();
  const sided = (side: Side): Sided => {
    const key = side === "left" || side === "right" ? side : "unknown";
    const found = bySide.get(key);
    if (found !== undefined) return found;
    const made: Sided = {
      rows: rows.map(({ space, size }) => createVectorRows(space, size)),
      stale: new Set(members.keys()),
    };
    bySide.set(key, made);
    return made;
  };
  return {
    touch: (individual) => {
      for (const { stale } of bySide.values()) stale.add(individual);
    },
    *refresh(side) {
      const { rows: means, stale } = sided(side);
      let added = 0;
      for (const individual of stale) {
        stale.delete(individual);
        const allowed = members[individual]!.filter((row) => isAllowed(row, side));
        for (const [at, mean] of means.entries()) {
          const vector = meanOf(
            allowed.flatMap((row) => rows[at]!.read(row) ?? []),
            mean.size,
          );
          if (vector === null) mean.clear(individual);
          else mean.write(individual, vector);
          added += allowed.length * mean.size;
        }
        if (added < turnAdditions) continue;
        added = 0;
        yield;
      }
    },
    rows: (side) => sided(side).rows,
  };
}

/** null: there are none, or they cancel each other out. */
function meanOf(vectors: readonly Float32Array[], size: number): Float32Array | null {
  const sum = new Float64Array(size);
  for (const vector of vectors) {
    for (let at = 0; at < size; at += 1) sum[at]! += vector[at]!;
  }
  const length = Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0));
  return length < 1e-6 ? null : Float32Array.from(sum, (value) => value / length);
}
