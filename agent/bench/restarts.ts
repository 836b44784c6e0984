// Killed in the middle of sending, again and again: in the end every object is in the bucket once and every label in the index once.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import { objectKey } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import { parseQuery } from "../../device/query.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import { openStore, type Store } from "../../device/store/store.ts";
import { createPackedBucket } from "../../sync/shards/packed-bucket.ts";
import { backendOptions, openBucket, openLabelIndex } from "../backends.ts";
import { type Config, parseConfig } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { storeFolder } from "../folders.ts";
import { inParallel } from "../in-parallel.ts";
import { openTargets } from "../targets.ts";
import { fillStore } from "./frames.ts";
import { type MeteredLink, startMeteredLink } from "./metered-link.ts";

export type RestartBenchOptions = {
  readonly work: string;
  readonly bucket: string;
  readonly index: string;
  readonly endpoint: string | null;
  readonly frames: number;
  /** Bytes of each. */
  readonly bytes: number;
  readonly kills: number;
  /** Pictures packed in shards that go in parts of 5 MiB. */
  readonly shards: boolean;
  /** Starts `outrider sync`: the program and the words before the verb. */
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

/** The promise holds when `problems` is empty. */
export type RestartBench = {
  readonly frames: number;
  readonly kills: number;
  /** Kills that hit a running process; the rest came after it had finished. */
  readonly hits: number;
  readonly objects: number;
  readonly identical: number;
  readonly labels: number;
  /** Bytes of bodies that went to the bucket beside those that are there; null: not counted (no S3 server). */
  readonly resentBytes: number | null;
  readonly problems: readonly string[];
};

export async function runRestartBench(options: RestartBenchOptions): Promise<RestartBench> {
  const { clock, log, env, frames, kills, random, signal } = options;
  const data = join(options.work, "restarts");
  rmSync(data, { recursive: true, force: true });
  const event = `restarts-${Math.floor(clock.now().wallUs / 1000).toString(36)}`;
  const link = options.endpoint === null ? null : await startMeteredLink(new URL(options.endpoint));
  const endpoint = link?.url ?? null;
  const packing = options.shards ? { multipart: smallParts, shards: smallShards } : {};
  const settings = { data, sync: { bucket: options.bucket, index: options.index, endpoint, ...packing } };
  const config = parseConfig(settings, "of the bench");
  mkdirSync(data, { recursive: true });
  const configFile = join(data, "outrider.yaml");
  // JSON is YAML.
  writeFileSync(configFile, JSON.stringify(settings));
  const program = {
    command: [...options.program, "sync", "--config", configFile],
    env: endpoint === null ? env : { ...env, AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint },
  };
  await withStore(config, { clock, log }, async (store) => {
    const targets = openTargets({ config, store, clock, log, env, events: null });
    await fillStore(store, { frames, bytes: options.bytes, event, plan: targets.plan, clock });
    await targets.close();
  });
  const startUpMs = await timeStartUp(options);
  let hits = 0;
  for (let kill = 0; kill < kills && !signal.aborted; kill += 1) {
    // Past the start of the process, and early enough that many kills fit into the sending.
    if (await runSync(program, startUpMs + random() * killWindowMs)) hits += 1;
  }
  await runSync(program, null);
  try {
    return await withStore(config, { clock, log }, async (store) => ({
      frames,
      kills,
      hits,
      ...(await compare(store, config, event, options, link)),
    }));
  } finally {
    await link?.close();
  }
}

const killWindowMs = 600;
/** Small, so that many kills hit the middle of a shard. */
const smallParts = { fromBytes: 5_242_880, partBytes: 5_242_880 };
const smallShards = { enabled: true, shardBytes: 16e6 };
const readsAtOnce = 8;

/** Milliseconds until the program has started and can do something. */
async function timeStartUp({ program, clock }: RestartBenchOptions): Promise<number> {
  const [command, ...words] = program;
  const startedNs = clock.monotonicNs();
  const child = spawn(command!, [...words, "sync", "--help"], { stdio: "ignore" });
  await once(child, "close");
  return (clock.monotonicNs() - startedNs) / 1e6;
}

async function withStore<T>(
  config: Config,
  deps: { clock: Clock; log: Log },
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = openStore({ directory: storeFolder(config.data), ...deps });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Runs one sync and kills it after `killMs`; true: it was still running then. */
function runSync(
  { command, env }: { readonly command: readonly string[]; readonly env: Environment },
  killMs: number | null,
): Promise<boolean> {
  const [program, ...words] = command;
  const child = spawn(program!, words, { env: env as NodeJS.ProcessEnv, stdio: "ignore" });
  const timer = killMs === null ? null : setTimeout(() => child.kill("SIGKILL"), killMs);
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (_code, signalName) => {
      if (timer !== null) clearTimeout(timer);
      done(signalName === "SIGKILL");
    });
  });
}

async function compare(
  store: Store,
  config: Config,
  event: string,
  options: RestartBenchOptions,
  link: MeteredLink | null,
): Promise<Omit<RestartBench, "frames" | "kills" | "hits">> {
  const { signal, frames, env, log } = options;
  const backends = backendOptions({ config, env, log });
  const { bucket, folder } = openBucket(options.bucket, backends);
  const index = openLabelIndex(options.index, backends);
  try {
    const prefix = folder === "" ? "" : `${folder}/`;
    let objects = 0;
    let bytesThere = 0;
    for await (const { size } of bucket.list(`${prefix}${event}/`, signal)) {
      objects += 1;
      bytesThere += size;
    }
    const sent = link === null ? null : [...link.bodies().values()].reduce((sum, bytes) => sum + bytes, 0);
    const packed = createPackedBucket(bucket);
    let identical = 0;
    await inParallel(store.frames.range(), readsAtOnce, signal, async (frame) => {
      const bytes = await packed.get(prefix + objectKey(frame), signal);
      if (bytes !== null && sha256Hex(bytes) === frame.sha256) identical += 1;
    });
    await index.refresh(signal);
    const labels = await index.count(
      parseQuery({ event: { type: "term", field: "keyword", value: event, bool: "filter" } }),
      signal,
    );
    const problems = [
      ...(options.shards ? [] : [["objects", objects] as const]),
      ["identical objects", identical],
      ["labels", labels],
    ].flatMap(([what, got]) => (got === frames ? [] : [`${what}: expected ${frames}, got ${got}`]));
    const waiting = Object.values(store.outbox.waiting())
      .flatMap((lanes) => Object.values(lanes))
      .reduce((sum, { entries }) => sum + entries, 0);
    if (waiting > 0) problems.push(`waiting: expected 0, got ${waiting}`);
    return { objects, identical, labels, resentBytes: sent === null ? null : sent - bytesThere, problems };
  } finally {
    await Promise.all([bucket.close(), index.close()]);
  }
}

/** The figures for a person. */
export function describeRestartBench({
  frames,
  kills,
  hits,
  objects,
  identical,
  labels,
  resentBytes,
  problems,
}: RestartBench): string {
  const verdict =
    problems.length === 0 ? "every picture there once, every label once" : `BROKEN: ${problems.join("; ")}`;
  const resent = resentBytes === null ? "" : `, ${(resentBytes / 1e6).toFixed(1)} MB sent twice`;
  return `${frames} frames, killed ${kills} times (${hits} while sending): ${objects} objects, ${identical} identical, ${labels} labels${resent}: ${verdict}`;
}
