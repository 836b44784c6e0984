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
  readonly rounds: number;
};

export async function runSyncBench(options: SyncBenchOptions): Promise<SyncBench> {
  const bare: number[] = [];
  const ours: number[] = [];
  await outboxRound({ ...options, frames: 20 }, "warm-up");
  for (let round = 0; round < options.rounds; round += 1) {
    // In turns, and in changing order, so that a server that slows down or warms up favours nobody.
    const turns = [
      async () => void bare.push(await bareRound(options, round)),
      async () => void ours.push(await outboxRound(options, `round-${round}`)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  return {
    barePerS: median(bare),
    outriderPerS: median(ours),
    ratio: median(ours.map((value, at) => value / bare[at]!)),
    rounds: options.rounds,
  };
}

/** What anybody would write: so many puts in flight, no store, no receipts. */
async function bareRound(
  { bucket, endpoint, region, env, frames, bytes, concurrency, clock, signal }: SyncBenchOptions,
  round: number,
): Promise<number> {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: readS3Credentials(env),
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const pictures = Array.from({ length: frames }, () => randomBytes(bytes));
  const startedNs = clock.monotonicNs();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < frames; at = next++) {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket.replace("s3://", ""),
          Key: `bench-bare/${round}/${startedNs}/${at}`,
          Body: pictures[at]!,
        }),
        { abortSignal: signal },
      );
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (clock.monotonicNs() - startedNs) / 1e9;
  client.destroy();
  return frames / seconds;
}

async function outboxRound(options: SyncBenchOptions, name: string): Promise<number> {
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
    const startedNs = clock.monotonicNs();
    const [status] = await drain.run({ follow: false, signal });
    const seconds = (clock.monotonicNs() - startedNs) / 1e9;
    if (status?.delivered !== frames)
      throw new Error(`Expected ${frames} pictures delivered, got ${status?.delivered}: ${status?.problem}`);
    return frames / seconds;
  } finally {
    await targets.close();
    await store.close();
    rmSync(data, { recursive: true, force: true });
  }
}

/** The figures for a person. */
export function describeSyncBench({ barePerS, outriderPerS, ratio, rounds }: SyncBench): string {
  return `bare client-s3 loop ${barePerS.toFixed(0)}/s, outbox ${outriderPerS.toFixed(0)}/s, ratio ${ratio.toFixed(2)} (median of ${rounds} rounds in turns)`;
}
