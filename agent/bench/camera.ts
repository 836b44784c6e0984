// A fast simulated camera recorded for a minute: whether a frame is lost, and what it costs in processor and memory.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import { deadline } from "../../device/deadline.ts";
import type { Log } from "../../device/log.ts";
import { openAgent } from "../agent.ts";
import { parseConfig } from "../config.ts";
import type { Environment } from "../credentials.ts";

export type CameraBenchOptions = {
  readonly work: string;
  readonly seconds: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly env: Environment;
  readonly random: () => number;
  readonly signal: AbortSignal;
};

export type CameraBench = {
  readonly seconds: number;
  /** Frames the camera made, and those of them on disk. */
  readonly taken: number;
  readonly stored: number;
  /** By reason, of camera and recorder together. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Percent of one core: simulator, encoder, recorder and store together. */
  readonly cpuPercent: number;
  /** Megabytes at most: all that is resident, and that without the pages of files (the store's, which the kernel takes back as it likes). */
  readonly rssMaxMb: number;
  readonly anonymousMaxMb: number;
  /** Megabytes of anonymous memory a minute, over the last three quarters. */
  readonly anonymousSlopeMbPerMin: number;
  /** Milliseconds of the slowest commit. */
  readonly worstCommitMs: number;
};

export async function runCameraBench(options: CameraBenchOptions): Promise<CameraBench> {
  const { clock, fps, width, height, seconds } = options;
  const data = join(options.work, "camera");
  rmSync(data, { recursive: true, force: true });
  const config = parseConfig(
    {
      data,
      cameras: [{ url: "sim:track?seed=1", fps, width, height }],
      gamepad: "scripted:",
      record: { delayMs: 0, standingEveryMs: 0 },
      sync: { bucket: null, index: null },
    },
    "of the bench",
  );
  const agent = await openAgent({ ...options, config, keyboard: null, mqtt: false });
  const samples: Sample[] = [];
  const startedNs = clock.monotonicNs();
  const limit = deadline(seconds * 1000);
  const timer = setInterval(() => samples.push(sampleMemory((clock.monotonicNs() - startedNs) / 1e9)), 500);
  const cpuBefore = process.cpuUsage();
  try {
    const summary = await agent.run(AbortSignal.any([options.signal, limit.signal]));
    const tookS = (clock.monotonicNs() - startedNs) / 1e9;
    const { user, system } = process.cpuUsage(cpuBefore);
    const status = agent.devices.cameras[0]!.status();
    const settled = samples.filter(({ s }) => s > tookS / 4);
    return {
      seconds: tookS,
      taken: status.frames,
      stored: summary.stored,
      dropped: { ...status.dropped, ...summary.dropped },
      cpuPercent: (user + system) / 1e4 / tookS,
      rssMaxMb: Math.max(...samples.map(({ rssMb }) => rssMb)),
      anonymousMaxMb: Math.max(...samples.map(({ anonymousMb }) => anonymousMb)),
      anonymousSlopeMbPerMin: slope(settled) * 60,
      worstCommitMs: agent.store.commitStats().worstMs,
    };
  } finally {
    limit.clear();
    clearInterval(timer);
    await agent.close();
    rmSync(data, { recursive: true, force: true });
  }
}

/** Memory `s` seconds after the start. */
type Sample = { readonly s: number; readonly rssMb: number; readonly anonymousMb: number };

function sampleMemory(s: number): Sample {
  const rssMb = process.memoryUsage.rss() / 1e6;
  // proc(5), RssAnon; where there is no /proc all counts.
  const kilobytes = existsSync(statusFile)
    ? /^RssAnon:\s+(\d+)/m.exec(readFileSync(statusFile, "utf8"))?.[1]
    : undefined;
  return { s, rssMb, anonymousMb: kilobytes === undefined ? rssMb : (Number(kilobytes) * 1024) / 1e6 };
}

const statusFile = "/proc/self/status";

/** Least squares, megabytes a second. */
function slope(samples: readonly Sample[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const meanS = mean(samples.map(({ s }) => s));
  const meanMb = mean(samples.map(({ anonymousMb }) => anonymousMb));
  const spread = samples.reduce((sum, { s }) => sum + (s - meanS) ** 2, 0);
  return spread === 0
    ? 0
    : samples.reduce((sum, { s, anonymousMb }) => sum + (s - meanS) * (anonymousMb - meanMb), 0) / spread;
}

/** The figures for a person. */
export function describeCameraBench(result: CameraBench): string {
  const drops = Object.entries(result.dropped).filter(([, count]) => count > 0);
  return [
    `${result.seconds.toFixed(1)} s: ${result.taken} frames taken, ${result.stored} stored, dropped ${drops.length === 0 ? 0 : drops.map(([reason, count]) => `${count} (${reason})`).join(", ")}`,
    `processor ${result.cpuPercent.toFixed(0)} % of one core (simulator and JPEG encoder included), slowest commit ${result.worstCommitMs.toFixed(1)} ms`,
    `RSS at most ${result.rssMaxMb.toFixed(0)} MB, of which anonymous ${result.anonymousMaxMb.toFixed(0)} MB (the rest are pages of files, the store's among them); anonymous grows ${result.anonymousSlopeMbPerMin.toFixed(1)} MB a minute`,
  ].join("\n");
}
