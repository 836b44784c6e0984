// A backlog sent to a real S3 server over a link that is cut every few seconds: what went over the link beside what had to.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { between, createRandom } from "../../device/camera/sim/seeded-random.ts";
import type { Clock } from "../../device/clock.ts";
import { objectKey } from "../../device/frame.ts";
import type { Log } from "../../device/log.ts";
import { sha256Hex } from "../../device/store/frames.ts";
import { openStore, type Store } from "../../device/store/store.ts";
import type { Bucket } from "../../sync/buckets/bucket.ts";
import { createDrain } from "../../sync/drain.ts";
import { createPackedBucket } from "../../sync/shards/packed-bucket.ts";
import { AddressError, backendOptions, openBucket } from "../backends.ts";
import { type Config, parseConfig } from "../config.ts";
import type { Environment } from "../credentials.ts";
import { storeFolder } from "../folders.ts";
import { inParallel } from "../in-parallel.ts";
import { openTargets } from "../targets.ts";
import { type HttpProxy, startHttpProxy } from "./faults/http-proxy.ts";
import { fillStore } from "./frames.ts";
import { type MeteredLink, startMeteredLink } from "./metered-link.ts";

export type BacklogOptions = {
  readonly work: string;
  readonly bucket: string;
  /** null: none was named. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly megabytes: number;
  /** Bytes of a frame. */
  readonly bytes: number;
  readonly shards: boolean;
  /** true: the link is cut every 1–5 s. */
  readonly cuts: boolean;
  /** Share of the requests that a server in between answers with 503; null: there is none. */
  readonly refuse: number | null;
  readonly seed: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

/** The promise holds when `problems` is empty. */
export type Backlog = {
  readonly frames: number;
  readonly seed: number;
  readonly seconds: number;
  readonly cuts: number;
  /** Cuts that hit an open connection, and so something on its way. */
  readonly cutConnections: number;
  readonly requests: number;
  readonly objects: number;
  /** Bytes of the objects that are in the bucket in the end. */
  readonly neededBytes: number;
  /** Bytes of bodies that went over the link. */
  readonly sentBytes: number;
  readonly resentShare: number;
  /** The most that was sent again of one object. */
  readonly worstResentBytes: number;
  readonly identical: number;
  readonly problems: readonly string[];
};

/** Least and most time between two cuts, and the most that the link is away then, ms. */
const cutAfterMs = [1000, 5000] as const;
const mostDownMs = 300;
const atOnce = 8;
const maxResentShare = 0.03;

export async function runBacklogBench(options: BacklogOptions): Promise<Backlog> {
  const { clock, log, env, signal } = options;
  const data = join(options.work, "backlog");
  rmSync(data, { recursive: true, force: true });
  const event = `backlog-${Math.floor(clock.now().wallUs / 1000).toString(36)}`;
  const server = new URL(endpointOf(options));
  const refusing = options.refuse === null ? null : await startRefusing(server, options.refuse, options.seed);
  const link = await startMeteredLink(refusing === null ? server : new URL(refusing.url));
  const config = configOf(options, data, link.url);
  const store = openStore({ directory: storeFolder(data), clock, log });
  const near = openBucket(options.bucket, {
    ...backendOptions({ config, env, log }),
    endpoint: server.href,
  });
  try {
    await near.bucket.probe(signal);
    const frames = Math.max(1, Math.round((options.megabytes * 1e6) / options.bytes));
    const sent = await sendAll(store, config, { ...options, event, frames, link });
    return { frames, seed: options.seed, ...sent, ...(await compare(store, near, event, options, link)) };
  } finally {
    await removeAll(near.bucket, [near.folder, event], options.signal);
    await Promise.all([store.close(), near.bucket.close(), link.close(), refusing?.close()]);
    rmSync(data, { recursive: true, force: true });
  }
}

/** A server that is overloaded for so many of the requests, and says so without naming a time. */
async function startRefusing(server: URL, share: number, seed: number): Promise<HttpProxy> {
  const proxy = await startHttpProxy(server, createRandom(seed, "refusals"));
  await proxy.set({ kind: "status", status: 503, retryAfterSeconds: null, share });
  return proxy;
}

function endpointOf({ endpoint }: BacklogOptions): string {
  if (endpoint === null)
    throw new AddressError(
      "The bench needs a real S3 server: give --endpoint http://HOST:PORT or AWS_ENDPOINT_URL, and a key in the environment",
    );
  return endpoint;
}

function configOf({ bucket, region, shards }: BacklogOptions, data: string, endpoint: string): Config {
  return parseConfig(
    {
      data,
      sync: { bucket, index: null, endpoint, region, shards: { enabled: shards, maxWaitMs: 2000 } },
    },
    "of the bench",
  );
}

/** Fills the store and sends until nothing waits. */
async function sendAll(
  store: Store,
  config: Config,
  options: BacklogOptions & { event: string; frames: number; link: MeteredLink },
): Promise<Pick<Backlog, "seconds" | "cuts" | "cutConnections" | "requests">> {
  const { clock, log, env, random, signal, link, event, frames, bytes } = options;
  const targets = openTargets({ config, store, clock, log, env, events: null });
  const done = new AbortController();
  const stop = AbortSignal.any([signal, done.signal]);
  try {
    await fillStore(store, { frames, bytes, event, plan: targets.plan, clock });
    const drain = createDrain({ store, targets: targets.list, clock, log, random });
    const startedNs = clock.monotonicNs();
    const cutting = options.cuts
      ? cutAgain(link, options, stop)
      : Promise.resolve({ cuts: 0, cutConnections: 0 });
    const running = drain.run({ follow: true, signal: stop });
    const { name } = targets.list[0]!;
    while (!signal.aborted && store.outbox.oldestWaitingUs(name) !== null) {
      await clock.sleep(20, signal);
      const [parked] = store.outbox.parked({ limit: 1 });
      if (parked !== undefined) throw new Error(`Expected nothing to be refused, got ${parked.reason}`);
    }
    const seconds = (clock.monotonicNs() - startedNs) / 1e9;
    done.abort();
    await running;
    return { seconds, requests: link.requests(), ...(await cutting) };
  } finally {
    done.abort();
    await targets.close();
  }
}

/** Cuts the link again and again until the signal aborts. */
async function cutAgain(
  link: MeteredLink,
  { seed, clock }: Pick<BacklogOptions, "seed" | "clock">,
  signal: AbortSignal,
): Promise<Pick<Backlog, "cuts" | "cutConnections">> {
  const random = createRandom(seed, "cuts");
  let cuts = 0;
  let cutConnections = 0;
  const [least, most] = cutAfterMs;
  while (!signal.aborted) {
    await clock.sleep(between(random, least, most), signal).catch(() => undefined);
    if (signal.aborted) break;
    cutConnections += link.cut(between(random, 0, mostDownMs));
    cuts += 1;
  }
  return { cuts, cutConnections };
}

/** Reads everything back, not over the bad link. */
async function compare(
  store: Store,
  { bucket, folder }: { readonly bucket: Bucket; readonly folder: string },
  event: string,
  { signal, shards }: BacklogOptions,
  link: MeteredLink,
): Promise<Omit<Backlog, "frames" | "seed" | "seconds" | "cuts" | "cutConnections" | "requests">> {
  const prefix = folder === "" ? "" : `${folder}/`;
  let objects = 0;
  let neededBytes = 0;
  let worstResentBytes = 0;
  for await (const { key, size } of bucket.list(`${prefix}${event}/`, signal)) {
    objects += 1;
    neededBytes += size;
    const sent = link.bodies().get(`/${bucket.name}/${key}`) ?? 0;
    worstResentBytes = Math.max(worstResentBytes, sent - size);
  }
  const packed = createPackedBucket(bucket);
  let frames = 0;
  let identical = 0;
  await inParallel(store.frames.range(), atOnce, signal, async (frame) => {
    frames += 1;
    const bytes = await packed.get(prefix + objectKey(frame), signal);
    if (bytes !== null && sha256Hex(bytes) === frame.sha256) identical += 1;
  });
  const sentBytes = [...link.bodies().values()].reduce((sum, bytes) => sum + bytes, 0);
  const resentShare = (sentBytes - neededBytes) / neededBytes;
  const problems: string[] = [];
  if (identical !== frames) problems.push(`identical pictures: expected ${frames}, got ${identical}`);
  if (!shards && objects !== frames) problems.push(`objects: expected ${frames}, got ${objects}`);
  if (!shards && resentShare > maxResentShare)
    problems.push(`sent again: expected at most 3 %, got ${(resentShare * 100).toFixed(2)} %`);
  return { objects, neededBytes, sentBytes, resentShare, worstResentBytes, identical, problems };
}

async function removeAll(bucket: Bucket, path: readonly string[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const keys: string[] = [];
  const prefix = path.filter((part) => part !== "").join("/");
  for await (const { key } of bucket.list(`${prefix}/`, signal)) keys.push(key);
  await inParallel(keys, atOnce, signal, async (key) => void (await bucket.remove(key, signal)));
}

/** The figures for a person. */
export function describeBacklogBench(result: Backlog): string {
  const { frames, seconds, cuts, requests, objects, neededBytes, sentBytes, resentShare, problems } = result;
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const verdict =
    problems.length === 0 ? "every picture once and byte for byte" : `BROKEN: ${problems.join("; ")}`;
  return [
    `${frames} frames, ${objects} objects, ${mb(neededBytes)} in ${seconds.toFixed(1)} s (${mb(neededBytes / seconds)}/s), ${requests} requests, link cut ${cuts} times (seed ${result.seed})`,
    `sent ${mb(sentBytes)}: ${(resentShare * 100).toFixed(2)} % more than needed, at most ${mb(result.worstResentBytes)} of one object`,
    verdict,
  ].join("\n");
}
