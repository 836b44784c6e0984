// Recording for a while at a camera's pace, and reading everything back as an upload does: whether memory stays flat.

import { randomBytes } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../device/clock.ts";
import type { Log } from "../../device/log.ts";
import { openStore } from "../../device/store/store.ts";
import { createDeliveryPlan } from "../deliveries.ts";
import { createFrameMaker } from "./frames.ts";

export type SoakBenchOptions = {
  readonly work: string;
  readonly seconds: number;
  readonly fps: number;
  readonly bytes: number;
  /** Read each picture back a while later and book it as delivered. */
  readonly deliver: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

export type SoakBench = {
  readonly frames: number;
  readonly delivered: number;
  readonly failed: number;
  /** RSS in megabytes: after the first quarter, at the end, at most; the goal is 200. */
  readonly rssStartMb: number;
  readonly rssEndMb: number;
  readonly rssMaxMb: number;
  /**
   * The process's own memory, without pages of files that it maps: those of the data file are counted as RSS, too, but the kernel
   * takes them back whenever it needs memory. After the first quarter and at the end; null where /proc is missing.
   */
  readonly ownStartMb: number | null;
  readonly ownEndMb: number | null;
  readonly worstCommitMs: number;
  readonly cpuPercent: number;
};

export async function runSoakBench(options: SoakBenchOptions): Promise<SoakBench> {
  const { clock, log, fps, seconds, signal } = options;
  const directory = join(options.work, "soak");
  rmSync(directory, { recursive: true, force: true });
  const store = openStore({ directory, clock, log });
  const target = "folder:bench";
  const plan = createDeliveryPlan({
    pictureTargets: [target],
    labelTargets: [],
    eventTargets: [],
    holdBackMs: 0,
  });
  const make = createFrameMaker({ event: "soak", plan, clock, isTaken: store.frames.has });
  const rss: number[] = [];
  const own: (number | null)[] = [];
  let kept = 0;
  let failed = 0;
  let delivered = 0;
  const cpu = process.cpuUsage();
  const startedNs = clock.monotonicNs();
  try {
    for (let n = 0; n < seconds * fps && !signal.aborted; n += 1) {
      // A buffer of its own each, as from a camera.
      void store.keep(make(randomBytes(options.bytes))).then(
        () => (kept += 1),
        () => (failed += 1),
      );
      if (options.deliver && n % fps === fps - 1) delivered += await deliverSome();
      if (n % fps === 0) {
        rss.push(process.memoryUsage.rss() / 1e6);
        own.push(ownMemoryMb());
      }
      const dueMs = ((n + 1) * 1000) / fps - (clock.monotonicNs() - startedNs) / 1e6;
      if (dueMs > 0) await clock.sleep(dueMs, signal).catch(() => undefined);
    }
    await store.settle();
    const tookS = (clock.monotonicNs() - startedNs) / 1e9;
    const used = process.cpuUsage(cpu);
    return {
      frames: kept,
      delivered,
      failed,
      rssStartMb: rss[Math.floor(rss.length / 4)] ?? 0,
      rssEndMb: process.memoryUsage.rss() / 1e6,
      rssMaxMb: Math.max(...rss),
      ownStartMb: own[Math.floor(own.length / 4)] ?? null,
      ownEndMb: ownMemoryMb(),
      worstCommitMs: store.commitStats().worstMs,
      cpuPercent: (used.user + used.system) / 1e4 / tookS,
    };
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }

  /** Reads what waits, as a target does, and books it. */
  async function deliverSome(): Promise<number> {
    const entries = store.outbox.take(target, "labelled", {
      limit: 200,
      skip: () => false,
      nowUs: Number.MAX_SAFE_INTEGER,
    });
    let read = 0;
    for (const { id } of entries) read += store.frames.picture(id)?.byteLength ?? 0;
    void store
      .commit(() => {
        for (const entry of entries)
          store.outbox.settle({ entry, result: "delivered", reference: null, already: false });
      })
      .catch(() => undefined);
    return read > 0 ? entries.length : 0;
  }
}

/** RssAnon of proc(5). */
function ownMemoryMb(): number | null {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1000;
  } catch {
    return null; // Not Linux.
  }
}

/** The figures for a person. */
export function describeSoakBench(result: SoakBench): string {
  return [
    `${result.frames} frames kept, ${result.failed} failed, ${result.delivered} read back and booked`,
    `RSS ${result.rssStartMb.toFixed(0)} MB after a quarter, ${result.rssEndMb.toFixed(0)} MB at the end, at most ${result.rssMaxMb.toFixed(0)} MB`,
    `of that its own, not pages of the data file: ${result.ownStartMb?.toFixed(0) ?? "?"} MB after a quarter, ${result.ownEndMb?.toFixed(0) ?? "?"} MB at the end`,
    `processor ${result.cpuPercent.toFixed(0)} % of one core, slowest commit ${result.worstCommitMs.toFixed(1)} ms`,
  ].join("\n");
}
