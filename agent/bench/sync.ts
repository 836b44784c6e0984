// Sending, measured: the outbox against a bare client-s3 loop of the same concurrency, in turns, on the same server.
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { createDrain } from "../../sync/drain.ts";
import { parseConfig } from "../config.ts";
import { type Environment, readS3Credentials } from "../credentials.ts";
import { storeFolder } from "../folders.ts";
import { openTargets } from "../targets.ts";
import { fillStore } from "./frames.ts";
import { median } from "./median.ts";

export type SyncBenchOptions = {
  readonly work: string;
  /** `s3://NAME` */
  readonly bucket: string;
  readonly endpoint: string;
  readonly region: string;
  readonly frames: number;
  readonly bytes: number;
  readonly concurrency: number;
  readonly rounds: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

export type SyncBench = {
  /** Objects per second, medians over the rounds. */
  readonly barePerS: number;
  readonly outriderPerS: number;
  /** outrider / bare, the median of the rounds' own ratios. */
  readonly ratio: number;
  /** Processor milliseconds of this process per object: what the store and its bookkeeping cost beside the client. */
  readonly bareCpuMs: number;
  readonly outriderCpuMs: number;
  readonly rounds: number;
};

/** Objects per second, and processor milliseconds per object. */
type Round = { readonly perS: number; readonly cpuMs: number };

export async function runSyncBench(options: SyncBenchOptions): Promise<SyncBench> {
  const bare: Round[] = [];
  const ours: Round[] = [];
  // Both ways until their code is compiled: the first thousand objects cost twice what the later ones do.
  const warmUp = { ...options, frames: Math.max(1000, options.frames) };
  await outboxRound(warmUp, "warm-up");
  await bareRound(warmUp, -1);
  for (let round = 0; round < options.rounds; round += 1) {
    // In turns, and in changing order, so that a server that slows down or warms up favours nobody.
    const turns = [
      async () => void bare.push(await bareRound(options, round)),
      async () => void ours.push(await outboxRound(options, `round-${round}`)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  return {
    barePerS: median(bare.map(({ perS }) => perS)),
    outriderPerS: median(ours.map(({ perS }) => perS)),
    ratio: median(ours.map(({ perS }, at) => perS / bare[at]!.perS)),
    bareCpuMs: median(bare.map(({ cpuMs }) => cpuMs)),
    outriderCpuMs: median(ours.map(({ cpuMs }) => cpuMs)),
    rounds: options.rounds,
  };
}

/** Starts to measure; the result says how many objects a second and what they cost. */
function startRound(clock: Clock): (objects: number) => Round {
  const startedNs = clock.monotonicNs();
  const before = process.cpuUsage();
  return (objects) => {
    const { user, system } = process.cpuUsage(before);
    return {
      perS: (objects * 1e9) / (clock.monotonicNs() - startedNs),
      cpuMs: (user + system) / 1000 / objects,
    };
  };
}

/** What anybody would write: so many puts in flight, no store, no receipts. */
async function bareRound(
  { bucket, endpoint, region, env, frames, bytes, concurrency, clock, signal }: SyncBenchOptions,
  round: number,
): Promise<Round> {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: readS3Credentials(env),
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const pictures = Array.from({ length: frames }, () => randomBytes(bytes));
  const run = clock.monotonicNs();
  const measured = startRound(clock);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < frames; at = next++) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket.replace("s3://", ""),
          Key: `bench-bare/${round}/${run}/${at}`,
          Body: pictures[at]!,
        }),
        { abortSignal: signal },
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const result = measured(frames);
  client.destroy();
  return result;
}

async function outboxRound(options: SyncBenchOptions, name: string): Promise<Round> {
  const { clock, log, env, random, signal, frames } = options;
  const data = join(options.work, name);
  rmSync(data, { recursive: true, force: true });
  const config = parseConfig(
    {
      data,
      sync: {
        bucket: options.bucket,
        index: null,
        endpoint: options.endpoint,
        region: options.region,
        concurrency: options.concurrency,
      },
    },
    "of the bench",
  );
  const store = openStore({ directory: storeFolder(data), clock, log });
  const targets = openTargets({ config, store, clock, log, env, events: null });
  try {
    await fillStore(store, {
      frames,
      bytes: options.bytes,
      event: `bench-outbox-${clock.monotonicNs()}`,
      plan: targets.plan,
      clock,
    });
    const drain = createDrain({ store, targets: targets.list, clock, log, random });
    const measured = startRound(clock);
    const [status] = await drain.run({ follow: false, signal });
    const result = measured(frames);
    if (status?.delivered !== frames)
      throw new Error(`Expected ${frames} pictures delivered, got ${status?.delivered}: ${status?.problem}`);
    return result;
  } finally {
    await targets.close();
    await store.close();
    rmSync(data, { recursive: true, force: true });
  }
}

/** The figures for a person. */
export function describeSyncBench({
  barePerS,
  outriderPerS,
  ratio,
  bareCpuMs,
  outriderCpuMs,
  rounds,
}: SyncBench): string {
  return `bare client-s3 loop ${barePerS.toFixed(0)}/s, outbox ${outriderPerS.toFixed(0)}/s, ratio ${ratio.toFixed(2)} (median of ${rounds} rounds in turns); processor ${bareCpuMs.toFixed(2)} and ${outriderCpuMs.toFixed(2)} ms an object`;
}
