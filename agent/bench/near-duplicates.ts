// Measures the search for near duplicates: how long a query takes among how many hashes, and what memory, opening and hashing cost.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../device/clock.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { Log } from "../../device/log.ts";
import { nearDuplicateLimits, type PictureHashes } from "../../device/picture-hashes.ts";
import { createHashPages, type HashPages } from "../../device/store/hash-pages.ts";
import { createHashIndex } from "../../device/store/hashes.ts";
import { openStore } from "../../device/store/store.ts";
import { hashPicture } from "../../models/hashes/hash-picture.ts";
import { type CopiesResult, describeCopies, measureCopies } from "./near-duplicate-copies.ts";

export type NearDuplicateBenchOptions = {
  readonly work: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly random: () => number;
  /** The largest number of hashes; it is measured at every power of ten from a thousand up to it. */
  readonly hashes: number;
  /** How often each query is asked. */
  readonly rounds: number;
  /** A folder of pictures to make copies of; null: none. */
  readonly pictures: string | null;
};

/** Milliseconds. The best says what the work takes when nobody else wants the processor. */
export type QueryTime = { readonly bestMs: number; readonly p50Ms: number; readonly p99Ms: number };

export type HashSearchTimes = {
  readonly hashes: number;
  readonly megabytes: number;
  readonly phash: QueryTime;
  readonly pdq: QueryTime;
  /** Both hashes by the rule, nothing found: the question that is asked of every frame. */
  readonly duplicate: QueryTime;
};

export type NearDuplicateBench = {
  readonly limits: typeof nearDuplicateLimits;
  readonly searches: readonly HashSearchTimes[];
  /** Reading the hashes of a store into memory. */
  readonly opening: { readonly hashes: number; readonly ms: number };
  readonly hashing: readonly {
    readonly width: number;
    readonly height: number;
    readonly bestMs: number;
    readonly p50Ms: number;
  }[];
  readonly copies: CopiesResult | null;
};

/** The PDQ distance that its authors search with. */
const pdqDistance = 31;

export async function runNearDuplicateBench(options: NearDuplicateBenchOptions): Promise<NearDuplicateBench> {
  const searches: HashSearchTimes[] = [];
  const pages = createHashPages();
  for (let count = Math.min(1000, options.hashes); ; count = Math.min(options.hashes, count * 10)) {
    await fill(pages, count, options);
    searches.push(await measureSearch(pages, options));
    if (count >= options.hashes) break;
  }
  return {
    limits: nearDuplicateLimits,
    searches,
    opening: await measureOpening(Math.min(options.hashes, 100_000), options),
    hashing: await measureHashing(options),
    copies: options.pictures === null ? null : await measureCopies(options.pictures, options),
  };
}

async function fill(pages: HashPages, count: number, options: NearDuplicateBenchOptions): Promise<void> {
  for (let at = pages.count(); at < count; at += 1) {
    pages.put(at, randomHashes(options.random));
    if (at % 1000 === 0) await breathe(options.signal);
  }
}

async function measureSearch(pages: HashPages, options: NearDuplicateBenchOptions): Promise<HashSearchTimes> {
  const { random } = options;
  const sinceUs = Number.NEGATIVE_INFINITY;
  const near = { limit: 10, sinceUs };
  return {
    hashes: pages.count(),
    megabytes: pages.bytes() / 1e6,
    phash: await time(options, () =>
      pages.near(randomHex(16, random), { kind: "phash", distance: nearDuplicateLimits.phash, ...near }),
    ),
    pdq: await time(options, () =>
      pages.near(randomHex(64, random), { kind: "pdq", distance: pdqDistance, ...near }),
    ),
    duplicate: await time(options, () => pages.duplicate(randomHashes(random), { sinceUs, exceptUs: null })),
  };
}

