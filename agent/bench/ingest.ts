// Measures ingestion: pictures a second with hashing the first time, and how much faster it is when nothing changed.
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { createRandom } from "../../device/camera/sim/seeded-random.ts";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore, type Store } from "../../device/store/store.ts";
import { inParallel } from "../in-parallel.ts";
import { type IngestResult, ingest } from "../ingest/ingest.ts";
import { createPictureReader, type PictureReader } from "../ingest/picture-reader.ts";

export type IngestBenchOptions = {
  /** An empty folder. */
  readonly work: string;
  readonly pictures: number;
  /** Edge of the square pictures, pixels. */
  readonly size: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type IngestBench = {
  readonly pictures: number;
  readonly size: number;
  readonly picture_bytes: number;
  readonly threads: number;
  readonly first_per_second: number;
  readonly second_per_second: number;
  /** How many times faster the second run is. */
  readonly ratio: number;
  /** Processor time of the first run, all threads: says on a busy machine what it would do on a quiet one, ms. */
  readonly cpu_ms_per_picture: number;
  /** The loop's longest delay while the first run went on, ms. */
  readonly main_loop_p99_ms: number;
};

/** Ten pictures of each animal. */
const perAnimal = 10;

export async function runIngestBench(options: IngestBenchOptions): Promise<IngestBench> {
  const { work, clock, log, signal } = options;
  const root = join(work, "pictures");
  const picture_bytes = await drawPictures(root, options);
  const threads = Math.min(4, availableParallelism());
  const store = openStore({ directory: join(work, "store"), clock, log });
  const reader = createPictureReader({ threads });
  try {
    // The threads load the decoder before the clock runs.
    await Promise.all(
      Array.from({ length: threads * 2 }, () => reader.read(join(root, "images/0000/0.jpg"))),
    );
    const loop = watchLoop();
    const before = process.cpuUsage();
    const first = await run(root, { store, reader, clock, log, signal });
    const main_loop_p99_ms = loop.stop();
    const { user, system } = process.cpuUsage(before);
    signal.throwIfAborted();
    const second = await run(root, { store, reader, clock, log, signal });
    if (first.stats.images_processed !== options.pictures || second.stats.images_skipped !== options.pictures)
      throw new Error(
        `Expected ${options.pictures} pictures in, then as many known, got ${first.stats.images_processed} and ${second.stats.images_skipped}`,
      );
    return {
      pictures: options.pictures,
      size: options.size,
      picture_bytes,
      threads,
      first_per_second: first.images_per_second,
      second_per_second: second.images_per_second,
      ratio: second.images_per_second / first.images_per_second,
      cpu_ms_per_picture: (user + system) / 1000 / options.pictures,
      main_loop_p99_ms,
    };
  } finally {
    await reader.close();
    await store.close();
  }
}

async function run(
  path: string,
  deps: { store: Store; reader: PictureReader; clock: Clock; log: Log; signal: AbortSignal },
): Promise<IngestResult> {
  return await ingest({
    ...deps,
    datasets: [{ name: "atrw", path, format: "atrw" }],
    dryRun: false,
    force: false,
    inFlight: 96,
    hasRoom: () => true,
    onWarning: (sentence) => deps.log.warn({}, sentence),
    onProgress: () => undefined,
  });
}

/** Pictures that differ, with as much in them as photographs have: blurred noise. Resolves with the bytes of one, on average. */
async function drawPictures(
  root: string,
  { pictures, size, signal }: { pictures: number; size: number; signal: AbortSignal },
): Promise<number> {
  let bytes = 0;
  const random = createRandom(1, "bench ingest");
  const coarse = 48;
  await inParallel(Array.from({ length: pictures }, (_, at) => at).values(), 4, signal, async (at) => {
    const noise = Uint8Array.from({ length: coarse * coarse * 3 }, () => Math.floor(random() * 256));
    const jpeg = await sharp(noise, { raw: { width: coarse, height: coarse, channels: 3 } })
      .resize(size, size, { kernel: "cubic" })
      .jpeg({ quality: 85 })
      .toBuffer();
    bytes += jpeg.byteLength;
    const folder = join(root, "images", String(Math.floor(at / perAnimal)).padStart(4, "0"));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${at % perAnimal}.jpg`), jpeg);
  });
  return Math.round(bytes / pictures);
}

/** How late a timer of 5 ms is, again and again; the 99th percentile at the end. */
function watchLoop(): { readonly stop: () => number } {
  const late: number[] = [];
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - before - 5));
    before = now;
  }, 5);
  return {
    stop: () => {
      clearInterval(timer);
      late.sort((one, other) => one - other);
      return late[Math.floor(late.length * 0.99)] ?? 0;
    },
  };
}

/** The figures for a person. */
export function describeIngestBench(bench: IngestBench): string {
  return [
    `${bench.pictures} pictures of ${bench.size}x${bench.size} (${(bench.picture_bytes / 1000).toFixed(1)} kB each), ${bench.threads} threads`,
    `first run  ${bench.first_per_second.toFixed(0)} pictures/s, hashed and committed, ${bench.cpu_ms_per_picture.toFixed(1)} ms of processor each; main loop late by ${bench.main_loop_p99_ms.toFixed(1)} ms (p99)`,
    `second run ${bench.second_per_second.toFixed(0)} pictures/s, nothing read: ${bench.ratio.toFixed(1)} times as fast`,
  ].join("\n");
}
