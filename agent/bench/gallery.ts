// Measures the gallery: how long a search takes and how much memory vectors take, over growing galleries.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGallery, type Gallery, type Query } from "../../models/gallery.ts";
import { median } from "./median.ts";

export type GalleryBenchOptions = {
  /** Sightings of each gallery; one after the other. */
  readonly sizes: readonly number[];
  /** Numbers in a vector. */
  readonly dimensions: number;
  readonly perIndividual: number;
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly nowMs?: () => number;
};

export type GallerySize = {
  readonly sightings: number;
  /** One search on one core, nothing else allowed in between; and what it takes of the processor, whoever else is on it. */
  readonly searchMs: number;
  readonly searchProcessorMs: number;
  /** The same by prototypes, one per individual. */
  readonly prototypeMs: number;
  /** The search that gives way: how long it takes, and the longest it kept others waiting. */
  readonly inTurnsMs: number;
  readonly longestTurnMs: number;
  /** Memory it holds, names and all, and that over the bytes of the bare vectors. */
  readonly heldBytes: number;
  readonly overRaw: number;
};

export type GalleryBenchResult = { readonly dimensions: number; readonly sizes: readonly GallerySize[] };

const space = "bench";

/** Fills and searches one gallery after the other. @throws the signal's reason when it aborts. */
export async function runGalleryBench(options: GalleryBenchOptions): Promise<GalleryBenchResult> {
  const { dimensions } = options;
  const sizes: GallerySize[] = [];
  for (const sightings of options.sizes) {
    options.signal.throwIfAborted();
    sizes.push(await measureSize(sightings, options));
  }
  return { dimensions, sizes };
}

async function measureSize(sightings: number, options: GalleryBenchOptions): Promise<GallerySize> {
  const { dimensions, random, rounds, signal, nowMs = () => performance.now() } = options;
  const gallery = createGallery([{ space, size: dimensions }]);
  const collect = openCollector();
  const memory = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = memory();
  await fill(gallery, sightings, options);
  const heldBytes = memory() - before;
  const queries = Array.from({ length: rounds }, () => queryOf(dimensions, random));
  const search = { fuse: (similarities: Float64Array) => similarities[0]!, limit: 5 };
  const timed = (work: (query: Query) => void): number => {
    work(queries[0]!);
    return median(
      queries.map((query) => {
        const began = nowMs();
        work(query);
        return nowMs() - began;
      }),
    );
  };
  const inTurns: number[] = [];
  let longestTurnMs = 0;
  for (const query of queries) {
    const began = nowMs();
    let seen = began;
    let isOver = false;
    const watch = (): void => {
      const now = nowMs();
      longestTurnMs = Math.max(longestTurnMs, now - seen);
      seen = now;
      if (!isOver) setImmediate(watch);
    };
    setImmediate(watch);
    await gallery.searchInTurns(query, { ...search, signal });
    isOver = true;
    inTurns.push(nowMs() - began);
  }
  return {
    sightings,
    searchMs: timed((query) => gallery.search(query, search)),
    searchProcessorMs: median(
      queries.map((query) => {
        const began = process.cpuUsage();
        gallery.search(query, search);
        const { user, system } = process.cpuUsage(began);
        return (user + system) / 1000;
      }),
    ),
    prototypeMs: timed((query) => gallery.search(query, { ...search, mode: "prototype" })),
    inTurnsMs: median(inTurns),
    longestTurnMs,
    heldBytes,
    overRaw: heldBytes / (sightings * dimensions * 4),
  };
}

async function fill(
  gallery: Gallery,
  sightings: number,
  { dimensions, perIndividual, random, signal }: GalleryBenchOptions,
): Promise<void> {
  for (let n = 0; n < sightings; n += 1) {
    gallery.put({
      // As long as a ULID: names take memory, too.
      sighting: String(n).padStart(26, "0"),
      individual: String(Math.floor(n / perIndividual)).padStart(26, "1"),
      side: "unknown",
      vectors: queryOf(dimensions, random),
    });
    if (n % 5000 !== 0) continue;
    signal.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What collects garbage at once, so that memory can be told from litter; without it (not V8 as Node has it) litter counts. */
function openCollector(): () => void {
  try {
    setFlagsFromString("--expose-gc");
    return runInNewContext("gc") as () => void;
  } catch {
    // Said by the figure itself: it comes out too large, never too small.
    return () => undefined;
  }
}

function queryOf(dimensions: number, random: () => number): Query {
  const vector = Float32Array.from({ length: dimensions }, () => random() - 0.5);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return new Map([[space, vector.map((value) => value / length)]]);
}

export function describeGalleryBench({ dimensions, sizes }: GalleryBenchResult): string {
  return sizes
    .map(
      (size) =>
        `${size.sightings} x ${dimensions}: search ${size.searchMs.toFixed(2)} ms (processor ${size.searchProcessorMs.toFixed(2)} ms, ${((size.searchProcessorMs / size.sightings) * 1000).toFixed(3)} µs each), prototypes ${size.prototypeMs.toFixed(2)} ms; in turns ${size.inTurnsMs.toFixed(2)} ms, longest turn ${size.longestTurnMs.toFixed(1)} ms; memory ${(size.heldBytes / 1e6).toFixed(1)} MB, ${size.overRaw.toFixed(3)} x the vectors`,
    )
    .join("\n");
}
