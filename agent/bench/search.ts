// Measures the local label index: how fast labels go in and how fast queries over many of them answer.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { LabelDocument } from "../../device/label.ts";
import { parseQuery } from "../../device/query.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import { createLocalIndex } from "../../sync/indexes/local.ts";
import { benchLabel, benchQueries } from "./search-labels.ts";

export type SearchBenchOptions = {
  /** Where the index is made, in a folder of its own that is removed at the end. */
  readonly directory: string;
  /** How many labels to make. */
  readonly labels: number;
  /** How often each query is asked. */
  readonly rounds: number;
  readonly signal: AbortSignal;
  /** Milliseconds of a monotonic clock. */
  readonly nowMs?: () => number;
  /** Hears each line of the result as it is known. */
  readonly print?: (line: string) => void;
};

/** Times of one query, ms. */
export type QueryTimes = {
  readonly name: string;
  readonly hits: number;
  readonly countP50Ms: number;
  readonly countP95Ms: number;
  /** Until the first 100 labels (or all, when fewer) are in hand. */
  readonly firstPageP50Ms: number;
  readonly firstPageP95Ms: number;
  /** Until the last label is in hand, asked once or as often as it takes less than a second. */
  readonly allP50Ms: number;
  readonly allP95Ms: number;
};

export type SearchBenchResult = {
  readonly machine: string;
  readonly labels: number;
  readonly putPerSecond: number;
  readonly bytesPerLabel: number;
  readonly queries: readonly QueryTimes[];
};

const batchSize = 500;
const firstPage = 100;

/** Runs the bench; resolves with what it printed. */
export async function runSearchBench(options: SearchBenchOptions): Promise<SearchBenchResult> {
  const { signal, labels, rounds, print = () => undefined, nowMs = () => performance.now() } = options;
  const directory = join(options.directory, `search-bench-${randomUUID()}`);
  const index = createLocalIndex({ directory });
  try {
    const machine = `${cpus()[0]?.model.trim() ?? "unknown processor"} × ${cpus().length}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, ${runtimeName()}`;
    print(machine);
    const { putPerSecond, bytes } = await fill(index, { labels, signal, nowMs });
    print(`put ${labels} labels in batches of ${batchSize}, on disk: ${Math.round(putPerSecond)} labels/s`);
    const queries: QueryTimes[] = [];
    for (const [name, json] of Object.entries(benchQueries)) {
      const times = await measure(index, { name, json, rounds, signal, nowMs });
      print(describeTimes(times));
      queries.push(times);
    }
    return { machine, labels, putPerSecond, bytesPerLabel: bytes / labels, queries };
  } finally {
    await index.close();
    await rm(directory, { recursive: true, force: true });
  }
}

type Timing = { readonly signal: AbortSignal; readonly nowMs: () => number };

async function fill(
  index: LabelIndex,
  { labels, signal, nowMs }: Timing & { labels: number },
): Promise<{ putPerSecond: number; bytes: number }> {
  let spentMs = 0;
  let bytes = 0;
  for (let start = 0; start < labels; start += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, labels - start) }, (_, at) =>
      benchLabel(start + at),
    );
    bytes += batch.reduce((sum, label) => sum + JSON.stringify(label).length, 0);
    const began = nowMs();
    await index.put(batch, { overwrite: false, signal });
    spentMs += nowMs() - began;
  }
  return { putPerSecond: (labels / spentMs) * 1000, bytes };
}

async function measure(
  index: LabelIndex,
  options: Timing & { name: string; json: unknown; rounds: number },
): Promise<QueryTimes> {
  const { name, json, rounds, signal, nowMs } = options;
  const query = parseQuery(json);
  const spent = { count: [] as number[], firstPage: [] as number[], all: [] as number[] };
  const timed = async (times: number[], work: () => Promise<unknown>): Promise<void> => {
    const began = nowMs();
    await work();
    times.push(nowMs() - began);
  };
  let hits = 0;
  for (let round = 0; round < rounds; round += 1) {
    await timed(spent.count, async () => {
      hits = await index.count(query, signal);
    });
    await timed(spent.firstPage, () => readLabels(index.search(query, signal), firstPage));
    const isShort = spent.all.reduce((sum, ms) => sum + ms, 0) < 1000;
    if (isShort)
      await timed(spent.all, () => readLabels(index.search(query, signal), Number.POSITIVE_INFINITY));
  }
  return {
    name,
    hits,
    countP50Ms: percentile(spent.count, 0.5),
    countP95Ms: percentile(spent.count, 0.95),
    firstPageP50Ms: percentile(spent.firstPage, 0.5),
    firstPageP95Ms: percentile(spent.firstPage, 0.95),
    allP50Ms: percentile(spent.all, 0.5),
    allP95Ms: percentile(spent.all, 0.95),
  };
}

async function readLabels(labels: AsyncIterable<LabelDocument>, most: number): Promise<number> {
  let count = 0;
  for await (const _label of labels) {
    count += 1;
    if (count >= most) break;
  }
  return count;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function describeTimes(times: QueryTimes): string {
  const pair = (p50: number, p95: number) => `${p50.toFixed(2)} / ${p95.toFixed(2)} ms`;
  return (
    `${times.name}: ${times.hits} hits; p50 / p95: count ${pair(times.countP50Ms, times.countP95Ms)}, ` +
    `first ${firstPage} ${pair(times.firstPageP50Ms, times.firstPageP95Ms)}, all ${pair(times.allP50Ms, times.allP95Ms)}`
  );
}

function runtimeName(): string {
  const { deno, node } = process.versions as { deno?: string; node?: string };
  return deno === undefined ? `Node ${node}` : `Deno ${deno}`;
}