async function measureOpening(
  count: number,
  { work, clock, log, signal, random }: NearDuplicateBenchOptions,
): Promise<{ hashes: number; ms: number }> {
  const directory = join(work, "near-duplicates");
  rmSync(directory, { recursive: true, force: true });
  const store = openStore({ directory, clock, log, commitWindowMs: 0 });
  try {
    const index = await createHashIndex(store, { signal });
    for (let start = 0; start < count; start += 1000) {
      await store.commit(() => {
        for (let at = start; at < Math.min(count, start + 1000); at += 1)
          index.put(formatImageId(1.7e15 + at * 1e5), randomHashes(random));
      });
      await breathe(signal);
    }
    index.close();
    const startedNs = clock.monotonicNs();
    const opened = await createHashIndex(store, { signal });
    const ms = (clock.monotonicNs() - startedNs) / 1e6;
    opened.close();
    return { hashes: opened.count(), ms };
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureHashing(options: NearDuplicateBenchOptions): Promise<NearDuplicateBench["hashing"]> {
  const results: NearDuplicateBench["hashing"][number][] = [];
  for (const [width, height] of [
    [640, 480],
    [1920, 1080],
  ] as const) {
    const pixels = new Uint8Array(width * height * 3);
    // Whatever it shows, the work is the same.
    for (let at = 0; at < pixels.length; at += 1) pixels[at] = Math.imul(at, 0x9e3779b1) >>> 24;
    const picture = { width, height, pixels };
    const rounds = Math.min(options.rounds, 30);
    const { bestMs, p50Ms } = await time({ ...options, rounds }, () => hashPicture(picture));
    results.push({ width, height, bestMs, p50Ms });
  }
  return results;
}

/** Asks again and again; a few first rounds, in which the code gets warm, do not count. */
async function time(
  { clock, signal, rounds }: Pick<NearDuplicateBenchOptions, "clock" | "signal" | "rounds">,
  ask: () => unknown,
): Promise<QueryTime> {
  const spent: number[] = [];
  for (let round = -10; round < rounds; round += 1) {
    await breathe(signal);
    const startedNs = clock.monotonicNs();
    ask();
    if (round >= 0) spent.push((clock.monotonicNs() - startedNs) / 1e6);
  }
  spent.sort((a, b) => a - b);
  const at = (share: number): number => spent[Math.min(spent.length - 1, Math.floor(spent.length * share))]!;
  return { bestMs: at(0), p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function breathe(signal: AbortSignal): Promise<void> {
  await nextTurn();
  signal.throwIfAborted();
}

function randomHashes(random: () => number): PictureHashes {
  const phash = randomHex(16, random);
  return { phash, dhash: phash, ahash: phash, pdq: randomHex(64, random), quality: 100 };
}

function randomHex(digits: number, random: () => number): string {
  let hex = "";
  while (hex.length < digits)
    hex += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return hex;
}

/** The figures for a person. */
export function describeNearDuplicateBench(result: NearDuplicateBench): string {
  const { limits, searches, opening, hashing, copies } = result;
  const times = ({ bestMs, p50Ms, p99Ms }: QueryTime): string =>
    `${bestMs.toFixed(2)} / ${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)} ms`;
  return [
    `near duplicate: pHash at most ${limits.phash} of 64 bits apart and PDQ at most ${limits.pdq} of 256; below quality ${limits.quality} equal pHash`,
    ...searches.map(
      ({ hashes, megabytes, phash, pdq, duplicate }) =>
        `${hashes} hashes, ${megabytes.toFixed(1)} MB; best / p50 / p99: near duplicate ${times(duplicate)}, pHash within ${limits.phash} ${times(phash)}, PDQ within ${pdqDistance} ${times(pdq)}`,
    ),
    `opening: ${opening.hashes} hashes read from the store in ${opening.ms.toFixed(0)} ms`,
    ...hashing.map(
      ({ width, height, bestMs, p50Ms }) =>
        `hashing a ${width}x${height} picture: ${bestMs.toFixed(1)} ms at best, ${p50Ms.toFixed(1)} ms p50`,
    ),
    ...(copies === null ? [] : [describeCopies(copies)]),
  ].join("\n");
}
