// A day of the agent on a clock that runs fast: recording, sending, making room; whether its memory grows and its files stay open.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { stringify } from "yaml";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { storeFolder } from "../folders.ts";
import { stampedPicture } from "./faults/camera-child.ts";
import { builtProgram } from "./faults/program.ts";

export type DayBenchOptions = {
  readonly work: string;
  /** Hours of the simulated clock. */
  readonly hours: number;
  /** Real seconds they take. */
  readonly seconds: number;
  readonly program: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** The promise holds when `problems` is empty. */
export type DayBench = {
  readonly hours: number;
  readonly frames: number;
  readonly delivered: number;
  readonly dropped: number;
  /** Its own memory (RssAnon) in the middle and at the end, MB. */
  readonly ownMiddleMb: number;
  readonly ownEndMb: number;
  /** Of its own memory over the second half, MB an hour of the simulated clock. */
  readonly slopeMbPerHour: number;
  /** The same of all of it (RSS), with pages of the data file, which the kernel takes back. */
  readonly rssSlopeMbPerHour: number;
  /** Fewest open files of the third and of the last quarter: what is opened and closed comes and goes, what is forgotten stays. */
  readonly filesThird: number;
  readonly filesLast: number;
  readonly problems: readonly string[];
};

type Look = { readonly hour: number; readonly ownMb: number; readonly rssMb: number; readonly files: number };

const maxSlopeMbPerHour = 1;
/** A connection that is open at every look of a quarter. */
const maxMoreFiles = 2;
const pictures = 50;
/** Pictures a simulated second: one in twenty. */
const fps = 0.05;
const roomBytes = 12_000_000;
const lookEveryMs = 1000;

export async function runDayBench(options: DayBenchOptions): Promise<DayBench> {
  const { work, hours, seconds, clock, log, signal } = options;
  const folder = join(work, "day");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "pictures"), { recursive: true });
  for (let n = 0; n < pictures; n += 1)
    writeFileSync(join(folder, "pictures", `${n}.jpg`), stampedPicture("day", n, n));
  const data = join(folder, "data");
  const file = join(folder, "outrider.yaml");
  writeFileSync(
    file,
    stringify({
      device: "day",
      data,
      cameras: [{ id: "front", url: `folder:${join(folder, "pictures")}?loop=1&fps=${fps}` }],
      gamepad: "none:",
      drive: "none:",
      record: { delayMs: 0, standingEveryMs: 0, holdBackMs: 0 },
      store: { maxBytes: roomBytes },
      // Nobody makes a broker's time run.
      mqtt: { url: null },
      // What takes a moment takes long on this clock.
      health: { cameraMs: 86_400_000, commitMs: 86_400_000 },
    }),
  );
  const speed = (hours * 3600) / seconds;
  const [program, ...words] = await builtProgram(options.program, work);
  const child = spawn(program!, [...words, "bench", "scaled-agent", file, String(speed)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const gone = once(child, "exit");
  const looks: Look[] = [];
  const startedNs = clock.monotonicNs();
  try {
    while (child.exitCode === null) {
      const passedS = (clock.monotonicNs() - startedNs) / 1e9;
      if (passedS >= seconds) break;
      await delay(lookEveryMs, undefined, { signal });
      const look = lookAt(child.pid ?? 0, (passedS * speed) / 3600);
      if (look !== null) looks.push(look);
    }
    const isAlive = child.exitCode === null && child.signalCode === null;
    child.kill("SIGTERM");
    await gone;
    const counts = await countOf(storeFolder(data), { clock, log });
    return judgeDay({ hours, looks, ...counts, problems: isAlive ? [] : ["the agent ended by itself"] });
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

function judgeDay({
  hours,
  looks,
  problems,
  ...counts
}: Pick<DayBench, "hours" | "frames" | "delivered" | "dropped" | "problems"> & {
  readonly looks: readonly Look[];
}): DayBench {
  const half = looks.filter(({ hour }) => hour >= hours / 2);
  const leastFiles = (from: number, to: number): number =>
    Math.min(
      ...half.filter(({ hour }) => hour >= from * hours && hour < to * hours).map(({ files }) => files),
    );
  const result = {
    hours,
    ...counts,
    ownMiddleMb: half[0]?.ownMb ?? 0,
    ownEndMb: half.at(-1)?.ownMb ?? 0,
    slopeMbPerHour: slopeOf(half.map(({ hour, ownMb }) => [hour, ownMb])),
    rssSlopeMbPerHour: slopeOf(half.map(({ hour, rssMb }) => [hour, rssMb])),
    filesThird: leastFiles(0.5, 0.75),
    filesLast: leastFiles(0.75, 2),
  };
  return {
    ...result,
    problems: [
      ...problems,
      ...(result.slopeMbPerHour < maxSlopeMbPerHour
        ? []
        : [
            `memory: expected less than ${maxSlopeMbPerHour} MB an hour, got ${result.slopeMbPerHour.toFixed(2)}`,
          ]),
      ...(result.filesLast <= result.filesThird + maxMoreFiles
        ? []
        : [`open files: expected them to stay, got ${result.filesThird} and then ${result.filesLast}`]),
      ...(counts.frames + counts.dropped > 0 ? [] : ["nothing was recorded"]),
    ],
  };
}

/** Memory and open files of a process; null: it is gone, or /proc is missing. */
function lookAt(pid: number, hour: number): Look | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const megabytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1000;
    return {
      hour,
      ownMb: megabytes("RssAnon"),
      rssMb: megabytes("VmRSS"),
      files: readdirSync(`/proc/${pid}/fd`).length,
    };
  } catch {
    return null;
  }
}

async function countOf(
  directory: string,
  deps: { readonly clock: Clock; readonly log: Log },
): Promise<Pick<DayBench, "frames" | "delivered" | "dropped">> {
  const store = openStore({ directory, ...deps, readOnly: true });
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((all, each) => all + each, 0);
  const counts = {
    frames: store.frames.count(),
    delivered: sum(store.outbox.delivered()),
    dropped: sum(store.counters.list("dropped/")),
  };
  await store.close();
  return counts;
}

/** Of the line that lies closest to the points (least squares). */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const [x0, y0] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0) / spread;
}

/** The figures for a person. */
export function describeDayBench(result: DayBench): string {
  return [
    `${result.hours} hours: ${result.frames} frames kept, ${result.dropped} dropped for room, ${result.delivered} delivered`,
    `its own memory ${result.ownMiddleMb.toFixed(0)} MB in the middle, ${result.ownEndMb.toFixed(0)} MB at the end: ${result.slopeMbPerHour.toFixed(2)} MB an hour over the second half (RSS ${result.rssSlopeMbPerHour.toFixed(2)})`,
    `open files ${result.filesThird} in the third quarter, ${result.filesLast} in the last`,
    ...result.problems,
  ].join("\n");
}
