// A flood of nonsense over MQTT against a device that records: it must not fall, nor lose pictures, nor fill its memory, and must know
// of every message what became of it.
import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { createMqttLink } from "../../sync/clients/mqtt-link.ts";
import type { Environment } from "../credentials.ts";
import { builtProgram } from "./faults/program.ts";
import { openRig, type Rig, rigTopicBase } from "./faults/rig.ts";
import type { FloodSent } from "./flood-child.ts";
import { openBenchBroker } from "./real-broker.ts";

export type FloodBenchOptions = {
  readonly work: string;
  /** null: a Mosquitto of its own. */
  readonly broker: string | null;
  readonly seconds: number;
  /** Messages a second. */
  readonly rate: number;
  readonly fps: number;
  readonly seed: number;
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

/** The promise holds when `problems` is empty. */
export type FloodBench = {
  readonly broker: string;
  readonly seconds: number;
  readonly sent: FloodSent;
  readonly sentPerSecond: number;
  /** Messages the broker itself dropped on their way, as it says; null: it does not say. */
  readonly droppedByBroker: number | null;
  /** What the device says became of requests and control messages. */
  readonly done: number;
  readonly refused: number;
  readonly ignored: number;
  readonly ignoredControls: number;
  /** Answers that were heard. */
  readonly answers: number;
  readonly quietFps: number;
  readonly floodFps: number;
  readonly rssQuietMb: number;
  readonly rssMostMb: number;
  /** Highest own memory (RssAnon) in the second half of the flood above the highest in the first: what comes faster than it goes piles up. */
  readonly pilingMb: number;
  readonly problems: readonly string[];
};

const minFpsShare = 0.9;
const maxPilingMb = 20;
/** Mosquitto says its counts every 10 s. */
const brokerSaysMs = 12_000;
const settleMs = 3_000;
const run = promisify(execFile);

export async function runFloodBench(options: FloodBenchOptions): Promise<FloodBench> {
  const { seconds, rate, seed, signal, clock, log } = options;
  const program = await builtProgram(options.program, options.work);
  const broker = await openBenchBroker(options.broker, { work: join(options.work, "mosquitto"), log });
  const name = `flood-${seed}`;
  rmSync(join(options.work, name), { recursive: true, force: true });
  const places = { broker: broker.url, bucket: null, endpoint: null, index: null };
  const rig = await openRig({ ...options, program, name, device: name, places, cameras: 1 });
  const counts = countDrops(broker.url, options);
  try {
    rig.start();
    await rig.firstFrame();
    await delay(settleMs, undefined, { signal });
    const quiet = await recordFor(rig, seconds, clock, signal);
    const droppedBefore = counts.dropped();
    const flooder = run(
      program[0]!,
      [
        ...program.slice(1),
        "bench",
        "flood-child",
        broker.url,
        rigTopicBase,
        name,
        String(rate),
        String(seconds),
        String(seed),
      ],
      { maxBuffer: 1e6 },
    );
    const flooded = await recordFor(rig, seconds, clock, signal);
    const sent = JSON.parse((await flooder).stdout) as FloodSent;
    await delay(settleMs, undefined, { signal });
    await rig.until(
      "health to be said after the flood",
      30_000,
      () => rig.witness.healthNs() > clock.monotonicNs() - 2e9,
    );
    const told = toldBy(rig);
    const answers = [...rig.witness.answers().values()].reduce((sum, count) => sum + count, 0);
    await delay(brokerSaysMs, undefined, { signal });
    const droppedAfter = counts.dropped();
    const result = {
      broker: broker.name,
      seconds,
      sent,
      sentPerSecond: Math.round((sent.requests + sent.controls + sent.large + sent.retained) / seconds),
      droppedByBroker: droppedBefore === null || droppedAfter === null ? null : droppedAfter - droppedBefore,
      ...told,
      answers,
      quietFps: quiet.fps,
      floodFps: flooded.fps,
      rssQuietMb: Math.max(...quiet.looks.map(({ rssMb }) => rssMb)),
      rssMostMb: Math.max(...flooded.looks.map(({ rssMb }) => rssMb)),
      pilingMb: pilingOf(flooded.looks.map(({ ownMb }) => ownMb)),
    };
    const { problems } = await rig.finish();
    return { ...result, problems: [...problems, ...judgeFlood(result)] };
  } finally {
    await rig.close();
    await counts.close();
    await broker.close();
  }
}

function judgeFlood(result: Omit<FloodBench, "problems">): readonly string[] {
  const problems: string[] = [];
  const { quietFps, floodFps, pilingMb, done, refused, answers } = result;
  if (floodFps < quietFps * minFpsShare)
    problems.push(
      `recording: expected ${minFpsShare * 100} % of ${quietFps.toFixed(1)} fps, got ${floodFps.toFixed(1)}`,
    );
  if (pilingMb > maxPilingMb)
    problems.push(
      `memory: expected at most ${maxPilingMb} MB more in the second half of the flood, got ${pilingMb.toFixed(0)}`,
    );
  if (answers < done + refused) problems.push(`answers: expected ${done + refused}, heard ${answers}`);
  const unknown = unaccounted(result);
  if (unknown > 0)
    problems.push(`${unknown} messages were neither answered nor counted, nor dropped by the broker`);
  return problems;
}

/** Messages of which nobody says what became of them; large ones the broker keeps back without a word. */
function unaccounted({
  sent,
  droppedByBroker,
  done,
  refused,
  ignored,
  ignoredControls,
}: Omit<FloodBench, "problems">): number {
  if (droppedByBroker === null) return 0;
  const known = done + refused + ignored + ignoredControls + droppedByBroker;
  return Math.max(0, sent.requests + sent.controls + sent.retained - known);
}

type Look = { readonly rssMb: number; readonly ownMb: number };

/** Records for a while: pictures on disk a second, and the memory at each look. */
async function recordFor(
  rig: Rig,
  seconds: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ readonly fps: number; readonly looks: readonly Look[] }> {
  const before = rig.framesStored();
  const startedNs = clock.monotonicNs();
  const looks: Look[] = [];
  while (clock.monotonicNs() - startedNs < seconds * 1e9) {
    looks.push(lookAt(rig.agent()?.pid ?? 0));
    await delay(250, undefined, { signal });
  }
  return { fps: ((rig.framesStored() - before) * 1e9) / (clock.monotonicNs() - startedNs), looks };
}

/** Of proc(5), MB; 0 where there is none. */
function lookAt(pid: number): Look {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const megabytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1000;
    return { rssMb: megabytes("VmRSS"), ownMb: megabytes("RssAnon") };
  } catch {
    return { rssMb: 0, ownMb: 0 }; // It is gone, which the rig says.
  }
}

