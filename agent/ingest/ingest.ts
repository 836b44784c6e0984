// Ingests data sets of known animals: pictures, individuals and who is on which, so that an unknown picture can be compared with them.
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import type { Store } from "../../device/store/store.ts";
import { type Dataset, sourcesOf } from "./datasets.ts";
import { createDryStore } from "./dry-store.ts";
import type { PictureReader } from "./picture-reader.ts";
import { readDataset } from "./read-dataset.ts";
import { addStats, createTally, type IngestStats, type Problem, type Tally } from "./tally.ts";

export type DatasetResult = {
  /** Animals that the data set tells apart, and its pictures that are in the store now. */
  readonly tigers: number;
  readonly images: number;
  /** skipped: there is nothing to read, for the reason. stopped: not read to its end. */
  readonly status: "success" | "skipped" | "failed" | "stopped";
  readonly reason?: string;
  readonly path: string;
  readonly format: string | null;
  readonly stats: IngestStats;
  /** The first thousand; all are counted. */
  readonly problems: readonly Problem[];
};

/** The shape of the existing tool, with fields added. */
export type IngestResult = {
  /** false: a data set could not be read to its end. */
  readonly success: boolean;
  readonly dry_run: boolean;
  readonly results: Readonly<Record<string, DatasetResult>>;
  readonly stats: IngestStats;
  readonly stopped: boolean;
  /** Pictures looked at, per second of the whole run. */
  readonly images_per_second: number;
};

export type IngestOptions = {
  /** null: there is none yet; only with `dryRun`. */
  readonly store: Store | null;
  readonly datasets: readonly Dataset[];
  readonly dryRun: boolean;
  /** true: everything is read again and brought up to date in its place. */
  readonly force: boolean;
  /** Whether the store can take more without anything having to go for it; a data set is not worth a camera's pictures. */
  readonly hasRoom: () => boolean;
  /** Closed by whoever opened it. */
  readonly reader: PictureReader;
  /** Pictures on their way from file to store at once: a running agent allows few, for it has cameras. */
  readonly inFlight: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Told what a person should know, without "Warning:" before it. */
  readonly onWarning: (sentence: string) => void;
  readonly onProgress: (progress: {
    readonly dataset: string;
    readonly images: number;
    /** Of this data set so far. */
    readonly perSecond: number;
  }) => void;
  readonly signal: AbortSignal;
};

/** Reads one data set after the other. Never throws for a data set: what is wrong with one is in its result. @throws what the store throws. */
export async function ingest(options: IngestOptions): Promise<IngestResult> {
  const { datasets, dryRun, clock, log, signal } = options;
  const startedNs = clock.monotonicNs();
  const results: Record<string, DatasetResult> = {};
  const ground = groundOf(options);
  for (const dataset of datasets) {
    if (signal.aborted) break;
    results[dataset.name] = await ingestOne(dataset, { ...options, ...ground });
  }
  const all = Object.values(results);
  const images = all.reduce((sum, result) => sum + result.images, 0);
  const result: IngestResult = {
    success: all.every(({ status }) => status === "success" || status === "skipped"),
    dry_run: dryRun,
    results,
    stats: addStats(all.map(({ stats }) => stats)),
    stopped: signal.aborted,
    images_per_second: images / Math.max(1e-9, (clock.monotonicNs() - startedNs) / 1e9),
  };
  if (!dryRun && options.store !== null && result.stats.images_processed > 0) {
    const { store } = options;
    await store.commit(() =>
      store.journal.write("ingest", { datasets: Object.keys(results), ...result.stats }),
    );
  }
  log.info({ stats: result.stats, stopped: result.stopped }, "data sets ingested");
  return result;
}

type GroundOptions = Pick<Parameters<typeof readDataset>[0], "store" | "commit">;

function groundOf({ store, dryRun }: IngestOptions): GroundOptions {
  if (dryRun) return { store: createDryStore(store), commit: async (write) => write() };
  if (store === null) throw new Error("Expected a store to ingest into, got none");
  return { store, commit: store.commit };
}

async function ingestOne(
  dataset: Dataset,
  options: Omit<IngestOptions, "store"> & GroundOptions,
): Promise<DatasetResult> {
  const { log, signal, onWarning } = options;
  const tally = createTally();
  const startedNs = options.clock.monotonicNs();
  const finish = (
    status: DatasetResult["status"],
    said: { readonly reason?: string; readonly format: string | null },
  ): DatasetResult => resultOf(dataset, tally, { status, ...said });
  const directory = resolve(dataset.path);
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    onWarning(`Dataset path does not exist: ${dataset.path}`);
    return finish("skipped", { reason: "path does not exist", format: null });
  }
  let format: string | null = null;
  try {
    let nothing = { reason: "no images found", warning: `No images found in ${dataset.name} dataset` };
    for await (const source of sourcesOf(dataset, signal)) {
      format = source.format;
      const empty = await readDataset({
        ...options,
        source,
        dataset: dataset.name,
        directory,
        tally,
        assertRoom: () => {
          if (!options.hasRoom())
            throw new Error("the store has no room for more (outrider stats says how full it is)");
        },
        onProblem: (what, reason) => log.warn({ dataset: dataset.name, what, reason }, "left out"),
        onProgress: () => {
          const images = tally.pictures();
          const seconds = Math.max(1e-3, (options.clock.monotonicNs() - startedNs) / 1e9);
          options.onProgress({ dataset: dataset.name, images, perSecond: images / seconds });
        },
      });
      if (empty === null) return finish("success", { format });
      nothing = empty;
    }
    onWarning(nothing.warning);
    return finish("skipped", { reason: nothing.reason, format });
  } catch (cause) {
    if (signal.aborted) return finish("stopped", { format });
    const reason = (cause as Error).message;
    log.error({ cause, dataset: dataset.name }, "a data set could not be read to its end");
    onWarning(`${dataset.name}: ${reason}`);
    return finish("failed", { reason, format });
  }
}

function resultOf(
  { path }: Dataset,
  tally: Tally,
  said: Pick<DatasetResult, "status" | "format"> & { readonly reason?: string },
): DatasetResult {
  const stats = tally.stats();
  return {
    tigers: tally.individuals(),
    images: stats.images_processed + stats.images_skipped,
    ...said,
    path,
    stats,
    problems: tally.problems(),
  };
}
