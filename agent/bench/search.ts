// Measures the local label index: how fast labels go in and how fast queries over many of them answer.
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { labelFingerprint } from "../../device/fingerprint.ts";
import { formatImageId } from "../../device/image-id.ts";
import type { LabelDocument } from "../../device/label.ts";
import { parseQuery } from "../../device/query.ts";
import type { LabelIndex } from "../../sync/indexes/label-index.ts";
import { createLocalIndex } from "../../sync/indexes/local.ts";

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
const startUs = Date.UTC(2026, 0, 5, 8) * 1000;
const frameUs = 50_000;
const framesPerSession = 5000;

/** Queries of two conditions, from few hits to nearly all. Sessions have 5000 labels, each of 250 s. */
export const benchQueries: Readonly<Record<string, unknown>> = {
  "one label: time range and class": {
    timestamp: { type: "range", bool: "filter", gte: formatImageId(startUs), lte: formatImageId(startUs) },
    "label.nb_of_direction": { type: "term", bool: "filter", value: 5 },
  },
  "a minute of one event": {
    timestamp: {
      type: "range",
      bool: "filter",
      gte: formatImageId(startUs + 60e6),
      lt: formatImageId(startUs + 120e6),
    },
    event: { type: "match", query: "Training_0" },
  },
  "a class in one session": {
    event: { type: "term", field: "keyword", bool: "filter", value: "training_3" },
    "label.label_direction": { type: "term", bool: "filter", value: 4 },
  },
  "a picture by wildcard and class": {
    img_id: { type: "wildcard", value: "*-00-100000" },
    "label.label_speed": { type: "term", value: 1 },
  },
  "a phrase and a creator": {
    comment: { type: "match_phrase", query: "evening run 7" },
    "label.created_by": { type: "term", value: "alice" },
  },
  "broad: a class and a speed range": {
    "label.label_direction": { type: "terms", bool: "filter", values: [1, 2, 3] },
    "raw_value.normalized_speed": { type: "range", bool: "filter", gte: 0.25 },
  },
  "broad: all of the year but one event": {
    timestamp: { type: "range", bool: "filter", gte: "20260101", lte: "31/12/2026" },
    event: { type: "term", field: "keyword", bool: "must_not", value: "training_3" },
  },
};

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

/** The n-th label of the bench: sessions of 5000 frames at 20 per second, as a car records them. */
export function benchLabel(n: number): LabelDocument {
  const session = Math.floor(n / framesPerSession);
  const imgId = formatImageId(startUs + session * 86_400e6 + (n % framesPerSession) * frameUs);
  const direction = [2, 2, 1, 3, 2, 0, 4, 2, 3, 1][Math.floor(n / 7) % 10]!;
  const speed = n % 3 === 0 ? 0 : 1;
  const document = {
    car_setting: {
      camera: {
        "resolution-horizontal": 160,
        "resolution-vertical": 96,
        frame_rate: 32,
        exposure_mode: "off",
        camera_position: 120,
      },
      constant: {
        max_speed: 307,
        stop_speed: 322,
        max_direction_l: 1,
        max_direction_r: 651,
        joystick_to_raw_dir_mapping: [],
        trigger_to_raw_speed_mapping: [],
        label_to_raw_dir_mapping: [250, 290, 327, 364, 400],
        label_to_raw_speed_mapping: [316, 311],
        head_up: 150,
        head_down: 120,
      },
    },
    hardware_conf: { car: "patate", version: 1, computer: "Raspberry_Pi2", camera: "Picam" },
    event: `training_${session}`,
    track: `track ${session % 4}`,
    track_picture: "",
    track_type: "single lane",
    comment: `evening run ${session} on a wet track`,
    dataset: [],
    s3_bucket: `bucket/training_${session}/${imgId.slice(0, 8)}/`,
    raw_picture: true,
    upload_date: formatImageId(startUs + session * 86_400e6 + 3600e6),
    img_id: imgId,
    file_name: `${imgId}.jpg`,
    file_type: "jpg",
    timestamp: imgId,
    raw_value: {
      raw_direction: (n * 37) % 652,
      raw_speed: 307 + (n % 16),
      normalized_speed: Math.round(((n % 101) / 100) * 100) / 100,
      normalized_direction: Math.round((((n * 7) % 201) / 100 - 1) * 100) / 100,
    },
    label: {
      label_direction: direction,
      label_speed: speed,
      created_by: n % 50 === 0 ? "alice" : "auto",
      created_on_date: imgId,
      raw_dir_to_label_mapping: [250, 290, 327, 364, 400],
      raw_speed_to_label_mapping: [316, 311],
      nb_of_direction: 5,
      nb_of_speed: 2,
    },
  };
  return { ...document, label_fingerprint: labelFingerprint(document) };
}
