// How slow the disk is just now: what a flush takes on it, measured again and again beside the agent.
import { open } from "node:fs/promises";

/** Life: probeDisk → slowestMs… → close. */
export type DiskProbe = {
  /** The slowest flush of the last seconds, the one under way included. */
  readonly slowestMs: () => number;
  readonly close: () => void;
};

const everyMs = 250;
const memoryMs = 4_000;

/** Starts writing a page into `path` and flushing it. */
export function probeDisk(path: string): DiskProbe {
  const flushes: { readonly atMs: number; readonly tookMs: number }[] = [];
  let beganMs: number | null = null;
  let isOpen = true;
  const probe = async (): Promise<void> => {
    const file = await open(path, "w");
    try {
      while (isOpen) {
        beganMs = performance.now();
        await file.write(Buffer.alloc(4096), 0, 4096, 0);
        await file.datasync();
        const atMs = performance.now();
        flushes.push({ atMs, tookMs: atMs - beganMs });
        beganMs = null;
        while (flushes[0] !== undefined && flushes[0].atMs < atMs - memoryMs) flushes.shift();
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
    } finally {
      await file.close();
    }
  };
  // A disk that fails is seen by the agent, which the bench is about.
  void probe().catch(() => undefined);
  return {
    slowestMs: () =>
      Math.max(beganMs === null ? 0 : performance.now() - beganMs, 0, ...flushes.map(({ tookMs }) => tookMs)),
    close: () => {
      isOpen = false;
    },
  };
}
