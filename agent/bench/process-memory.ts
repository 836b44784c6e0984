// What this process holds in memory, apart by kind: its own, and pages of files that it maps, which the kernel takes back when it needs them.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Megabytes. */
export type ProcessMemory = {
  readonly rssMb: number;
  /** RssAnon of proc(5); null where /proc is missing. */
  readonly ownMb: number | null;
  /** RssFile: of these are lmdb's pages. */
  readonly mappedMb: number | null;
};

export function readProcessMemory(): ProcessMemory {
  let status = "";
  try {
    status = readFileSync("/proc/self/status", "utf8");
  } catch {
    // Not Linux: only the sum is known.
  }
  const megabytes = (name: string): number | null => {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    return kilobytes === undefined ? null : (Number(kilobytes) * 1024) / 1e6;
  };
  return {
    rssMb: process.memoryUsage.rss() / 1e6,
    ownMb: megabytes("RssAnon"),
    mappedMb: megabytes("RssFile"),
  };
}

/** Keeps the highest of each figure; `look` as often as it pleases. */
export function createMemoryPeak(): {
  readonly look: () => ProcessMemory;
  readonly peak: () => ProcessMemory;
} {
  let peak = readProcessMemory();
  const look = (): ProcessMemory => {
    const now = readProcessMemory();
    const higher = (one: number | null, other: number | null): number | null =>
      one === null || other === null ? null : Math.max(one, other);
    peak = {
      rssMb: Math.max(peak.rssMb, now.rssMb),
      ownMb: higher(peak.ownMb, now.ownMb),
      mappedMb: higher(peak.mappedMb, now.mappedMb),
    };
    return now;
  };
  return { look, peak: () => peak };
}

/** Frees what nobody holds any more, so that what is left is what is needed. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
