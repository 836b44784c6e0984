// The gallery: who is known, by vectors of several spaces. Exact search; a query never mixes spaces; long searches give way to others.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Side } from "../device/sighting.ts";
import { createPrototypes } from "./prototypes.ts";
import { checkVector, createVectorRows } from "./vector-rows.ts";

export type GalleryEntry = {
  readonly sighting: string;
  readonly individual: string;
  readonly side: Side;
  /** Unit vectors by space; spaces the gallery does not have are left out. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
};

/** An individual that a query may show. */
export type Candidate = {
  readonly individual: string;
  /** The sighting that is most like the query; the newest one in prototype mode. */
  readonly sighting: string;
  /** What `fuse` makes of the similarities. */
  readonly score: number;
  /** Cosine by space; without those that the sighting or the query lacks. */
  readonly similarities: Readonly<Record<string, number>>;
};

export type SearchOptions = {
  /** Similarities in the order of `spaces`, NaN where there is none, to a score; higher is more alike. Never all NaN. */
  readonly fuse: (similarities: Float64Array) => number;
  /** nearest: the most similar sighting counts. prototype: the mean of all of an individual's vectors. */
  readonly mode?: "nearest" | "prototype";
  /** left and right are compared with the same side, with both and with unknown ones; everything else with all. */
  readonly side?: Side;
  /** Individuals left out. */
  readonly exclude?: readonly string[];
  /** How many individuals at most. */
  readonly limit: number;
};

export type Query = ReadonlyMap<string, Float32Array>;

export type Gallery = {
  readonly spaces: readonly string[];
  /** Adds a sighting or replaces it. @throws ModelError when a vector is none, and nothing changed. */
  readonly put: (entry: GalleryEntry) => void;
  /** false: it was not there. */
  readonly remove: (sighting: string) => boolean;
  readonly has: (sighting: string) => boolean;
  /** Sightings, and individuals that have one. */
  readonly count: () => { readonly sightings: number; readonly individuals: number };
  /** Best first, one per individual. @throws ModelError when a query vector is none. */
  readonly search: (query: Query, options: SearchOptions) => readonly Candidate[];
  /** The same, a millisecond of work at a time. @throws the signal's reason when it aborts. */
  readonly searchInTurns: (
    query: Query,
    options: SearchOptions & { readonly signal: AbortSignal },
  ) => Promise<readonly Candidate[]>;
  /** Bytes held for vectors. */
  readonly bytes: () => number;
};

/** Multiplications of one turn: half a millisecond on a small computer of 2020, three on a Raspberry Pi 4. */
const turnMultiplications = 1_000_000;

/** Which sides a query of a side is compared with; the order of `sideNames`. */
const sideNames: readonly Side[] = ["left", "right", "both", "unknown"];

export function createGallery(spaces: readonly { readonly space: string; readonly size: number }[]): Gallery {
  const rows = spaces.map(({ space, size }) => createVectorRows(space, size));
  /** Row by sighting and back; "" and -1 for free rows, which are used again, so that a search under way finds nothing moved. */
  const rowOf = new Map<string, number>();
  const sightings: string[] = [];
  const individualAt: number[] = [];
  const sideAt: number[] = [];
  const free: number[] = [];
  const numberOf = new Map<string, number>();
  const individuals: string[] = [];
  const members: number[][] = [];
  const prototypes = createPrototypes({ rows, members, isAllowed: (row, side) => fits(sideAt[row]!, side) });

  const remove = (sighting: string): boolean => {
    const row = rowOf.get(sighting);
    if (row === undefined) return false;
    const individual = individualAt[row]!;
    members[individual] = members[individual]!.filter((member) => member !== row);
    prototypes.touch(individual);
    rowOf.delete(sighting);
    sightings[row] = "";
    individualAt[row] = -1;
    for (const each of rows) each.clear(row);
    free.push(row);
    return true;
  };
  const put = ({ sighting, individual, side, vectors }: GalleryEntry): void => {
    for (const each of rows) {
      const vector = vectors.get(each.space);
      if (vector !== undefined) checkVector(vector, each);
    }
    remove(sighting);
    const row = free.pop() ?? sightings.length;
    const number = numberOf.get(individual) ?? individuals.length;
    if (number === individuals.length) {
      numberOf.set(individual, number);
      individuals.push(individual);
      members.push([]);
    }
    rowOf.set(sighting, row);
    sightings[row] = sighting;
    individualAt[row] = number;
    sideAt[row] = sideNames.indexOf(side);
    members[number]!.push(row);
    prototypes.touch(number);
    for (const each of rows) {
      const vector = vectors.get(each.space);
      if (vector !== undefined) each.write(row, vector);
    }
  };

  /** Yields after each turn of work. */
  function* look(query: Query, options: SearchOptions): Generator<void, readonly Candidate[]> {
    const { mode = "nearest", side = "unknown", exclude = [], limit, fuse } = options;
    const asked = rows.map(({ space, size }) => {
      const vector = query.get(space);
      if (vector !== undefined) checkVector(vector, { space, size });
      return vector ?? null;
    });
    const excluded = new Set(exclude.flatMap((each) => numberOf.get(each) ?? []));
    const total = mode === "nearest" ? sightings.length : individuals.length;
    const best = createBest(individuals.length);
    if (mode === "prototype") yield* prototypes.refresh(side);
    const searched = mode === "nearest" ? rows : prototypes.rows(side);
    const dots = searched.map(() => new Float32Array(total));
    const step = Math.max(
      16,
      Math.floor(turnMultiplications / rows.reduce((sum, { size }) => sum + size, 1)),
    );
    const similarities = new Float64Array(rows.length);
    for (let from = 0; from < total; from += step) {
      const to = Math.min(total, from + step);
      for (const [at, vector] of asked.entries()) {
        if (vector === null) dots[at]!.fill(Number.NaN, from, to);
        else searched[at]!.dots(vector, dots[at]!, from, to);
      }
      for (let at = from; at < to; at += 1) {
        const individual = mode === "nearest" ? individualAt[at]! : at;
        if (individual === -1 || excluded.has(individual)) continue;
        if (mode === "nearest" && !fits(sideAt[at]!, side)) continue;
        let known = 0;
        let sum = 0;
        for (let space = 0; space < similarities.length; space += 1) {
          const dot = dots[space]![at]!;
          similarities[space] = dot;
          if (Number.isNaN(dot)) continue;
          known += 1;
          sum += dot;
        }
        if (known === 0) continue;
        const score = fuse(similarities);
        if (!best.beats(individual, score, sum)) continue;
        const sighting =
          mode === "nearest"
            ? sightings[at]!
            : newestOf(
                members[individual]!.filter((row) => fits(sideAt[row]!, side)).map((row) => sightings[row]!),
              );
        best.keep(individual, { at, score, sum, sighting });
      }
      yield;
    }
    return best.list(limit).map(({ individual, kept: { at, score, sighting } }) => ({
      individual: individuals[individual]!,
      sighting,
      score,
      similarities: Object.fromEntries(
        rows.flatMap(({ space }, index) => {
          const dot = dots[index]![at]!;
          return Number.isNaN(dot) ? [] : [[space, dot]];
        }),
      ),
    }));
  }

  return {
    spaces: rows.map(({ space }) => space),
    put,
    remove,
    has: (sighting) => rowOf.has(sighting),
    count: () => ({
      sightings: rowOf.size,
      individuals: members.reduce((count, each) => count + (each.length > 0 ? 1 : 0), 0),
    }),
    search: (query, options) => {
      const work = look(query, options);
      for (;;) {
        const turn = work.next();
        if (turn.done) return turn.value;
      }
    },
    searchInTurns: async (query, { signal, ...options }) => {
      const work = look(query, options);
      for (;;) {
        signal.throwIfAborted();
        const turn = work.next();
        if (turn.done) return turn.value;
        await nextTurn();
      }
    },
    bytes: () => rows.reduce((sum, each) => sum + each.bytes(), 0),
  };
}

/** Whether a sighting of the side with number `at` is compared with a query of `side`. */
function fits(at: number, side: Side): boolean {
  if (side !== "left" && side !== "right") return true;
  return sideNames[at] === side || at >= 2;
}

type Ranked = { readonly individual: number; readonly kept: Kept };
type Kept = { readonly at: number; readonly score: number; readonly sum: number; readonly sighting: string };

/** The best of each individual. Of equal scores (a calibration is flat outside of what it saw) the more similar one is better. */
function createBest(individuals: number) {
  const scores = new Float64Array(individuals).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(individuals);
  const best: (Kept | undefined)[] = [];
  return {
    beats: (individual: number, score: number, sum: number): boolean => {
      // One that was added while this search went on is for the next one.
      if (individual >= individuals) return false;
      const other = scores[individual]!;
      return score > other || (score === other && sum > sums[individual]!);
    },
    keep: (individual: number, kept: Kept): void => {
      scores[individual] = kept.score;
      sums[individual] = kept.sum;
      best[individual] = kept;
    },
    list: (limit: number): readonly Ranked[] => {
      // Kept in order while they come: sorting all of ten thousand would take longer than a turn may.
      const top: Ranked[] = [];
      for (const [individual, kept] of best.entries()) {
        if (kept === undefined) continue;
        const ranked = { individual, kept };
        if (top.length === limit && !isBefore(ranked, top.at(-1)!)) continue;
        let at = top.length;
        while (at > 0 && isBefore(ranked, top[at - 1]!)) at -= 1;
        top.splice(at, 0, ranked);
        if (top.length > limit) top.pop();
      }
      return top;
    },
  };
}

function isBefore({ kept: left }: Ranked, { kept: right }: Ranked): boolean {
  if (left.score !== right.score) return left.score > right.score;
  return left.sum === right.sum ? left.sighting < right.sighting : left.sum > right.sum;
}

function newestOf(sightings: readonly string[]): string {
  return [...sightings].sort().at(-1) ?? "";
}