function pilingOf(ownMb: readonly number[]): number {
  const half = Math.floor(ownMb.length / 2);
  return Math.max(...ownMb.slice(half)) - Math.max(...ownMb.slice(0, half));
}

function toldBy(rig: Rig): Pick<FloodBench, "done" | "refused" | "ignored" | "ignoredControls"> {
  const { requests } = rig.witness.health() as {
    requests?: { done?: number; refused?: object; ignored?: object };
  };
  const drive = rig.witness.drive() as { ignored?: object };
  return {
    done: requests?.done ?? 0,
    refused: sumOf(requests?.refused),
    ignored: sumOf(requests?.ignored),
    ignoredControls: sumOf(drive.ignored),
  };
}

function sumOf(counts: object | undefined): number {
  return Object.values((counts ?? {}) as Record<string, number>).reduce((sum, count) => sum + count, 0);
}

/** Hears how many messages a Mosquitto dropped since its start. */
function countDrops(
  url: string,
  { clock, log, random }: FloodBenchOptions,
): { dropped: () => number | null; close: () => Promise<void> } {
  const link = createMqttLink({ url, clientId: "flood-counts", will: null, clock, log, random });
  let dropped: number | null = null;
  link.subscribe(
    "$SYS/broker/publish/messages/dropped",
    ({ payload }) => {
      dropped = Number(Buffer.from(payload).toString("utf8"));
    },
    { stored: true },
  );
  return { dropped: () => dropped, close: () => link.close() };
}

/** The figures for a person. */
export function describeFloodBench(result: FloodBench): string {
  const { sent, problems } = result;
  return [
    `${result.broker}: ${result.sentPerSecond} messages/s for ${result.seconds} s: ${sent.requests} requests, ${sent.controls} control messages, ${sent.retained} retained, ${sent.large} of 5 MB`,
    `the device did ${result.done}, refused ${result.refused}, ignored ${result.ignored} and ${result.ignoredControls} of control; the broker dropped ${result.droppedByBroker ?? "?"}; ${result.answers} answers were heard`,
    `recorded ${result.quietFps.toFixed(1)} fps in quiet, ${result.floodFps.toFixed(1)} fps in the flood (${((100 * result.floodFps) / result.quietFps).toFixed(0)} %)`,
    `memory at most ${result.rssQuietMb.toFixed(0)} MB in quiet, ${result.rssMostMb.toFixed(0)} MB in the flood, its own in the second half of it ${result.pilingMb >= 0 ? "+" : ""}${result.pilingMb.toFixed(0)} MB beside the first`,
    ...problems,
  ].join("\n");
}
