// How many frames a second are durably recorded: the store at its default settings against files written the crash-safe way
// (file + fsync + rename + fsync of the folder, label line appended + fsync), the same bytes, in turns.

import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import { fileNameOf } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import { type FrameEntry, openStore, type Store } from "../../device/store/store.ts";
import { createDeliveryPlan } from "../deliveries.ts";
import { createPercentiles } from "../record/percentiles.ts";
import { createFrameMaker } from "./frames.ts";
import { median } from "./median.ts";

export type RecordBenchOptions = {
  readonly work: string;
  /** Frames a round, of the store and of the files each. */
  readonly frames: number;
  /** Bytes of a picture. */
  readonly bytes: number;
  readonly rounds: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type RecordBench = {
  readonly frames: number;
  readonly bytes: number;
  /** Frames a second, each round. */
  readonly store: readonly number[];
  readonly files: readonly number[];
  readonly storeMedian: number;
  readonly filesMedian: number;
  /** Of the medians; the goal is 5. */
  readonly ratio: number;
  /** Milliseconds from a frame to its acknowledgement, at full load. */
  readonly ackMs: { readonly p50: number | null; readonly p99: number | null };
};

/** Frames on their way to the disk at once, as many as a recorder lets wait. */
const inFlight = 512;

/** Measures both in turns, after one round of each that does not count. */
export async function runRecordBench(options: RecordBenchOptions): Promise<RecordBench> {
  const { clock, log, bytes, frames, rounds } = options;
  const work = join(options.work, "record");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const store = openStore({ directory: join(work, "store"), clock, log });
  const make = entryMaker(options);
  const results = { store: [] as number[], files: [] as number[] };
  const latency = createPercentiles();
  try {
    for (let round = 0; round <= rounds; round += 1) {
      options.signal.throwIfAborted();
      // Made beforehand: neither of the two is charged for it.
      const entries = Array.from({ length: frames }, make);
      const storeRate = frames / (await timeStore(store, entries, round === 0 ? null : latency));
      const filesRate = frames / timeFiles(join(work, `files-${round}`), entries);
      if (round === 0) continue;
      results.store.push(storeRate);
      results.files.push(filesRate);
    }
  } finally {
    await store.close();
    rmSync(work, { recursive: true, force: true });
  }
  const storeMedian = median(results.store);
  const filesMedian = median(results.files);
  return {
    frames,
    bytes,
    ...results,
    storeMedian,
    filesMedian,
    ratio: storeMedian / filesMedian,
    ackMs: { p50: latency.at(0.5), p99: latency.at(0.99) },
  };
}

/** The figures for a person. */
export function describeRecordBench(result: RecordBench): string {
  const list = (rates: readonly number[]): string => rates.map((rate) => rate.toFixed(0)).join(" ");
  return [
    `${result.frames} frames of ${result.bytes} bytes with label, detection and two outbox entries, ${result.store.length} rounds in turns`,
    `store ${result.storeMedian.toFixed(0)} frames/s (${list(result.store)})`,
    `files ${result.filesMedian.toFixed(0)} frames/s (${list(result.files)})`,
    `ratio ${result.ratio.toFixed(1)}; acknowledged after ${result.ackMs.p50?.toFixed(0)} ms (p50), ${result.ackMs.p99?.toFixed(0)} ms (p99) at full load`,
  ].join("\n");
}

function entryMaker({ bytes, clock }: RecordBenchOptions): () => FrameEntry {
  const plan = createDeliveryPlan({
    pictureTargets: ["folder:bench"],
    labelTargets: ["local:bench"],
    eventTargets: [],
    holdBackMs: 10_000,
  });
  const makeFrame = createFrameMaker({ event: "bench", plan, clock, isTaken: () => false });
  const pictures = Array.from({ length: 64 }, () => randomBytes(bytes));
  let count = 0;
  return () => {
    const entry = makeFrame(pictures[count % pictures.length]!);
    count += 1;
    const { imgId } = entry.frame;
    const box = { left: 0.1, top: 0.2, right: 0.3, bottom: 0.4 };
    return {
      ...entry,
      detections: [{ imgId, model: "bench", index: 0, box, className: "car", confidence: 0.9 }],
    };
  };
}

/** Seconds until every frame is acknowledged. */
async function timeStore(
  store: Store,
  entries: readonly FrameEntry[],
  latency: ReturnType<typeof createPercentiles> | null,
): Promise<number> {
  const startedMs = performance.now();
  const waiting: Promise<void>[] = [];
  for (const [at, entry] of entries.entries()) {
    if (at >= inFlight) await waiting[at - inFlight];
    const keptMs = performance.now();
    waiting.push(store.keep(entry).then(() => latency?.add(performance.now() - keptMs)));
  }
  await Promise.all(waiting);
  return (performance.now() - startedMs) / 1000;
}

/** Seconds until every file and line is on disk. */
function timeFiles(folder: string, entries: readonly FrameEntry[]): number {
  mkdirSync(folder, { recursive: true });
  const directory = openSync(folder, "r");
  const lines = openSync(join(folder, "labels.jsonl"), "a");
  const startedMs = performance.now();
  for (const { frame, bytes, labels } of entries) {
    const path = join(folder, fileNameOf(frame.imgId, frame.mediaType));
    const file = openSync(`${path}.part`, "w");
    writeSync(file, bytes);
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.part`, path);
    fsyncSync(directory);
    for (const label of labels) writeSync(lines, `${JSON.stringify(label)}\n`);
    fsyncSync(lines);
  }
  const tookS = (performance.now() - startedMs) / 1000;
  closeSync(lines);
  closeSync(directory);
  rmSync(folder, { recursive: true, force: true });
  return tookS;
}
