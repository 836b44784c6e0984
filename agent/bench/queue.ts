// A long queue of events: what it costs in memory while it waits, and how fast, how completely and in which order it goes out to a
// real broker.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ulid } from "ulid";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore, type Store } from "../../device/store/store.ts";
import { createMqttLink } from "../../sync/clients/mqtt-link.ts";
import { createDrain } from "../../sync/drain.ts";
import { createEventTarget } from "../../sync/targets/events.ts";
import { createDeliveryPlan } from "../deliveries.ts";
import { collectGarbage, createMemoryPeak, type ProcessMemory, readProcessMemory } from "./process-memory.ts";
import type { Heard } from "./queue-listener.ts";
import { openBenchBroker } from "./real-broker.ts";

export type QueueBenchOptions = {
  readonly work: string;
  readonly events: number;
  /** null: a Mosquitto is started for the measurement. */
  readonly broker: string | null;
  /** How this very program is started. */
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

/** Highest minus first, megabytes; null where /proc is missing. */
export type MemoryGrowth = {
  readonly rssMb: number;
  /** Without pages of mapped files: the process's own, with garbage that nobody had reason to collect yet. */
  readonly ownMb: number | null;
  /** Pages of mapped files, lmdb's among them. */
  readonly mappedMb: number | null;
};

export type QueueBench = {
  readonly events: number;
  readonly queuedPerS: number;
  readonly storeMb: number;
  readonly whileQueued: MemoryGrowth;
  /** The process's own memory with everything queued and garbage collected, beside that before it: what the queue itself holds. */
  readonly heldMb: number | null;
  /** Walking once through a store of this size, as any reader of it does: what the mapping alone adds. */
  readonly baseline: MemoryGrowth;
  readonly whileSent: MemoryGrowth;
  readonly sentPerS: number;
  /** Processor milliseconds of this process per event sent. */
  readonly cpuMs: number;
  readonly heard: Heard;
  readonly broker: string;
  readonly problems: readonly string[];
};

/** Types of event, and so topics. */
const types = 10;
const batchSize = 1000;
/** Ids are those of events a millisecond apart: they rise, as an agent's do. */
const idsFromMs = 1_700_000_000_000;
/** Until here code is compiled and buffers are made, however long the queue becomes; a multiple of the batch. */
const warmUpEvents = 10_000;
/** The listener has heard nothing new for so long: nothing comes any more. */
const silentMs = 15_000;
const goals = { sentPerS: 2000, growthMb: 50 };

export async function runQueueBench(options: QueueBenchOptions): Promise<QueueBench> {
  const { work, clock, log, signal, events } = options;
  const directory = join(work, "queue");
  rmSync(directory, { recursive: true, force: true });
  const broker = await openBenchBroker(options.broker, { work: join(work, "broker"), log });
  const base = `outrider-queue/${process.pid}`;
  const listener = await startListener(options, { broker: broker.url, filter: `${base}/#` });
  let store = openStore({ directory, clock, log });
  try {
    const queued = await queueAll(store, options);
    const storeMb = store.fileBytes() / 1e6;
    // A fresh mapping: what was written is not counted for what is read.
    await store.close();
    const before = readProcessMemory();
    store = openStore({ directory, clock, log });
    const baseline = growth(before, walk(store));
    const sent = await sendAll(store, options, { broker: broker.url, base });
    const heard = await listener.end(events);
    return {
      events,
      ...queued,
      storeMb,
      baseline,
      ...sent,
      heard,
      broker: broker.name,
      problems: problemsOf({ events, ...queued, ...sent, heard }),
    };
  } finally {
    listener.stop();
    await store.close();
    await broker.close();
    if (!signal.aborted) rmSync(directory, { recursive: true, force: true });
  }
}

/** Queues as the agent does: each event in its commit, many in one window. */
async function queueAll(
  store: Store,
  { events, clock, signal }: QueueBenchOptions,
): Promise<Pick<QueueBench, "queuedPerS" | "whileQueued" | "heldMb">> {
  const plan = createDeliveryPlan({
    pictureTargets: [],
    labelTargets: [],
    eventTargets: [target],
    holdBackMs: 0,
  });
  let first = readProcessMemory();
  let memory = createMemoryPeak();
  const startedNs = clock.monotonicNs();
  for (let from = 0; from < events; from += batchSize) {
    signal.throwIfAborted();
    if (from === warmUpEvents) {
      collectGarbage();
      first = readProcessMemory();
      memory = createMemoryPeak();
    }
    const until = Math.min(events, from + batchSize);
    await store.commit(() => {
      for (let n = from; n < until; n += 1) {
        const body = { n, note: "something happened", camera: "front" };
        const event = { id: ulid(idsFromMs + n), type: `type${n % types}`, body, alert: false };
        for (const draft of plan.ofEvent(event)) store.outbox.enqueue(draft);
      }
    }, 1e9);
    memory.look();
  }
  await store.settle();
  const queuedPerS = (events * 1e9) / (clock.monotonicNs() - startedNs);
  collectGarbage();
  return {
    queuedPerS,
    whileQueued: growth(first, memory.peak()),
    heldMb: growth(first, readProcessMemory()).ownMb,
  };
}

/** Reads the whole queue once. */
function walk(store: Store): ProcessMemory {
  const memory = createMemoryPeak();
  let count = 0;
  const look = (): boolean => {
    count += 1;
    if (count % 50_000 === 0) memory.look();
    return true;
  };
  store.outbox.take(target, "telemetry", { limit: 1, skip: look, nowUs: 0 });
  memory.look();
  return memory.peak();
}

const target = "mqtt:queue";

async function sendAll(
  store: Store,
  { events, clock, log, random, signal }: QueueBenchOptions,
  { broker, base }: { readonly broker: string; readonly base: string },
): Promise<Pick<QueueBench, "sentPerS" | "cpuMs" | "whileSent">> {
  const link = createMqttLink({
    url: broker,
    clientId: `queue-${process.pid}`,
    will: null,
    clock,
    random,
    log,
  });
  try {
    await new Promise<void>((resolve) => void link.onConnect(async () => resolve()));
    const topicFor = (type: string): string => `${base}/event/${type}`;
    const targets = [createEventTarget({ name: target, link, topicFor, clock })];
    const drain = createDrain({ store, targets, clock, log, random });
    const first = readProcessMemory();
    const memory = createMemoryPeak();
    const timer = setInterval(memory.look, 500);
    const startedNs = clock.monotonicNs();
    const cpu = process.cpuUsage();
    const [status] = await drain.run({ follow: false, signal }).finally(() => clearInterval(timer));
    const { user, system } = process.cpuUsage(cpu);
    if (status?.delivered !== events)
      throw new Error(`Expected ${events} events acknowledged, got ${status?.delivered}: ${status?.problem}`);
    return {
      sentPerS: (events * 1e9) / (clock.monotonicNs() - startedNs),
      cpuMs: (user + system) / 1000 / events,
      whileSent: growth(first, memory.peak()),
    };
  } finally {
    await link.close();
  }
}

type Listener = {
  /** Waits until all are heard, or nothing new comes for a while. */
  readonly end: (events: number) => Promise<Heard>;
  readonly stop: () => void;
};

async function startListener(
  { program, events, clock, signal }: QueueBenchOptions,
  { broker, filter }: { readonly broker: string; readonly filter: string },
): Promise<Listener> {
  const [command, ...words] = program;
  const child = spawn(command!, [...words, "bench", "queue-listener", broker, filter, String(events)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let heard: Heard = { events: 0, repeats: 0, overtaken: 0, topics: 0 };
  let changedNs = 0;
  const reader = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The listener ended with ${code} before it was ready`)));
    reader.on("line", (line) => {
      if (line === "ready") return resolve();
      const now = JSON.parse(line) as Heard;
      if (now.events !== heard.events) changedNs = clock.monotonicNs();
      heard = now;
    });
  });
  return {
    end: async (all) => {
      changedNs = clock.monotonicNs();
      while (heard.events < all && clock.monotonicNs() - changedNs < silentMs * 1e6)
        await clock.sleep(100, signal);
      // What comes twice comes soon after.
      await clock.sleep(1000, signal);
      return heard;
    },
    stop: () => child.stdin.end(),
  };
}

function growth(from: ProcessMemory, to: ProcessMemory): MemoryGrowth {
  const more = (one: number | null, other: number | null): number | null =>
    one === null || other === null ? null : other - one;
  return {
    rssMb: to.rssMb - from.rssMb,
    ownMb: more(from.ownMb, to.ownMb),
    mappedMb: more(from.mappedMb, to.mappedMb),
  };
}

function problemsOf({
  events,
  heldMb,
  whileQueued,
  sentPerS,
  heard,
}: Pick<QueueBench, "events" | "heldMb" | "whileQueued" | "sentPerS" | "heard">): readonly string[] {
  const grown = heldMb ?? whileQueued.rssMb;
  return [
    ...(grown > goals.growthMb ? [`memory grew by ${grown.toFixed(0)} MB, more than ${goals.growthMb}`] : []),
    ...(sentPerS < goals.sentPerS ? [`${sentPerS.toFixed(0)} events/s, less than ${goals.sentPerS}`] : []),
    ...(heard.events < events ? [`${events - heard.events} of ${events} events were not heard`] : []),
    ...(heard.overtaken > 0 ? [`${heard.overtaken} events came after a later one of their topic`] : []),
  ];
}

/** The figures for a person. */
export function describeQueueBench(result: QueueBench): string {
  const { heard } = result;
  const megabytes = ({ rssMb, ownMb, mappedMb }: MemoryGrowth): string =>
    `RSS +${rssMb.toFixed(0)} MB (own ${ownMb === null ? "unknown" : `+${ownMb.toFixed(0)}`}, mapped files ${mappedMb === null ? "unknown" : `+${mappedMb.toFixed(0)}`})`;
  return [
    `queued    ${result.events} events, ${result.queuedPerS.toFixed(0)}/s; store ${result.storeMb.toFixed(0)} MB; ${megabytes(result.whileQueued)}, held ${result.heldMb === null ? "unknown" : `${result.heldMb.toFixed(0)} MB`} after a collection`,
    `baseline  reading a store of that size once: ${megabytes(result.baseline)}`,
    `sent      ${result.sentPerS.toFixed(0)} events/s to ${result.broker}, ${result.cpuMs.toFixed(2)} ms processor each; ${megabytes(result.whileSent)}`,
    `heard     ${heard.events} different events on ${heard.topics} topics, ${heard.repeats} repeats, ${heard.overtaken} overtaken`,
    ...(result.problems.length === 0
      ? ["goals     reached"]
      : result.problems.map((each) => `problem   ${each}`)),
  ].join("\n");
}
